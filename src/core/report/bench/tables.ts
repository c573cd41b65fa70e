/** The tables of a bench as titles and cells, for the terminal and for Markdown alike. */
import type {BenchRow} from '../../workflows/bench/rows.js'
import {percent, printable} from '../text.js'
import type {BenchReport} from './bench.js'
import {captionTables, ends} from './captions.js'
import {energyTables} from './energy.js'

export type BenchTable = {
  readonly title: string
  readonly columns: readonly {readonly title: string; readonly align?: 'left' | 'right'}[]
  readonly rows: readonly (readonly string[])[]
}

type Column = {readonly title: string; readonly left?: true; readonly cell: (row: BenchRow) => string}

/** What stands where nothing was measured. */
const NONE = '–'

/** Time, stages, energy where it was measured, and where labels or captions are known accuracy; columns without any figure are left out. */
export function benchTables(report: BenchReport): BenchTable[] {
  const {rows, task} = report
  const who: Column[] = [
    {title: 'method', left: true, cell: ({method}) => printable(method)},
    ...(new Set(rows.map(({batch}) => batch)).size > 1
      ? [{title: 'batch', cell: ({batch}: BenchRow) => String(batch)}]
      : []),
  ]
  const isCaptioned = task === 'caption'
  const tables = [
    table('Encoder, ms of one run', rows, [...who, ...encoderColumns(rows)]),
    table(`From file to ${isCaptioned ? 'caption' : 'label'}, ms of one run`, rows, [
      ...who,
      ...stageColumns(isCaptioned),
    ]),
    ...[...energyTables(rows), ...captionTables(rows)].map(({title, columns}) =>
      table(title, rows, [...who, ...columns]),
    ),
  ]
  return rows.some(({accuracy}) => accuracy?.top1 != null)
    ? [...tables, table('Accuracy', rows, [...who, ...accuracyColumns(rows)])]
    : tables
}

/** Of two rows everybody sees which is better. */
export function hasFront(rows: readonly BenchRow[]): boolean {
  return rows.length > 2 && rows.some(({paretoFront}) => paretoFront !== null)
}

function encoderColumns(rows: readonly BenchRow[]): Column[] {
  return [
    {title: 'tokens', cell: ({tokens}) => (tokens.std === 0 ? String(tokens.mean) : tokens.mean.toFixed(1))},
    {title: 'median', cell: ({latencyMs}) => ms(latencyMs.median)},
    {title: 'p95', cell: ({latencyMs}) => ms(latencyMs.p95)},
    {title: 'images/s', cell: ({imagesPerSecond}) => figure(imagesPerSecond)},
    {title: 'times as fast (95 %)', cell: ({relative}) => speed(relative.latency, relative.latencyCi95)},
    ...(rows.some(({accuracy}) => accuracy?.top1 != null)
      ? [{title: 'top-1', cell: ({accuracy}: BenchRow) => (accuracy?.top1 == null ? NONE : percent(accuracy.top1))}]
      : []),
    ...(rows.some(({accuracy}) => accuracy?.cider != null)
      ? [
          {
            title: 'CIDEr',
            cell: ({accuracy}: BenchRow) => (accuracy?.cider == null ? NONE : (accuracy.cider * 100).toFixed(1)),
          },
        ]
      : []),
    ...(hasFront(rows) ? [{title: '', cell: ({paretoFront}: BenchRow) => (paretoFront ? '●' : '')}] : []),
  ]
}

const stageColumns = (isCaptioned: boolean): Column[] => [
  {title: 'decode', cell: ({stagesMs}) => ms(stagesMs.decode)},
  {title: 'prepare', cell: ({stagesMs}) => ms(stagesMs.preprocess)},
  {title: 'encode', cell: ({stagesMs}) => ms(stagesMs.encode)},
  {title: isCaptioned ? 'write' : 'head', cell: ({stagesMs}) => (stagesMs.head === null ? NONE : ms(stagesMs.head))},
  {title: 'all', cell: ({endToEndMs}) => ms(endToEndMs.median)},
  {title: 'times as fast (95 %)', cell: ({relative}) => speed(relative.endToEnd, relative.endToEndCi95)},
]

function accuracyColumns(rows: readonly BenchRow[]): Column[] {
  const share =
    (pick: (accuracy: NonNullable<BenchRow['accuracy']>) => number | null | undefined) => (row: BenchRow) => {
      const fraction = row.accuracy && pick(row.accuracy)
      return fraction == null ? NONE : percent(fraction)
    }
  const tasks = [...new Set(rows.flatMap(({accuracy}) => Object.keys(accuracy?.tasks ?? {})))]
  const columns: Column[] = [
    {
      title: 'top-1 (95 %)',
      cell: ({accuracy}) => (accuracy?.top1 == null ? NONE : `${percent(accuracy.top1)} ${ends(accuracy.top1Ci95!)}`),
    },
    {title: 'top-5', cell: share(({top5}) => top5)},
    {title: 'worst group', cell: share(({worstGroup}) => worstGroup)},
    {title: 'mAP', cell: share(({map}) => map)},
    ...tasks.map((task) => ({title: task, cell: share((accuracy) => accuracy.tasks[task]?.top1)})),
    {title: 'lost', cell: ({accuracy}) => String(accuracy?.againstBase?.onlyBase ?? NONE)},
    {title: 'won', cell: ({accuracy}) => String(accuracy?.againstBase?.onlyMethod ?? NONE)},
    {title: 'p', cell: ({accuracy}) => chance(accuracy?.againstBase?.pValue)},
  ]
  return columns.filter(({cell}) => rows.some((row) => cell(row) !== NONE))
}

function table(title: string, rows: readonly BenchRow[], columns: readonly Column[]): BenchTable {
  return {
    title,
    columns: columns.map(({title: name, left}) => ({title: name, align: left ? 'left' : 'right'})),
    rows: rows.map((row) => columns.map(({cell}) => cell(row))),
  }
}

/** Milliseconds without the unit, three digits. */
function ms(value: number): string {
  return value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0)
}

function figure(value: number): string {
  return value.toFixed(value < 100 ? 1 : 0)
}

/** A ratio of times as a speed-up: the longer the time, the lower the end. */
function speed(ratio: number, ci95: readonly [number, number] | null): string {
  const ends = ci95 ? ` (${(1 / ci95[1]).toFixed(2)}–${(1 / ci95[0]).toFixed(2)})` : ''
  return `${(1 / ratio).toFixed(2)}${ends}`
}

function chance(pValue: number | undefined): string {
  if (pValue === undefined) return NONE
  return pValue < 0.001 ? '<0.001' : pValue.toFixed(3)
}
