/** Scores of captions as tables, as papers print them: a hundred times what JSON has. */
import type {BenchRow} from '../../workflows/bench/rows.js'
import {percent} from '../text.js'

type Column = {readonly title: string; readonly cell: (row: BenchRow) => string}

export type CaptionTable = {readonly title: string; readonly columns: readonly Column[]}

/** What stands where nothing was measured. */
const NONE = '–'

/** None where no captions were scored; columns without any figure are left out. */
export function captionTables(rows: readonly BenchRow[]): CaptionTable[] {
  if (rows.every(({accuracy}) => accuracy?.cider == null)) return []
  const scores = SCORES.filter(({cell}) => rows.some((row) => cell(row) !== NONE))
  const names = [...new Set(rows.flatMap(({accuracy}) => Object.keys(accuracy?.tasks ?? {})))]
  return [
    {title: 'Captions', columns: scores},
    ...(names.length > 0 ? [{title: 'Captions that name', columns: names.map(mentionColumn)}] : []),
  ]
}

const SCORES: readonly Column[] = [
  {
    title: 'CIDEr (95 %)',
    cell: ({accuracy}) =>
      accuracy?.cider == null ? NONE : withEnds(points(accuracy.cider), accuracy.captionCi95?.cider),
  },
  {
    title: 'against base (95 %)',
    cell: ({accuracy}) => {
      const against = accuracy?.captionsAgainstBase?.cider
      return against ? withEnds(signed(against.difference), against.ci95) : NONE
    },
  },
  {title: 'BLEU-4', cell: ({accuracy}) => points(accuracy?.bleu4)},
  {title: 'ROUGE-L', cell: ({accuracy}) => points(accuracy?.rougeL)},
  {title: 'SPICE', cell: ({accuracy}) => points(accuracy?.spice)},
]

function mentionColumn(name: string): Column {
  return {
    title: `${name} (95 %)`,
    cell: ({accuracy}) => {
      const share = accuracy?.tasks[name]
      return share ? withEnds(percent(share.top1), share.ci95) : NONE
    },
  }
}

/** `(91.0–97.0)`, ends a hundred times as large; where one is below 0 they are parted by `to`. */
export function ends([low, high]: readonly [number, number]): string {
  const [from, to] = [points(low), points(high)]
  return from.startsWith('−') ? `(${from} to ${to})` : `(${from}–${to})`
}

function withEnds(text: string, ci95: readonly [number, number] | null | undefined): string {
  return ci95 ? `${text} ${ends(ci95)}` : text
}

function signed(difference: number): string {
  const text = points(difference)
  return text === '0.0' || text.startsWith('−') ? text : `+${text}`
}

function points(score: number | null | undefined): string {
  if (score == null) return NONE
  const text = (score * 100).toFixed(1)
  return text === '-0.0' ? '0.0' : text.replace('-', '−')
}
