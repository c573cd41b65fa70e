/** What a bench says about cost: accuracy held against each cost, times, stages, batch sizes. */
import type {BenchRow} from '../../workflows/bench/rows.js'
import {batchChart} from '../charts/batch-curves.js'
import {drawChart, HALF_PX} from '../charts/chart.js'
import {latencyChart} from '../charts/latency-intervals.js'
import {stageChart} from '../charts/stage-bars.js'
import {tradeoffChart} from '../charts/tradeoff.js'
import {type Markup, type MarkupPart, markup} from '../markup.js'
import {type PageTable, pageCharts, pageFigure, pageSection, pageTable} from '../page.js'
import type {BenchReport} from './bench.js'
import {
  gainOf,
  IMAGES_PER_SECOND,
  JOULES,
  LATENCY,
  msText,
  type Quantity,
  significant,
  TOKENS,
  timesText,
} from './figures.js'
import {batchBreaks, named} from './html-overview.js'

const RIGHT = 'right' as const

/** Accuracy against tokens, time and energy, as far as they are known. */
export function costSection({rows, energy}: BenchReport): Markup {
  const smallest = rowsOfFirstBatch(rows)
  const gain = gainOf(smallest)
  const charts = COSTS.flatMap(({id, cost, title}) => {
    const points = smallest.flatMap((row) => {
      const [paid, got] = [cost.of(row), gain.of(row)]
      return paid && got
        ? [{method: row.method, cost: paid.value, gain: got.value, costCi95: paid.ci95, gainCi95: got.ci95}]
        : []
    })
    if (points.length === 0) return []
    const text = {cost: cost.name, gain: gain.name, title, costText: cost.text, gainText: gain.text, most: gain.most}
    return [{title, chart: drawChart(id, (width) => tradeoffChart(points, text, width), HALF_PX)}]
  })
  const missing = whyMissing(smallest, energy.reason)
  const at = hasBatches(rows) ? ` All at batch ${smallest[0]!.batch}.` : ''
  const text = `Towards the upper left is better. Filled points, on the line, are those that no other beats; lines through points are 95 % intervals, lines between them join the settings of one method.${at}`
  return pageSection('cost', 'Accuracy against cost', [
    charts.length > 0 &&
      markup`<p>${text}</p>
${pageCharts(charts)}${pageTable(costTable(smallest))}`,
    missing &&
      markup`<p class="after">${missing}</p>
`,
  ])
}

const COSTS = [
  {id: 'tokens', cost: TOKENS, title: 'Accuracy against tokens'},
  {id: 'latency', cost: LATENCY, title: 'Accuracy against time'},
  {id: 'joules', cost: JOULES, title: 'Accuracy against energy'},
]

function costTable(rows: readonly BenchRow[]): PageTable {
  const known = [gainOf(rows), ...COSTS.map(({cost}) => cost)].filter((quantity) =>
    rows.some((row) => quantity.of(row)),
  )
  const cellOf = (row: BenchRow, {of, number}: Quantity) => {
    const figure = of(row)
    if (!figure) return '–'
    return figure.ci95 ? `${number(figure.value)} (${figure.ci95.map(number).join('–')})` : number(figure.value)
  }
  return {
    caption: 'The figures of the charts, with 95 % intervals.',
    columns: [{title: 'method'}, ...known.map(({name}) => ({title: name, align: RIGHT}))],
    rows: rows.map((row) => [named(row.method), ...known.map((quantity) => cellOf(row, quantity))]),
  }
}

/** Why a chart is not there, as sentences. */
function whyMissing(rows: readonly BenchRow[], reason: string | null): string | null {
  if (rows.every(({accuracy}) => !accuracy))
    return 'Nothing is known of what the images show, so there is no accuracy to hold against cost.'
  return rows.some((row) => JOULES.of(row)) ? null : `There is no chart of energy: it was not measured. ${reason ?? ''}`
}

export function latencySection({rows}: BenchReport): Markup {
  const smallest = rowsOfFirstBatch(rows)
  const points = smallest.map(({method, latencyMs: {median, p95, ci95}}) => ({method, median, p95, ci95}))
  const title = `Encoder, one run${batchText(rows)}`
  const table = (caption: string, part: readonly BenchRow[]): PageTable => ({
    caption,
    columns: rowColumns(part, ['median', '95 %', 'p95', 'times as fast']),
    rows: part.map((row) => [
      ...rowHead(part, row),
      msText(row.latencyMs.median),
      row.latencyMs.ci95 ? row.latencyMs.ci95.map(msText).join('–') : '–',
      msText(row.latencyMs.p95),
      timesText(row.relative.latency, null),
    ]),
    breaks: batchBreaks(part),
  })
  return pageSection('time', 'Time of the encoder', [
    pageFigure(
      {
        title,
        chart: drawChart('intervals', (width) => latencyChart(points, title, width)),
        text: 'The dot is the median of all timed runs, the band its 95 % interval, the line reaches to p95; dashed is base. Whether a method is faster is told by the ratio, which is taken block by block.',
      },
      table(`Milliseconds of one run${batchText(rows)}.`, smallest),
    ),
    hasBatches(rows) && pageTable(table('Milliseconds of one run at the other batch sizes.', others(rows))),
  ])
}

