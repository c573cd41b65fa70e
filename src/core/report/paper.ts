/** The tables of the VWT paper, measured here: token lengths, accuracy by method, and what was missing. */
import type {Spread} from '../metrics/spread.js'
import type {PaperAccuracy} from '../workflows/paper/accuracy.js'
import type {PaperCaptions} from '../workflows/paper/captions.js'
import type {PaperLengths} from '../workflows/paper/lengths.js'
import type {Paper} from '../workflows/paper/suite.js'
import {formatMarkdownTable} from './markdown.js'
import {formatTable} from './table.js'
import {count, type Layout, printable, wrap} from './text.js'

type Table = {
  readonly title: string
  readonly columns: readonly {readonly title: string; readonly align?: 'left' | 'right'}[]
  readonly rows: readonly (readonly string[])[]
}

/** What stands where nothing was measured. */
const NONE = '–'

/** No newline at the end. */
export function formatPaper(paper: Paper, layout: Layout): string {
  const {paint, width} = layout
  const tables = paperTables(paper).map(({title, columns, rows}) => {
    const head = wrap(title, width).map((line) => paint.bold(line))
    return [...head, formatTable(columns, rows, layout)].join('\n')
  })
  const missing = missingLines(paper).flatMap((line) => wrap(line, width).map((part) => paint.dim(part)))
  return [...tables, ...(missing.length > 0 ? [[paint.bold('Missing'), ...missing].join('\n')] : [])].join('\n\n')
}

export function formatPaperMarkdown(paper: Paper): string {
  const tables = paperTables(paper).map(
    ({title, columns, rows}) => `**${title}**\n\n${formatMarkdownTable(columns, rows)}`,
  )
  const missing = missingLines(paper).map((line) => `- ${line}\n`)
  return [...tables, ...(missing.length > 0 ? [`**Missing**\n\n${missing.join('')}`] : [])].join('\n')
}

/** As titles and cells. */
export function paperTables({model, lengths, accuracy, captions}: Paper): Table[] {
  return [
    ...(lengths.length > 0 ? [lengthTable(lengths)] : []),
    ...accuracy.map((part) => accuracyTable(part, model)),
    ...captions.filter(({rows}) => rows.length > 0).map(captionTable),
  ]
}

/** A row for each data set and number of words. */
function lengthTable(lengths: readonly PaperLengths[]): Table {
  const full = [...new Set(lengths.map((set) => set.full))].join(' or ')
  return {
    title: `Table 1 · tokens that enter the encoder, of ${full}, mean ± standard deviation over images`,
    columns: [
      {title: 'data set'},
      {title: 'words', align: 'right'},
      {title: 'in-domain', align: 'right'},
      {title: 'general', align: 'right'},
    ],
    rows: lengths.flatMap(({title, rows}) =>
      [...new Set(rows.map(({words}) => words))].map((words) => {
        const cell = (domain: string) => {
          const row = rows.find((other) => other.words === words && other.domain === domain)
          return row ? spread(row.tokens, 1) : NONE
        }
        return [printable(title), count(words), cell('in-domain'), cell('general')]
      }),
    ),
  }
}

function accuracyTable({title, rows}: PaperAccuracy, model: string): Table {
  const {runs} = rows[0]!
  const images = `${count(runs[0]!.images)} images`
  const seeds = runs.length > 1 ? `, mean ± standard deviation over seeds ${runs.map(({seed}) => seed).join(', ')}` : ''
  const columns: {title: string; cell: (row: PaperAccuracy['rows'][number]) => string}[] = [
    {title: 'words', cell: ({words}) => (words === null ? NONE : count(words))},
    {title: 'tokens', cell: ({tokens}) => tokens.toFixed(1)},
    {title: 'average', cell: ({average}) => percent(average)},
    {title: 'worst group', cell: ({worstGroup}) => percent(worstGroup)},
    {title: 'mAP', cell: ({map}) => (map === null ? NONE : (100 * map).toFixed(1))},
  ]
  const shown = columns.filter(({cell}) => rows.some((row) => cell(row) !== NONE))
  return {
    title: `Table 2 · ${printable(title)}, ${images}, ${printable(model)}${seeds}`,
    columns: [{title: 'method'}, ...shown.map((column) => ({title: column.title, align: 'right' as const}))],
    rows: rows.map((row) => [printable(row.method), ...shown.map(({cell}) => cell(row))]),
  }
}

/** Scores in hundredths, as papers print them; the domains by CIDEr. */
function captionTable({title, model, rows}: PaperCaptions): Table {
  const domains = Object.keys(rows[0]!.domains ?? {})
  const hasSpice = rows.some(({spice}) => spice !== null)
  const hundredths = (value: number | null | undefined) => (value == null ? NONE : (100 * value).toFixed(1))
  return {
    title: `Table 3 · ${printable(title)}, ${count(rows[0]!.images)} images, captions of ${printable(model)}`,
    columns: [
      {title: 'method'},
      ...['words', 'tokens', 'BLEU-4', 'CIDEr', ...(hasSpice ? ['SPICE'] : []), ...domains].map((name) => ({
        title: name,
        align: 'right' as const,
      })),
    ],
    rows: rows.map((row) => [
      printable(row.method),
      row.words === null ? NONE : count(row.words),
      row.tokens.toFixed(1),
      hundredths(row.bleu4),
      hundredths(row.cider),
      ...(hasSpice ? [hundredths(row.spice)] : []),
      ...domains.map((domain) => hundredths(row.domains?.[domain]?.cider)),
    ]),
  }
}

/** What could not be run and why, a line each. */
export function missingLines({missing}: Paper): string[] {
  return missing.map(({what, reason, cure}) => printable(`${what}: ${reason.replace(/[.]$/, '')}. ${cure}`))
}

/** One value has no deviation. */
function spread({count: values, mean, std}: Spread, digits: number): string {
  return values > 1 ? `${mean.toFixed(digits)} ± ${std.toFixed(digits)}` : mean.toFixed(digits)
}

function percent(fractions: Spread | null): string {
  return fractions ? spread({...fractions, mean: 100 * fractions.mean, std: 100 * fractions.std}, 1) : NONE
}
