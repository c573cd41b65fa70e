/** Images that could not be read, as text for stderr. */
import {type Layout, printable} from './text.js'

type ImageOutcome = {
  readonly path: string
  readonly error?: {readonly message: string; readonly suggestions?: readonly string[]}
}

/** One line for each image that failed, the path in it once, then each cure once; empty when none failed. */
export function formatImageFailures(images: readonly ImageOutcome[], {paint}: Layout): string {
  const failed = images.flatMap(({path, error}) => (error ? [{path, ...error}] : []))
  const lines = failed.map(({path, message}) => {
    const text = message.includes(path) ? message : `${path}: ${message}`
    return `${paint.red('failed:')} ${printable(text)}\n`
  })
  const cures = new Set(failed.flatMap(({suggestions = []}) => suggestions))
  return [...lines, ...[...cures].map((cure) => `${paint.dim('   try:')} ${printable(cure)}\n`)].join('')
}
