/** Benches side by side as text: what changed from the first file to each other one, and how sure that is. */
import type {AccuracyChange, BenchComparison, Change, Comparison, RowChange} from '../../workflows/bench/compare.js'
import {formatMarkdownTable} from '../markdown.js'
import {formatTable} from '../table.js'
import {type Layout, printable, wrap} from '../text.js'
import {msText, pValueText, signed, significant} from './figures.js'

type Column = {readonly title: string; readonly left?: true; readonly cell: (row: RowChange) => string}

const NONE = '–'

/** For the terminal; no newline at the end. */
export function formatComparison({files, comparisons}: BenchComparison, layout: Layout): string {
  const {paint, width} = layout
  const [first] = files
  const parts = comparisons.map((comparison) => {
    const columns = columnsOf(comparison.rows)
    const titles = columns.map(({title, left}, index) => ({
      title,
      align: left ? ('left' as const) : ('right' as const),
      ...(index === 0 ? {keep: 'start' as const} : {}),
    }))
    const rows = comparison.rows.map((row) => columns.map(({cell}) => cell(row)))
    const head = `${paint.bold(printable(comparison.path))} ${paint.dim(`against ${printable(first!.path)}`)}`
    const table = rows.length > 0 ? formatTable(titles, rows, layout) : 'No method at the same batch size is in both.'
    const notes = notesOf(comparison).flatMap((note) => wrap(note, width).map((line) => paint.dim(line)))
    return [head, table, '', ...differenceLines(comparison, layout), ...notes].join('\n')
  })
  return parts.join('\n\n')
}

/** For documents. */
export function formatComparisonMarkdown({files, comparisons}: BenchComparison): string {
  const [first] = files
  return comparisons
    .map((comparison) => {
      const columns = columnsOf(comparison.rows)
      const table = formatMarkdownTable(
        columns.map(({title, left}) => ({title, align: left ? 'left' : 'right'})),
        comparison.rows.map((row) => columns.map(({cell}) => cell(row))),
      )
      const differences = formatMarkdownTable(
        [{title: 'what differs'}, {title: 'before'}, {title: 'after'}],
        comparison.differences.map(({what, before, after}) => [what, before, after].map(printable)),
      )
      return [
        `**${printable(comparison.path)}** against ${printable(first!.path)}\n`,
        table,
        ...(comparison.differences.length > 0 ? [differences] : []),
        notesOf(comparison)
          .map((note) => `- ${note}\n`)
          .join(''),
      ].join('\n')
    })
    .join('\n')
}

function columnsOf(rows: readonly RowChange[]): Column[] {
  const has = (test: (row: RowChange) => unknown) => rows.some((row) => test(row))
  return [
    {title: 'method', left: true, cell: ({method}) => printable(method)},
    ...(new Set(rows.map(({batch}) => batch)).size > 1
      ? [{title: 'batch', cell: ({batch}: RowChange) => String(batch)}]
      : []),
    {title: 'tokens', cell: ({tokens}) => arrow(tokens, (value) => value.toFixed(value % 1 === 0 ? 0 : 1))},
    {title: 'encoder, ms', cell: ({latency}) => arrow(latency, msText)},
    {title: 'ratio', cell: ({latency}) => ratioText(latency)},
    {title: 'times as fast as base', cell: ({speedup}) => arrow(speedup, (value) => value.toFixed(2)) + mark(speedup)},
    ...(has(({joules}) => joules)
      ? [
          {title: 'J/image', cell: ({joules}: RowChange) => (joules ? arrow(joules, significant) : NONE)},
          {title: 'ratio', cell: ({joules}: RowChange) => (joules ? ratioText(joules) : NONE)},
        ]
      : []),
    ...(has(({accuracy}) => accuracy)
      ? [
          {
            title: rows.some(({accuracy}) => accuracy?.of === 'cider') ? 'CIDEr' : 'top-1, %',
            cell: ({accuracy}: RowChange) => (accuracy ? accuracyText(accuracy) : NONE),
          },
          {title: 'points', cell: ({accuracy}: RowChange) => (accuracy ? pointsText(accuracy) : NONE)},
          {title: 'p or 95 %', cell: ({accuracy}: RowChange) => (accuracy ? sureText(accuracy) : NONE)},
        ]
      : []),
  ]
}

/** `8.00 → 7.20`; one figure where both are written alike. */
function arrow({before, after}: Pick<Change, 'before' | 'after'>, text: (value: number) => string): string {
  return text(before) === text(after) ? text(before) : `${text(before)} → ${text(after)}`
}

function ratioText(change: Change): string {
  return change.ratio === null ? NONE : `${change.ratio.toFixed(2)}${mark(change)}`
}

/** Intervals apart are marked; those that overlap, or are not known, are not. */
function mark({overlap}: Change): string {
  return overlap === false ? ' ≠' : ''
}

function accuracyText(accuracy: AccuracyChange): string {
  return arrow(accuracy, (value) => (value * 100).toFixed(1))
}

function pointsText({difference, differs}: AccuracyChange): string {
  return `${signed(difference * 100, 1)}${differs ? ' ≠' : ''}`
}

function sureText({pValue, ci95}: AccuracyChange): string {
  if (pValue !== null) return pValueText(pValue)
  return ci95 ? ci95.map((end) => signed(end * 100, 1)).join(' to ') : NONE
}

function differenceLines({differences}: Comparison, layout: Layout): string[] {
  if (differences.length === 0) return ['Nothing else differs: same machine, model, images and settings.']
  const table = formatTable(
    [
      {title: 'what differs', keep: 'start'},
      {title: 'before', keep: 'start'},
      {title: 'after', keep: 'start'},
    ],
    differences.map(({what, before, after}) => [what, printable(before), printable(after)]),
    layout,
  )
  return [table, '']
}

function notesOf({rows, timesComparable, onlyBefore, onlyAfter}: Comparison): string[] {
  const ways = new Set(rows.flatMap(({accuracy}) => accuracy?.by ?? []))
  return [
    ...(timesComparable
      ? []
      : [
          'Machine, threads or device differ: ratios of milliseconds and joules are between two machines; times as fast as base are each of its own.',
        ]),
    '≠ more than chance: 95 % intervals do not overlap, or a test says so.',
    ...(ways.has('paired') ? ["top-1: the same images in both, so image by image, by McNemar's exact test (p)."] : []),
    ...(ways.has('unpaired')
      ? ["top-1: not known to be the same images, so as two shares, by Newcombe's interval of the difference."]
      : []),
    ...(ways.has('intervals') ? ['CIDEr: a hundred times the score; told by its intervals.'] : []),
    ...(onlyBefore.length > 0 ? [`Only before: ${onlyBefore.map(printable).join(', ')}.`] : []),
    ...(onlyAfter.length > 0 ? [`Only after: ${onlyAfter.map(printable).join(', ')}.`] : []),
  ]
}
