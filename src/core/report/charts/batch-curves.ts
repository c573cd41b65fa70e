/** What larger batches bring: a curve for each method over the batch sizes. */
import {type Markup, markup} from '../markup.js'
import {linearScale} from './axis.js'
import {type Chart, horizontalAxis, type Plot, TEXT_PX, verticalAxis} from './chart.js'
import {familyOf} from './families.js'
import {spreadHeights, textWidth} from './labels.js'

export type BatchCurve = {
  readonly method: string
  /** By batch size, ascending. */
  readonly points: readonly {readonly batch: number; readonly value: number}[]
}

const NAME_GAP_PX = 15
/** Of more curves than these only some have names; the others are faint. */
const MOST_NAMES = 12

/** @param curves at least one, over the same batch sizes, at least two. @param name of what is measured. */
export function batchChart(curves: readonly BatchCurve[], name: string, title: string, width: number): Chart {
  const isWide = width > 400
  const height = isWide ? 360 : 300
  const longest = Math.max(...curves.map(({method}) => textWidth(method, TEXT_PX)))
  const names = Math.min(longest + 16, isWide ? 200 : 110)
  const plot: Plot = {left: 48, right: width - names, top: 30, bottom: height - 46}
  const batches = [...new Set(curves.flatMap(({points}) => points.map(({batch}) => batch)))].sort((a, b) => a - b)
  // Sizes usually double, so equal steps mean equal factors.
  const x = linearScale(batches.map(Math.log2), [plot.left + 6, plot.right - 6], {least: 0.1})
  const [low, high] = [x.at(Math.log2(batches[0]!)), x.at(Math.log2(batches.at(-1)!))]
  const at = (batch: number) =>
    plot.left + 6 + ((x.at(Math.log2(batch)) - low) / (high - low || 1)) * (plot.right - plot.left - 12)
  const y = linearScale(
    curves.flatMap(({points}) => points.map(({value}) => value)),
    [plot.bottom, plot.top + 4],
    {zero: true},
  )
  const ends = curves.map(({points}) => y.at(points.at(-1)!.value))
  const shown = namedCurves(curves, Math.min(MOST_NAMES, Math.floor((plot.bottom - plot.top) / NAME_GAP_PX)))
  const heights = spreadHeights(
    shown.map((curve) => ends[curve]!),
    NAME_GAP_PX,
    [plot.top + 4, plot.bottom],
  )
  const marks: Markup[] = [
    verticalAxis(y, plot, name),
    horizontalAxis({ticks: ticksOf(batches, at), at}, plot, 'images in one run', {text: String}),
    ...curves.flatMap((curve, index) => (shown.includes(index) ? [] : [drawnCurve(curve, at, y.at, 'faint')])),
    ...curves.flatMap((curve, index) => (shown.includes(index) ? [drawnCurve(curve, at, y.at, 'bold')] : [])),
    ...shown.map((curve, index) => {
      const {method, points} = curves[curve]!
      const from = at(points.at(-1)!.batch)
      const lead = markup`<path class="lead" d="M${round(from + 6)} ${round(ends[curve]!)}L${round(plot.right + 5)} ${round(heights[index]!)}"/>`
      return markup`${lead}<text class="label" x="${plot.right + 9}" y="${heights[index]! + 4}">${fitted(method, names - 12)}</text>`
    }),
  ]
  const best = curves.reduce((most, curve) => (curve.points.at(-1)!.value > most.points.at(-1)!.value ? curve : most))
  const unnamed = curves.length - shown.length
  const description = `${curves.length} ${curves.length === 1 ? 'method' : 'methods'} at batch sizes ${batches.join(', ')}; the highest at the end is ${best.method}.${unnamed > 0 ? ` ${unnamed} without room for a name are in the table.` : ''}`
  return {width, height, title, description, marks}
}

function drawnCurve(
  {method, points}: BatchCurve,
  x: (batch: number) => number,
  y: (value: number) => number,
  kind: 'faint' | 'bold',
): Markup {
  const path = points.map(({batch, value}) => `${round(x(batch))} ${round(y(value))}`).join('L')
  const dots = points.map(
    ({batch, value}) =>
      markup`<circle class="point full" cx="${x(batch)}" cy="${y(value)}" r="3.5"><title>${method}, batch ${batch}: ${value.toPrecision(3)}</title></circle>`,
  )
  return markup`<g class="${familyOf(method)}"><path class="curve ${kind}" d="M${path}"/>${kind === 'bold' && dots}</g>`
}

/** Places of the curves that get a name: all, or base and as many as there is room for, evenly over their order. */
function namedCurves(curves: readonly BatchCurve[], room: number): number[] {
  const order = [...curves.keys()].sort((a, b) => curves[b]!.points.at(-1)!.value - curves[a]!.points.at(-1)!.value)
  if (order.length <= room) return order
  const base = order.filter((curve) => curves[curve]!.method === 'base')
  const count = room - base.length
  const even = Array.from({length: count}, (_, index) => order[Math.round((index * (order.length - 1)) / (count - 1))]!)
  return [...new Set([...even, ...base])]
}

/** Batch sizes whose numbers do not touch. */
function ticksOf(batches: readonly number[], at: (batch: number) => number): number[] {
  const ticks: number[] = []
  for (const batch of batches) {
    const last = ticks.at(-1)
    if (
      last === undefined ||
      at(batch) - at(last) > 4 + (textWidth(`${batch}`, TEXT_PX) + textWidth(`${last}`, TEXT_PX)) / 2
    )
      ticks.push(batch)
  }
  return ticks
}

function fitted(text: string, widthPx: number): string {
  const letters = [...text]
  const room = Math.floor(widthPx / textWidth('x', TEXT_PX))
  return letters.length <= room ? text : `${letters.slice(0, room - 1).join('')}…`
}

function round(value: number): number {
  return Math.round(value * 100) / 100
}
