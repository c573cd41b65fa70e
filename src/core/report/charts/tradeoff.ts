/** What accuracy costs: a point for each method, a curve for each sweep, and the front of those that no other beats. */
import {paretoFront} from '../../metrics/pareto.js'
import {type Markup, markup} from '../markup.js'
import {linearScale, type Scale} from './axis.js'
import {type Chart, horizontalAxis, type Plot, TEXT_PX, verticalAxis} from './chart.js'
import {familyOf} from './families.js'
import {type Box, placeLabels} from './labels.js'

export type TradeoffPoint = {
  readonly method: string
  readonly cost: number
  readonly gain: number
  readonly costCi95: readonly [number, number] | null
  readonly gainCi95: readonly [number, number] | null
}

export type TradeoffText = {
  /** Such as `encoder, ms`; less is better. */
  readonly cost: string
  /** Such as `top-1, %`; more is better. */
  readonly gain: string
  readonly title: string
  /** A value with its unit. */
  readonly costText: (value: number) => string
  readonly gainText: (value: number) => string
  /** Gain cannot be above it. */
  readonly most: number
}

/** More methods than these, and intervals would hide them. */
const MOST_WITH_INTERVALS = 12
/** Least height of the axis, as a share of what gain can be: differences below are chance in most sets. */
const LEAST_GAIN = 0.02

/** @param points at least one. */
export function tradeoffChart(points: readonly TradeoffPoint[], text: TradeoffText, width: number): Chart {
  const height = width > 400 ? 380 : 320
  const plot: Plot = {left: 44, right: width - 14, top: 30, bottom: height - 46}
  const isCrowded = points.length > MOST_WITH_INTERVALS
  const {x, y} = scalesOf(points, text, plot, !isCrowded)
  const isFront = paretoFront(points)
  const front = points.filter((_, index) => isFront[index]).sort((a, b) => a.cost - b.cost || b.gain - a.gain)
  const border = stairs(
    front.map(({cost, gain}) => [x.at(cost), y.at(gain)]),
    plot,
  )
  const labels = placeLabels(
    points.map(({method, cost, gain}, index) => ({
      x: x.at(cost),
      y: y.at(gain),
      text: method,
      rank: method === 'base' ? 0 : isFront[index] ? 1 : 2,
    })),
    {left: plot.left, top: plot.top - 6, width: width - plot.left, height: plot.bottom - plot.top + 6},
    TEXT_PX,
    segments(border),
  )
  const radius = isCrowded ? 4 : 5.5
  // First what others may cover, last what none may: names above points above intervals above the front.
  const marks: Markup[] = [
    verticalAxis(y, plot, text.gain),
    horizontalAxis(x, plot, text.cost),
    markup`<text class="hint" x="${plot.right}" y="12" text-anchor="end">↖ better</text>`,
    markup`<path class="front" d="${pathOf(border)}"/>`,
    ...sweepsOf(points).map(
      (sweep) =>
        markup`<path class="sweep ${familyOf(sweep[0]!.method)}" d="${pathOf(sweep.map(({cost, gain}) => [x.at(cost), y.at(gain)]))}"/>`,
    ),
    ...(isCrowded ? [] : points.map((point) => intervals(point, x, y))),
    ...points.map(({method, cost, gain}, index) => {
      const title = `${method}: ${text.gainText(gain)} at ${text.costText(cost)}`
      const kind = isFront[index] ? 'full' : 'hollow'
      return markup`<circle class="point ${kind} ${familyOf(method)}" cx="${x.at(cost)}" cy="${y.at(gain)}" r="${radius}"><title>${title}</title></circle>`
    }),
    ...labels.flatMap((label, index) =>
      label
        ? [
            markup`<text class="label" x="${label.x}" y="${label.y}" text-anchor="${label.anchor}">${points[index]!.method}</text>`,
          ]
        : [],
    ),
  ]
  const unnamed = labels.filter((label) => label === null).length
  const description = `${points.length} ${points.length === 1 ? 'method' : 'methods'}; no other beats ${front.map(({method}) => method).join(', ')}.${unnamed > 0 ? ` ${unnamed} without room for a name are in the table.` : ''}`
  return {width, height, title: text.title, description, marks}
}

function scalesOf(
  points: readonly TradeoffPoint[],
  {most}: TradeoffText,
  plot: Plot,
  hasIntervals: boolean,
): {readonly x: Scale; readonly y: Scale} {
  const ends = (value: number, ci95: readonly [number, number] | null) =>
    hasIntervals && ci95 ? [...ci95, value] : [value]
  return {
    x: linearScale(
      points.flatMap(({cost, costCi95}) => ends(cost, costCi95)),
      [plot.left + 8, plot.right - 8],
      {bounds: [0, Number.POSITIVE_INFINITY], count: plot.right > 400 ? 6 : 4},
    ),
    y: linearScale(
      points.flatMap(({gain, gainCi95}) => ends(gain, gainCi95)),
      [plot.bottom - 8, plot.top + 8],
      {bounds: [0, most], least: most * LEAST_GAIN},
    ),
  }
}

function intervals({method, cost, gain, costCi95, gainCi95}: TradeoffPoint, x: Scale, y: Scale): Markup {
  const [left, top] = [x.at(cost), y.at(gain)]
  const across = costCi95 && markup`<line x1="${x.at(costCi95[0])}" x2="${x.at(costCi95[1])}" y1="${top}" y2="${top}"/>`
  const up = gainCi95 && markup`<line x1="${left}" x2="${left}" y1="${y.at(gainCi95[0])}" y2="${y.at(gainCi95[1])}"/>`
  return markup`<g class="interval ${familyOf(method)}">${across}${up}</g>`
}

/** Methods that differ in one number only, three at least, in the order of that number. */
export function sweepsOf<Point extends {readonly method: string}>(points: readonly Point[]): Point[][] {
  const sweeps = new Map<string, {readonly point: Point; readonly at: number}[]>()
  for (const point of points) {
    const found = /^([a-z][a-z0-9-]*):([0-9.]+)$/.exec(point.method)
    if (found) sweeps.set(found[1]!, [...(sweeps.get(found[1]!) ?? []), {point, at: Number(found[2])}])
  }
  return [...sweeps.values()]
    .filter(({length}) => length > 2)
    .map((sweep) => sweep.sort((a, b) => a.at - b.at).map(({point}) => point))
}

type Place = readonly [x: number, y: number]

/** The border of what can be had: from each point of the front straight on until a better one begins. */
function stairs(points: readonly Place[], plot: Plot): Place[] {
  const places: Place[] = [[points[0]![0], plot.bottom]]
  for (const [x, y] of points) places.push([x, places.at(-1)![1]], [x, y])
  return [...places, [plot.right, places.at(-1)![1]]]
}

function segments(places: readonly Place[]): Box[] {
  return places.slice(1).map(([x, y], index) => {
    const [fromX, fromY] = places[index]!
    return {left: Math.min(x, fromX), top: Math.min(y, fromY), width: Math.abs(x - fromX), height: Math.abs(y - fromY)}
  })
}

function pathOf(places: readonly Place[]): string {
  return `M${places.map(([x, y]) => `${Math.round(x * 100) / 100} ${Math.round(y * 100) / 100}`).join('L')}`
}
