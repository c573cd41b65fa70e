/** Images that could not be read, as text for stderr. */
import {type Layout, printable} from './text.js'

type ImageOutcome = {
  readonly path: string
  readonly error?: {readonly message: string; readonly suggestions?: readonly string[]}
}

/** One line for each image that failed, the path in it once, and its cures under it; a cure said once is not repeated. */
export function formatImageFailures(images: readonly ImageOutcome[], {paint}: Layout): string {
  const told = new Set<string>()
  const lines = images.flatMap(({path, error}) => {
    if (!error) return []
    const text = error.message.includes(path) ? error.message : `${path}: ${error.message}`
    const fresh = (error.suggestions ?? []).filter((cure) => !told.has(cure))
    for (const cure of fresh) told.add(cure)
    return [
      `${paint.red('failed:')} ${printable(text)}\n`,
      ...fresh.map((cure) => `${paint.dim('   try:')} ${printable(cure)}\n`),
    ]
  })
  return lines.join('')
}
