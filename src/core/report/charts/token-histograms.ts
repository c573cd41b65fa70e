/** How many tokens the images of a set are left with: a small histogram for each method, all over one axis. */
import {type Markup, markup} from '../markup.js'
import {linearScale} from './axis.js'
import {type Chart, horizontalAxis} from './chart.js'
import {familyOf} from './families.js'
import {layRows} from './rows.js'

export type TokenRow = {
  readonly method: string
  /** Of each image, at least one. */
  readonly tokens: readonly number[]
}

export type Bin = {readonly from: number; readonly to: number; readonly count: number}

const MOST_BINS = 40

/** Bins of one width that begin at whole numbers; both ends of the axis belong to one. */
export function binsOf(values: readonly number[], [low, high]: readonly [number, number]): Bin[] {
  const width = Math.max(1, Math.ceil((high - low + 1) / MOST_BINS))
  const count = Math.ceil((high - low + 1) / width)
  const counts = new Array<number>(count).fill(0)
  for (const value of values) counts[Math.min(count - 1, Math.floor((value - low) / width))]! += 1
  return counts.map((number, bin) => ({from: low + bin * width, to: low + (bin + 1) * width, count: number}))
}

/** @param rows at least one. */
export function tokenChart(rows: readonly TokenRow[], title: string, width: number): Chart {
  const layout = layRows(
    rows.map(({method}) => method),
    {width, rowHeight: 34, above: 8, right: 20},
  )
  const {plot, middle, rowHeight} = layout
  const high = rows.reduce((most, {tokens}) => tokens.reduce((best, value) => Math.max(best, value), most), 1)
  const x = linearScale([0, high + 1], [plot.left, plot.right], {zero: true, count: width > 400 ? 8 : 5})
  const marks: Markup[] = [
    horizontalAxis(x, plot, 'tokens in the last layer', {isGrid: true}),
    ...rows.map(({method, tokens}, row) => {
      const floor = middle(row) + rowHeight / 2
      const bins = binsOf(tokens, [0, high])
      const tallest = Math.max(...bins.map(({count}) => count))
      const mean = tokens.reduce((sum, value) => sum + value, 0) / tokens.length
      const isFixed = tokens.every((value) => value === tokens[0])
      const bars = bins.flatMap(({from, to, count}) => {
        if (count === 0) return []
        const height = Math.max(1.5, (count / tallest) * rowHeight)
        // A value stands in the middle of its own place; a single one is drawn where it is.
        const [left, right] = isFixed ? [mean - 0.5, mean + 0.5] : [from - 0.5, to - 0.5]
        const wide = Math.max(4, x.at(right) - x.at(left) - 0.5)
        return [
          markup`<rect class="bar" x="${(x.at(left) + x.at(right) - wide) / 2}" y="${floor - height}" width="${wide}" height="${height}"><title>${method}: ${count} with ${span(from, to)} tokens</title></rect>`,
        ]
      })
      return markup`<g class="${familyOf(method)}">${layout.name(row, method)}${bars}<path class="mean" d="M${x.at(mean)} ${floor + 1}l-4 5h8z"/><line class="rule" x1="${plot.left}" x2="${plot.right}" y1="${floor}" y2="${floor}"/></g>`
    }),
  ]
  const description = `Triangles mark means. ${rows.length} ${rows.length === 1 ? 'method' : 'methods'}, each bar as tall as the tallest of its method allows.`
  return {width, height: layout.height, title, description, marks}
}

function span(from: number, to: number): string {
  return to - from === 1 ? String(from) : `${from} to ${to - 1}`
}
