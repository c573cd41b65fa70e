/**
 * The errors of vwt. A class stands for who can put it right and carries the exit status the command ends with
 * (`oclif.exit`), a stable machine-readable `code`, and cures to try. Nothing here knows the command line.
 */

/** What every error of vwt carries beside its message. */
export type VwtErrorOptions = {
  /** Stable, kebab-case, for scripts: `image-unreadable`, `label-duplicate`. */
  readonly code?: string
  /** Each a complete cure: a command to type, a flag to add, a file to look at. */
  readonly suggestions?: readonly string[]
  readonly cause?: unknown
}

/** Base of all errors vwt raises on purpose. `oclif.exit` is the process's exit status. */
export abstract class VwtError extends Error {
  readonly code: string
  readonly suggestions: string[]
  readonly oclif: {exit: number}

  protected constructor(message: string, exit: number, code: string, options: VwtErrorOptions) {
    super(message, options.cause === undefined ? undefined : {cause: options.cause})
    this.code = options.code ?? code
    this.suggestions = [...(options.suggestions ?? [])]
    this.oclif = {exit}
  }
}

/** The request is wrong and the user can put it right: a flag, a file, a label. Exit 2. */
export class UsageError extends VwtError {
  override readonly name = 'UsageError'
  constructor(message: string, options: VwtErrorOptions = {}) {
    super(message, 2, 'usage', options)
  }
}

/** An image cannot be read; the other images of the call go on. Alone it ends a run with 1. */
export class ImageError extends VwtError {
  override readonly name = 'ImageError'
  constructor(message: string, options: VwtErrorOptions = {}) {
    super(message, 1, 'image-unreadable', options)
  }
}

/** A model or vocabulary is missing or damaged. Exit 3. */
export class ModelError extends VwtError {
  override readonly name = 'ModelError'
  constructor(message: string, options: VwtErrorOptions = {}) {
    super(message, 3, 'model-damaged', options)
  }
}

/** The network is needed and cannot be reached, or is forbidden. Exit 4. */
export class NetworkError extends VwtError {
  override readonly name = 'NetworkError'
  constructor(message: string, options: VwtErrorOptions = {}) {
    super(message, 4, 'network', options)
  }
}

/** The device asked for does not open. Exit 5. */
export class DeviceError extends VwtError {
  override readonly name = 'DeviceError'
  constructor(message: string, options: VwtErrorOptions = {}) {
    super(message, 5, 'device-unusable', options)
  }
}

/** An accuracy or budget gate was missed. Exit 6. */
export class GateError extends VwtError {
  override readonly name = 'GateError'
  constructor(message: string, options: VwtErrorOptions = {}) {
    super(message, 6, 'gate-missed', options)
  }
}

/** A fault of vwt itself: we must put it right, so the stack is shown. Exit 70. */
export class BugError extends VwtError {
  override readonly name = 'BugError'
  constructor(message: string, options: VwtErrorOptions = {}) {
    super(message, 70, 'bug', options)
  }
}

/** The user or an AbortSignal stopped the work; what was finished is kept. Exit 130. */
export class InterruptedError extends VwtError {
  override readonly name = 'InterruptedError'
  constructor(message = 'Interrupted.', options: VwtErrorOptions = {}) {
    super(message, 130, 'interrupted', options)
  }
}

/** The text of anything thrown, on one line, without a stack. */
export function messageOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).replaceAll(/\s*\n\s*/g, ' ').trim()
}