export function stageSection({rows, task}: BenchReport): Markup {
  const stages = ['decode', 'prepare', 'encode', task === 'caption' ? 'write' : 'head']
  const smallest = rowsOfFirstBatch(rows)
  const values = ({stagesMs: {decode, preprocess, encode, head}}: BenchRow) => [decode, preprocess, encode, head]
  const bars = smallest.map((row) => ({method: row.method, stages: values(row)}))
  const title = `Stages from file to answer${batchText(rows)}`
  const table = (caption: string, part: readonly BenchRow[]): PageTable => ({
    caption,
    columns: rowColumns(part, [...stages, 'all', 'times as fast']),
    rows: part.map((row) => [
      ...rowHead(part, row),
      ...values(row).map((ms) => (ms === null ? '–' : msText(ms))),
      msText(row.endToEndMs.median),
      timesText(row.relative.endToEnd, null),
    ]),
    breaks: batchBreaks(part),
  })
  return pageSection('stages', 'From file to answer', [
    pageFigure(
      {
        title,
        chart: drawChart('stage-chart', (width) => stageChart(bars, stages, title, width)),
        text: 'Medians of the stages one behind the other. What a method saves is in the encoder; what is outside it stays.',
      },
      table(`Milliseconds of one run${batchText(rows)}.`, smallest),
    ),
    hasBatches(rows) && pageTable(table('Milliseconds of one run at the other batch sizes.', others(rows))),
  ])
}

/** What larger batches bring; null when there is one size. */
export function batchSection({rows}: BenchReport): Markup | null {
  return hasBatches(rows) ? pageSection('batches', 'Batch sizes', batchFigures(rows)) : null
}

function rowColumns(rows: readonly BenchRow[], titles: readonly string[]): PageTable['columns'] {
  return [
    {title: 'method'},
    ...[...(hasBatches(rows) ? ['batch'] : []), ...titles].map((title) => ({title, align: RIGHT})),
  ]
}

function rowHead(rows: readonly BenchRow[], {method, batch}: BenchRow): MarkupPart[] {
  return hasBatches(rows) ? [named(method), String(batch)] : [named(method)]
}

function batchText(rows: readonly BenchRow[]): string {
  return hasBatches(rows) ? ` at batch ${rows[0]!.batch}` : ''
}

function batchFigures(rows: readonly BenchRow[]): Markup[] {
  const methods = [...new Set(rows.map(({method}) => method))]
  const batches = [...new Set(rows.map(({batch}) => batch))].sort((a, b) => a - b)
  return [
    {id: 'throughput', quantity: IMAGES_PER_SECOND, title: 'Images per second by batch size'},
    {id: 'batch-joules', quantity: JOULES, title: 'Joules per image by batch size'},
  ].flatMap(({id, quantity, title}) => {
    const measuredOf = (method: string, batch: number) => {
      const row = rows.find((other) => other.method === method && other.batch === batch)
      return (row && quantity.of(row)?.value) ?? null
    }
    const curves = methods.flatMap((method) => {
      const points = batches.flatMap((batch) => {
        const value = measuredOf(method, batch)
        return value === null ? [] : [{batch, value}]
      })
      return points.length > 0 ? [{method, points}] : []
    })
    if (curves.length === 0) return []
    const table = {
      caption: title,
      columns: [{title: 'method'}, ...batches.map((batch) => ({title: `batch ${batch}`, align: RIGHT}))],
      rows: methods.map((method) => [
        named(method),
        ...batches.map((batch) => {
          const value = measuredOf(method, batch)
          return value === null ? '–' : significant(value)
        }),
      ]),
    }
    return [
      pageFigure({title, chart: drawChart(id, (width) => batchChart(curves, quantity.name, title, width))}, table),
    ]
  })
}

function hasBatches(rows: readonly BenchRow[]): boolean {
  return new Set(rows.map(({batch}) => batch)).size > 1
}

function others(rows: readonly BenchRow[]): BenchRow[] {
  return rows.filter(({batch}) => batch !== rows[0]!.batch)
}

/** One for each method. */
function rowsOfFirstBatch(rows: readonly BenchRow[]): BenchRow[] {
  return rows.filter(({batch}) => batch === rows[0]!.batch)
}
