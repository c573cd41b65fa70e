/** Accuracy by group: bars for each method within each group, or for many methods a point each on a line. */
import {type Markup, markup} from '../markup.js'
import {linearScale} from './axis.js'
import {type Chart, horizontalAxis, type Plot, TEXT_PX} from './chart.js'
import {familyOf} from './families.js'
import {textWidth} from './labels.js'

export type GroupChartRow = {
  readonly group: string
  readonly images: number
  /** One for each method that knows the group, percent. */
  readonly shares: readonly {
    readonly method: string
    readonly percent: number
    readonly ci95: readonly [number, number]
  }[]
}

/** More methods than these become points on one line for each group. */
const MOST_BARS = 8
const BAR_PX = 14
const LINE_PX = 30
const HEAD_PX = 22

/** @param rows at least one. */
export function groupChart(rows: readonly GroupChartRow[], title: string, width: number): Chart {
  const methods = [...new Set(rows.flatMap(({shares}) => shares.map(({method}) => method)))]
  const isBars = methods.length <= MOST_BARS
  const longest = Math.max(...methods.map((method) => textWidth(method, TEXT_PX)))
  const left = isBars && width > 400 ? Math.min(240, Math.ceil(longest) + 14) : 12
  const isNamedInside = isBars && left === 12
  const bar = isNamedInside ? BAR_PX + 16 : BAR_PX + 4
  const heights = rows.map(({shares}) => HEAD_PX + (isBars ? shares.length * bar : LINE_PX) + 10)
  const bottom = 6 + heights.reduce((sum, height) => sum + height, 0)
  const plot: Plot = {left, right: width - 20, top: 6, bottom}
  const x = linearScale([0, 100], [plot.left, plot.right], {zero: true, bounds: [0, 100], count: width > 400 ? 10 : 5})
  let top = 6
  const drawn = rows.map(({group, images, shares}, row) => {
    const start = top
    top += heights[row]!
    const head = markup`<text class="name" x="${left}" y="${start + 14}">${group} · ${images.toLocaleString('en-US')} ${images === 1 ? 'image' : 'images'}</text>`
    const marks = shares.map(({method, percent, ci95}, index) => {
      const y = start + HEAD_PX + (isBars ? (index + 1) * bar - BAR_PX / 2 - 2 : LINE_PX / 2)
      const about = markup`<title>${method}: ${percent.toFixed(1)} % of ${group}</title>`
      if (!isBars)
        return markup`<circle class="point hollow ${familyOf(method)}" cx="${x.at(percent)}" cy="${y}" r="5">${about}</circle>`
      const name = isNamedInside
        ? markup`<text class="label" x="${left}" y="${y - BAR_PX / 2 - 3}">${method}</text>`
        : markup`<text class="label" x="${left - 12}" y="${y + 4}" text-anchor="end">${method}</text>`
      return markup`<g class="${familyOf(method)}">${name}<rect class="bar" x="${x.at(0)}" y="${y - BAR_PX / 2}" width="${Math.max(0.5, x.at(percent) - x.at(0))}" height="${BAR_PX}">${about}</rect><line class="error" x1="${x.at(ci95[0])}" x2="${x.at(ci95[1])}" y1="${y}" y2="${y}"/></g>`
    })
    const line = isBars
      ? null
      : markup`<line class="rule" x1="${plot.left}" x2="${plot.right}" y1="${start + HEAD_PX + LINE_PX / 2}" y2="${start + HEAD_PX + LINE_PX / 2}"/>`
    return markup`<g>${head}${line}${marks}</g>`
  })
  const marks: Markup[] = [horizontalAxis(x, plot, 'top-1, %', {isGrid: true}), ...drawn]
  const description = `${rows.length} groups under ${methods.length} ${methods.length === 1 ? 'method' : 'methods'}, with 95 % intervals${isBars ? '' : ' in the table'}.`
  return {width, height: bottom + 46, title, description, marks}
}
