/** What all charts share: the frame of an SVG with its title and description, axes, sizes. */
import {Markup, markup} from '../markup.js'
import type {Scale} from './axis.js'
import {tickText} from './axis.js'

export type Chart = {
  readonly width: number
  readonly height: number
  /** Read out and shown when the pointer rests. */
  readonly title: string
  /** What there is to see, in a sentence or two, for those who do not. */
  readonly description: string
  readonly marks: readonly Markup[]
}

/** Of the numbers at the axes, the names of points and everything else that is written. */
export const TEXT_PX = 12

/** The same chart for wide and for narrow pages; style shows one of them. */
export const WIDE_PX = 640
export const NARROW_PX = 320
/** Two charts side by side. */
export const HALF_PX = 540

/** @param draw at a width; text keeps its size, so it stays legible on a telephone. */
export function drawChart(id: string, draw: (width: number) => Chart, widePx = WIDE_PX): Markup {
  return markup`${svgOf(`${id}-wide`, 'wide', draw(widePx))}${svgOf(`${id}-narrow`, 'narrow', draw(NARROW_PX))}`
}

function svgOf(id: string, kind: string, {width, height, title, description, marks}: Chart): Markup {
  return markup`<svg class="chart ${kind}" role="img" aria-labelledby="${id}-title ${id}-desc" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" xmlns="http://www.w3.org/2000/svg">
<title id="${id}-title">${title}</title><desc id="${id}-desc">${description}</desc>
${marks.map((mark) => new Markup(`${mark.text}\n`))}</svg>
`
}

export type Plot = {readonly left: number; readonly right: number; readonly top: number; readonly bottom: number}

/** Lines across at every tick, its number left of them; what is measured stands on top, at the left. */
export function verticalAxis({ticks, at}: Scale, plot: Plot, name: string): Markup {
  const text = tickText(ticks)
  return markup`<g class="axis">${ticks.map(
    (tick) =>
      markup`<line class="grid" x1="${plot.left}" x2="${plot.right}" y1="${at(tick)}" y2="${at(tick)}"/><text x="${plot.left - 8}" y="${at(tick) + 4}" text-anchor="end">${text(tick)}</text>`,
  )}<text class="name" x="0" y="12">${name}</text></g>`
}

/** Marks and numbers below the plot, what is measured below them, at the right. */
export function horizontalAxis(
  {ticks, at}: Scale,
  plot: Plot,
  name: string,
  {isGrid = false, text = tickText(ticks)}: {isGrid?: boolean; text?: (value: number) => string} = {},
): Markup {
  const top = isGrid ? plot.top : plot.bottom
  return markup`<g class="axis"><line class="rule" x1="${plot.left}" x2="${plot.right}" y1="${plot.bottom}" y2="${plot.bottom}"/>${ticks.map(
    (tick) =>
      markup`<line class="grid" x1="${at(tick)}" x2="${at(tick)}" y1="${top}" y2="${plot.bottom + 5}"/><text x="${at(tick)}" y="${plot.bottom + 19}" text-anchor="middle">${text(tick)}</text>`,
  )}<text class="name" x="${plot.right}" y="${plot.bottom + 38}" text-anchor="end">${name}</text></g>`
}
