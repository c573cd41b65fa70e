/** The top of a report: the few figures to take away, and all methods in one table. */
import type {BenchRow} from '../../workflows/bench/rows.js'
import {familyOf} from '../charts/families.js'
import {type Markup, type MarkupPart, markup} from '../markup.js'
import type {PageTable} from '../page.js'
import {percent} from '../text.js'
import type {BenchReport} from './bench.js'
import {CIDER, JOULES, msText, pValueText, signed, significant, timesEnds, timesText} from './figures.js'
import {hasFront} from './tables.js'

/** McNemar's chance below which a loss in top-1 is taken for real. */
const SURE = 0.05

type Finding = {readonly what: string; readonly value: string; readonly who: string}

/** What to take away; nothing when base is alone. */
export function findings({rows}: BenchReport): Markup | null {
  const [base] = rows
  const others = rows.filter(({method, batch}) => method !== base!.method && batch === base!.batch)
  if (others.length === 0) return null
  const best = (list: readonly BenchRow[], cost: (row: BenchRow) => number | null) =>
    list
      .filter((row) => cost(row) !== null)
      .reduce<BenchRow | undefined>((least, row) => (least && cost(least)! <= cost(row)! ? least : row), undefined)
  const fastest = best(others, ({relative}) => relative.latency)!
  const steady = best(
    others.filter((row) => lossOf(row)?.isSure === false),
    ({relative}) => relative.latency,
  )
  const shortest = best(others, ({relative}) => relative.tokens)!
  const thriftiest = best(others, ({relative}) => relative.joules)
  const list: Finding[] = [
    {what: 'Fastest encoder', value: `${timesText(fastest.relative.latency, null)}×`, who: withLoss(fastest)},
    ...(steady && steady !== fastest
      ? [
          {
            what: 'Fastest without a sure loss',
            value: `${timesText(steady.relative.latency, null)}×`,
            who: withLoss(steady),
          },
        ]
      : []),
    {
      what: 'Fewest tokens',
      value: percent(shortest.relative.tokens),
      who: `${shortest.method}: ${shortest.tokens.mean.toFixed(0)} of ${base!.tokens.mean.toFixed(0)}`,
    },
    ...(thriftiest
      ? [
          {
            what: 'Least energy',
            value: percent(thriftiest.relative.joules!),
            who: `${thriftiest.method}: of the joules of base, ${thriftiest.watts?.grade ?? 'measured'}`,
          },
        ]
      : []),
  ]
  return markup`<ul class="findings">${list.map(
    ({what, value, who}) =>
      markup`<li><span class="what">${what}</span><span class="value">${value}</span><span class="who">${who}</span></li>`,
  )}</ul>
`
}

/** What a method loses against base over the same images, and whether that is hardly chance; null without accuracy. */
function lossOf({accuracy}: BenchRow): {readonly text: string; readonly isSure: boolean} | null {
  const labels = accuracy?.againstBase
  if (accuracy && labels) {
    const points = ((labels.onlyMethod - labels.onlyBase) / accuracy.images) * 100
    return {text: `${signed(points, 1)} points of top-1`, isSure: points < 0 && labels.pValue < SURE}
  }
  const cider = accuracy?.captionsAgainstBase?.cider
  if (!cider) return null
  return {text: `${signed(cider.difference * 100, 1)} CIDEr`, isSure: cider.ci95 !== null && cider.ci95[1] < 0}
}

function withLoss(row: BenchRow): string {
  const {latencyCi95} = row.relative
  const who = latencyCi95 ? `${row.method} (95 %: ${timesEnds(latencyCi95)})` : row.method
  const loss = lossOf(row)
  return loss ? `${who}, ${loss.text}` : who
}

type Column = {
  readonly title: string
  readonly align?: 'left' | 'right'
  readonly cell: (row: BenchRow) => MarkupPart
}

