/** Captions as text: one image in full, several as a table, or as a list where a table would cut them. */
import type {CaptionedImage, CaptionResult} from '../workflows/caption/caption.js'
import {formatTable} from './table.js'
import {cut, type Layout, milliseconds, PLAIN, printable, widthOf, wrap} from './text.js'

export type Captions = {
  readonly model: string
  readonly method: string
  readonly device: string
  readonly images: readonly CaptionResult[]
  /** Present when the work was stopped before all images were done. */
  readonly incomplete?: true
}

/** What was described, empty when nothing was; failed images are for `formatImageFailures`. No newline at the end. */
export function formatCaptions(result: Captions, layout: Layout): string {
  const done = result.images.filter((image) => 'caption' in image)
  const failedCount = result.images.length - done.length
  if (done.length === 0) return ''
  const body = done.length === 1 ? formatOne(done[0]!, layout) : formatMany(done, layout)
  const counts = `${done.length} ${done.length === 1 ? 'image' : 'images'}${failedCount > 0 ? `, ${failedCount} failed` : ''}`
  const parts = [...(result.images.length > 1 ? [counts] : []), result.model, result.method, result.device]
  const summary = `${parts.join(' · ')}${result.incomplete ? ' · stopped before the end' : ''}`
  return [body, ...wrap(summary, layout.width).map((line) => layout.paint.dim(line))].join('\n')
}

function formatOne(image: CaptionedImage, layout: Layout): string {
  const {width, paint} = layout
  const {tokens, ms} = image
  const seen = tokens.used === tokens.full ? `all ${tokens.full} tokens` : `${tokens.used} of ${tokens.full} tokens`
  const times = `${milliseconds(ms.load)} to load, ${milliseconds(ms.encode)} to see, ${milliseconds(ms.decode)} to write`
  const facts = `${seen}, ${times}, score ${image.score.toFixed(3)}`
  return [formatEntry(image, layout), ...wrap(facts, width - 2).map((line) => paint.dim(`  ${line}`))].join('\n')
}

function formatMany(images: readonly CaptionedImage[], layout: Layout): string {
  const table = (within: Layout) => {
    const rows = images.map(({path, caption, tokens, ms}) => [
      printable(path),
      printable(caption),
      `${tokens.used}/${tokens.full}`,
      (ms.encode + ms.decode).toFixed(1),
    ])
    return formatTable(COLUMNS, rows, within, (text, _row, column) => (column === 1 ? layout.paint.bold(text) : text))
  }
  const uncut = Math.max(...table(PLAIN).split('\n').map(widthOf))
  return uncut <= layout.width ? table(layout) : images.map((image) => formatEntry(image, layout)).join('\n')
}

const COLUMNS = [
  {title: 'image'},
  {title: 'caption'},
  {title: 'tokens', align: 'right'},
  {title: 'ms', align: 'right'},
] as const

/** The path, and the whole caption under it. */
function formatEntry({path, caption}: CaptionedImage, {width, paint}: Layout): string {
  const lines = wrap(printable(caption), width - 2)
  return [cut(printable(path), width, 'end'), ...lines.map((line) => `  ${paint.bold(line)}`)].join('\n')
}
