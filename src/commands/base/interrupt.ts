/** Ctrl-C: the first asks the work to stop after the step in hand, the second ends the process at once. */

export type Interrupt = {
  /** Aborted once the user has asked to stop. */
  readonly signal: AbortSignal
  /** Gives Ctrl-C back to whoever had it. */
  readonly release: () => void
}

/** @param onFirst says on stderr that the request was heard: a running graph cannot be stopped half way. */
export function catchInterrupt(onFirst: () => void): Interrupt {
  const controller = new AbortController()
  const listener = () => {
    if (controller.signal.aborted) process.exit(130)
    controller.abort()
    onFirst()
  }
  process.on('SIGINT', listener)
  return {signal: controller.signal, release: () => process.off('SIGINT', listener)}
}
