/** Images that could not be read, as text for stderr. */
import {type Layout, printable} from './text.js'

type ImageOutcome = {readonly path: string; readonly error?: {readonly message: string}}

/** One line for each image that failed, the path in it once; empty when none did. */
export function formatImageFailures(images: readonly ImageOutcome[], {paint}: Layout): string {
  const lines = images.flatMap(({path, error}) => {
    if (!error) return []
    const text = error.message.includes(path) ? error.message : `${path}: ${error.message}`
    return [`${paint.red('failed:')} ${printable(text)}\n`]
  })
  return lines.join('')
}
