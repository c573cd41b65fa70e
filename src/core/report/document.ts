/** The JSON contract: one document on stdout, the same outer shape for every command. */

/** Why a command did not deliver; `status` is the exit status. `stack` only for a fault of vwt itself. */
export type Failure = {
  readonly status: number
  readonly code: string
  readonly message: string
  readonly suggestions: readonly string[]
  readonly stack?: string
}

/**
 * The document of a command that delivered, in full or (status 1, 130) in part.
 *
 * @param command the command's words: `models list` becomes the schema `vwt.models-list/1`.
 */
export function resultDocument(command: string, status: number, result: unknown, warnings: readonly string[]): unknown {
  return {schema: `vwt.${command.replaceAll(/[ :]/g, '-')}/1`, status, result, warnings}
}

export function errorDocument({status, code, message, suggestions, stack}: Failure): unknown {
  return {schema: 'vwt.error/1', status, error: {code, message, suggestions, ...(stack ? {stack} : {})}}
}

/** Indented JSON with a closing newline; NaN and infinities, which JSON lacks, become null: not measured. */
export function formatDocument(document: unknown): string {
  return `${JSON.stringify(document, null, 2)}\n`
}
