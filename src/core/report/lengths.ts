/** Token lengths by vocabulary and set of images: table, Markdown, CSV. */
import type {TokenLengths} from '../workflows/lengths.js'
import {formatCsv} from './csv.js'
import {formatMarkdownTable, type MarkdownColumn} from './markdown.js'
import {formatTable} from './table.js'
import {count, type Layout, printable, wrap} from './text.js'

export type LengthsReport = TokenLengths & {
  /** Present when the work was stopped before all images were done. */
  readonly incomplete?: true
}

type Spread = TokenLengths['rows'][number]['lengths'][number]['tokens']

/** A row for each vocabulary and method, a column for each set. No newline at the end. */
export function formatLengths(result: LengthsReport, layout: Layout): string {
  const {paint, width} = layout
  const columns = columnsOf(result).map((column, index) => (index === 0 ? {...column, keep: 'end' as const} : column))
  const table = formatTable(columns, rowsOf(result), layout)
  return [table, ...wrap(captionOf(result), width).map((line) => paint.dim(line))].join('\n')
}

export function formatLengthsMarkdown(result: LengthsReport): string {
  return `${formatMarkdownTable(columnsOf(result), rowsOf(result))}\n${captionOf(result)}\n`
}

/** One row for each vocabulary, method and set, figures unrounded. */
export function formatLengthsCsv({full, rows}: LengthsReport): string {
  const titles = ['vocab', 'words', 'method', 'set', 'images', 'tokens_full', 'mean', 'std', 'min', 'max']
  return formatCsv(
    titles,
    rows.flatMap(({vocab, words, method, lengths}) =>
      lengths.map(({set, tokens}) => {
        const {mean = null, std = null, min = null, max = null} = tokens ?? {}
        return [vocab, words, method, set, tokens?.count ?? 0, full, mean, std, min, max]
      }),
    ),
  )
}

function columnsOf({sets}: LengthsReport): MarkdownColumn[] {
  return [
    {title: 'vocabulary'},
    {title: 'words', align: 'right'},
    {title: 'method'},
    ...sets.map(({name}) => ({title: printable(name), align: 'right' as const})),
  ]
}

function rowsOf({rows}: LengthsReport): string[][] {
  return rows.map(({vocab, words, method, lengths}) => [
    printable(vocab ?? '–'),
    words === null ? '–' : count(words),
    method,
    ...lengths.map(({tokens}) => spreadText(tokens)),
  ])
}

function spreadText(tokens: Spread): string {
  return tokens ? `${tokens.mean.toFixed(1)} ± ${tokens.std.toFixed(1)}` : '–'
}

function captionOf({model, full, sets, incomplete}: LengthsReport): string {
  const counts = sets.map(({name, images, failed}) => {
    const lost = failed.length > 0 ? `, ${count(failed.length)} failed` : ''
    return `${printable(name)} ${count(images)} ${images === 1 ? 'image' : 'images'}${lost}`
  })
  const stopped = incomplete ? ' · stopped before the end' : ''
  return `Tokens that enter the encoder, of ${full}, mean ± standard deviation · ${counts.join(' · ')} · ${printable(model)}${stopped}`
}
