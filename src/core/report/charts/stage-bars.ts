/** Where the time from file to answer goes: the stages of each method one behind the other. */
import {type Markup, markup} from '../markup.js'
import {linearScale} from './axis.js'
import {type Chart, horizontalAxis} from './chart.js'
import {textWidth} from './labels.js'
import {layRows} from './rows.js'

export type StageRow = {
  readonly method: string
  /** Milliseconds by stage, in the order of the stages; null where a stage does not exist. */
  readonly stages: readonly (number | null)[]
}

/** @param names of the stages. */
export function stageChart(rows: readonly StageRow[], names: readonly string[], title: string, width: number): Chart {
  const layout = layRows(
    rows.map(({method}) => method),
    {width, rowHeight: 16, above: 28},
  )
  const {plot, middle} = layout
  const totals = rows.map(({stages}) => stages.reduce<number>((sum, ms) => sum + (ms ?? 0), 0))
  const x = linearScale(totals, [plot.left, plot.right], {zero: true, count: width > 400 ? 8 : 4})
  const used = names
    .map((name, stage) => ({name, stage}))
    .filter(({stage}) => rows.some(({stages}) => stages[stage] !== null))
  const marks: Markup[] = [
    legend(used, plot.left),
    horizontalAxis(x, plot, 'ms of one run, sum of the medians', {isGrid: true}),
    ...rows.map(({method, stages}, row) => {
      let before = 0
      const bars = used.map(({name, stage}) => {
        const ms = stages[stage] ?? 0
        const left = x.at(before)
        before += ms
        const bar = markup`<rect class="stage-${stage}" x="${left}" y="${middle(row) - 8}" width="${x.at(before) - left}" height="16"><title>${method}, ${name}: ${ms.toPrecision(3)} ms</title></rect>`
        return bar
      })
      return markup`<g>${layout.name(row, method)}${bars}</g>`
    }),
  ]
  const longest = used.map(({name, stage}) => ({name, ms: Math.max(...rows.map(({stages}) => stages[stage] ?? 0))}))
  const most = longest.reduce((best, other) => (other.ms > best.ms ? other : best))
  const description = `Stages: ${used.map(({name}) => name).join(', ')}. The longest stage of all is ${most.name}.`
  return {width, height: layout.height, title, description, marks}
}

function legend(used: readonly {readonly name: string; readonly stage: number}[], left: number): Markup {
  let x = left
  const entries = used.map(({name, stage}) => {
    const entry = markup`<rect class="stage-${stage}" x="${x}" y="4" width="12" height="12"/><text x="${x + 17}" y="14">${name}</text>`
    x += 17 + textWidth(name, 12) + 14
    return entry
  })
  return markup`<g class="legend">${entries}</g>`
}