/** Every row of the bench, in its order; columns without any figure are left out. */
export function overviewTable(report: BenchReport): PageTable {
  const {rows} = report
  const has = (test: (row: BenchRow) => unknown) => rows.some((row) => test(row))
  const right = 'right' as const
  const columns: Column[] = [
    {title: 'method', cell: ({method}) => named(method)},
    ...(new Set(rows.map(({batch}) => batch)).size > 1
      ? [{title: 'batch', align: right, cell: ({batch}: BenchRow) => String(batch)}]
      : []),
    {title: 'tokens', align: right, cell: ({tokens}) => tokens.mean.toFixed(tokens.std === 0 ? 0 : 1)},
    {title: 'encoder, ms', align: right, cell: ({latencyMs}) => msText(latencyMs.median)},
    {
      title: 'times as fast (95 %)',
      align: right,
      cell: ({relative}) => timesText(relative.latency, relative.latencyCi95),
    },
    {title: 'images/s', align: right, cell: ({imagesPerSecond}) => significant(imagesPerSecond)},
    ...(has(JOULES.of)
      ? [
          {
            title: 'J/image',
            align: right,
            cell: (row: BenchRow) => (JOULES.of(row) ? significant(JOULES.of(row)!.value) : '–'),
          },
        ]
      : []),
    ...(has(CIDER.of)
      ? [
          {
            title: 'CIDEr',
            align: right,
            cell: (row: BenchRow) => (CIDER.of(row) ? CIDER.number(CIDER.of(row)!.value) : '–'),
          },
        ]
      : []),
    ...(has(({accuracy}) => accuracy?.top1 != null)
      ? [
          {
            title: 'top-1',
            align: right,
            cell: ({accuracy}: BenchRow) => (accuracy?.top1 == null ? '–' : percent(accuracy.top1)),
          },
          {
            title: 'lost / won',
            align: right,
            cell: ({accuracy}: BenchRow) =>
              accuracy?.againstBase ? `${accuracy.againstBase.onlyBase} / ${accuracy.againstBase.onlyMethod}` : '–',
          },
          {title: 'p', align: right, cell: ({accuracy}: BenchRow) => pValueText(accuracy?.againstBase?.pValue)},
        ]
      : []),
    ...(has(({accuracy}) => accuracy?.worstGroup != null)
      ? [
          {
            title: 'worst group',
            align: right,
            cell: ({accuracy}: BenchRow) => (accuracy?.worstGroup == null ? '–' : percent(accuracy.worstGroup)),
          },
        ]
      : []),
    ...(hasFront(rows)
      ? [{title: 'front', align: right, cell: ({paretoFront}: BenchRow) => (paretoFront ? '●' : '')}]
      : []),
  ]
  return {
    caption: captionOf(report),
    columns: columns.map(({title, align}) => ({title, ...(align ? {align} : {})})),
    rows: rows.map((row) => columns.map(({cell}) => cell(row))),
    breaks: batchBreaks(rows),
  }
}

/** Where another batch size begins. */
export function batchBreaks(rows: readonly BenchRow[]): number[] {
  return rows.flatMap(({batch}, row) => (row > 0 && rows[row - 1]!.batch !== batch ? [row] : []))
}

/** A method with the colour it has in the charts. */
export function named(method: string): Markup {
  const parts = method.split('+').map((part, index) => (index === 0 ? part : markup`+<wbr>${part}`))
  return markup`<span class="method"><span class="key ${familyOf(method)}"></span>${parts}</span>`
}

function captionOf({rows}: BenchReport): string {
  const parts = ['Medians; speed is the median over blocks of the ratio within a block.']
  if (rows.some(({accuracy}) => accuracy?.againstBase)) {
    parts.push("Lost, won: images that only base, only the method gets right; p: McNemar's exact test.")
  }
  if (hasFront(rows)) parts.push('● no other row of its batch size is as fast and as accurate, and better in one.')
  return parts.join(' ')
}
