/** Zero-shot results as text: one image in full, several as a table. */
import type {ClassifiedImage, ImageResult} from '../workflows/classify.js'
import {formatTable} from './table.js'
import {bar, cut, type Layout, milliseconds, pad, percent, printable, widthOf, wrap} from './text.js'

export type Classification = {
  readonly model: string
  readonly method: string
  readonly device: string
  readonly images: readonly ImageResult[]
  /** Present when the work was stopped before all images were done. */
  readonly incomplete?: true
}

const BAR_WIDTH = 24
const SMALL_BAR_WIDTH = 10
/** Below this many columns the table leaves its bars out. */
const BAR_FROM_WIDTH = 72

/** What was classified, empty when nothing was; failed images are for `formatImageFailures`. No newline at the end. */
export function formatClassification(result: Classification, layout: Layout): string {
  const done = result.images.filter((image) => 'labels' in image)
  const failedCount = result.images.length - done.length
  if (done.length === 0) return ''
  const body = done.length === 1 ? formatOne(done[0]!, layout) : formatMany(done, layout)
  return `${body}\n${layout.paint.dim(summary(result, done, failedCount))}`
}

function formatOne({path, labels, tokens, ms}: ClassifiedImage, layout: Layout): string {
  const {width, paint} = layout
  const scoreWidth = Math.max(...labels.map(({score}) => percent(score).length))
  const names = labels.map(({label}) => printable(label))
  const room = width - 2 - 2 - 2 - scoreWidth
  const barWidth = Math.max(0, Math.min(BAR_WIDTH, room - 12))
  const nameWidth = Math.min(Math.max(...names.map(widthOf)), Math.max(8, room - barWidth))
  const rows = labels.map(({score}, index) => {
    const name = pad(cut(names[index]!, nameWidth), nameWidth)
    const scoreText = pad(percent(score), scoreWidth, 'left')
    return `  ${index === 0 ? paint.bold(name) : name}  ${paint.cyan(bar(score, barWidth))}  ${scoreText}`
  })
  const facts = `${tokensText(tokens)}, ${milliseconds(ms.load)} to load, ${milliseconds(ms.infer)} in the model`
  return [
    paint.bold(cut(printable(path), width, 'end')),
    ...rows,
    ...wrap(facts, width - 2).map((line) => paint.dim(`  ${line}`)),
  ].join('\n')
}

function formatMany(images: readonly ClassifiedImage[], layout: Layout): string {
  const hasBars = layout.width >= BAR_FROM_WIDTH
  const rows = images.map(({path, labels, tokens, ms}) => {
    const best = labels[0]!
    return [
      printable(path),
      printable(best.label),
      ...(hasBars ? [bar(best.score, SMALL_BAR_WIDTH)] : []),
      percent(best.score),
      `${tokens.used}/${tokens.full}`,
      ms.infer.toFixed(1),
    ]
  })
  const columns = [
    {title: 'image', keep: 'end'},
    {title: 'label', keep: 'start'},
    ...(hasBars ? [{title: ''}] : []),
    {title: 'score', align: 'right'},
    {title: 'tokens', align: 'right'},
    {title: 'ms', align: 'right'},
  ] as const
  const {paint} = layout
  return formatTable(columns, rows, layout, (text, _row, column) =>
    column === 1 ? paint.bold(text) : hasBars && column === 2 ? paint.cyan(text) : text,
  )
}

function summary(result: Classification, done: readonly ClassifiedImage[], failedCount: number): string {
  const counts =
    result.images.length > 1
      ? [`${done.length} ${done.length === 1 ? 'image' : 'images'}${failedCount > 0 ? `, ${failedCount} failed` : ''}`]
      : []
  const parts = [...counts, result.model, result.method, result.device]
  return `${parts.join(' · ')}${result.incomplete ? ' · stopped before the end' : ''}`
}

function tokensText({full, used}: ClassifiedImage['tokens']): string {
  return used === full ? `all ${full} tokens` : `${used} of ${full} tokens`
}
