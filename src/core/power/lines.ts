/**
 * Lines of a program that goes on running beside the measurement, each stamped when it comes. A run of the model blocks
 * this thread, so a thread of its own reads them (`bin/power-sampler.mjs`).
 */
import {Worker} from 'node:worker_threads'

export type Program = {
  /** With `shell` a command line, as a user types it. */
  readonly program: string
  readonly args?: readonly string[]
  readonly shell?: boolean
  /** Start it again, at most this often, when it has printed something and ended with 0; otherwise its end is the end. */
  readonly repeatMs?: number
}

export type Line = {
  /** Of `steadyNow`. */
  readonly atMs: number
  readonly text: string
}

export type Lines = {
  /** Those that came since the last call, in order. */
  readonly lines: readonly Line[]
  /** How the program ended, with what it wrote to stderr last; null while it runs. */
  readonly ended: string | null
}

export type LineSource = {
  take(): Promise<Lines>
  /** Ends the program and what it started. */
  close(): Promise<void>
}

/** This file is `src/core/power/lines.ts`, or the same under `dist`. */
const SAMPLER = new URL('../../../bin/power-sampler.mjs', import.meta.url)

export function openLines(program: Program): LineSource {
  const worker = new Worker(SAMPLER, {workerData: program})
  worker.unref()
  const waiting = new Map<number, (answer: Lines) => void>()
  let failure: string | undefined
  let next = 0
  const answerAll = (ended: string) => {
    failure ??= ended
    for (const resolve of waiting.values()) resolve({lines: [], ended: failure})
    waiting.clear()
  }
  worker.on('message', ({id, ...answer}: Lines & {id: number}) => {
    waiting.get(id)?.(answer)
    waiting.delete(id)
    if (waiting.size === 0) worker.unref()
  })
  worker.on('error', (error) => answerAll(String(error)))
  worker.on('exit', () => answerAll('the sampler was closed'))
  const ask = (what: 'take' | 'close'): Promise<Lines> => {
    if (failure !== undefined) return Promise.resolve({lines: [], ended: failure})
    const id = next
    next += 1
    worker.ref()
    return new Promise((resolve) => {
      waiting.set(id, resolve)
      worker.postMessage({id, what})
    })
  }
  return {
    take: () => ask('take'),
    async close() {
      await ask('close')
      await worker.terminate()
    },
  }
}
