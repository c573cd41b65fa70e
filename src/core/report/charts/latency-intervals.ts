/** How long each method takes: median with its interval, p95, and how base compares. */
import {type Markup, markup} from '../markup.js'
import {linearScale} from './axis.js'
import {type Chart, horizontalAxis} from './chart.js'
import {familyOf} from './families.js'
import {layRows} from './rows.js'

export type LatencyRow = {
  readonly method: string
  readonly median: number
  readonly p95: number
  readonly ci95: readonly [number, number] | null
}

/** p95 beyond so many times the largest median would press all else together; its mark then stands at the edge. */
const FARTHEST = 3

/** @param rows milliseconds; the first is what others are held against. */
export function latencyChart(rows: readonly LatencyRow[], title: string, width: number): Chart {
  const layout = layRows(
    rows.map(({method}) => method),
    {width, rowHeight: 16, above: 28},
  )
  const {plot, middle} = layout
  const limit = FARTHEST * Math.max(...rows.map(({median, ci95}) => Math.max(median, ci95?.[1] ?? 0)))
  const x = linearScale(
    rows.flatMap(({median, p95, ci95}) => [median, Math.min(p95, limit), ...(ci95 ?? [])]),
    [plot.left, plot.right],
    {zero: true, count: width > 400 ? 8 : 4},
  )
  const base = x.at(rows[0]!.median)
  const marks: Markup[] = [
    legend(plot.left),
    horizontalAxis(x, plot, 'ms of one run', {isGrid: true}),
    markup`<line class="reference" x1="${base}" x2="${base}" y1="${plot.top - 4}" y2="${plot.bottom}"/>`,
    ...rows.map(({method, median, p95, ci95}, row) => {
      const y = middle(row)
      const band =
        ci95 &&
        markup`<rect class="band" x="${x.at(ci95[0])}" y="${y - 5}" width="${Math.max(1, x.at(ci95[1]) - x.at(ci95[0]))}" height="10" rx="2"/>`
      const far = Math.min(p95, limit)
      return markup`<g class="${familyOf(method)}">${layout.name(row, method)}<line class="whisker" x1="${x.at(median)}" x2="${x.at(far)}" y1="${y}" y2="${y}"/>${
        p95 > limit
          ? markup`<path class="mark" d="M${x.at(far) - 5} ${y - 4}l5 4l-5 4"/>`
          : markup`<line class="mark" x1="${x.at(far)}" x2="${x.at(far)}" y1="${y - 4}" y2="${y + 4}"/>`
      }${band}<circle class="point full" cx="${x.at(median)}" cy="${y}" r="4.5"/></g>`
    }),
  ]
  const fastest = rows.reduce((best, row) => (row.median < best.median ? row : best))
  const description = `Medians of ${rows.length} ${rows.length === 1 ? 'method' : 'methods'}; the shortest is that of ${fastest.method}.`
  return {width, height: layout.height, title, description, marks}
}

function legend(left: number): Markup {
  return markup`<g class="legend base"><rect class="band" x="${left}" y="5" width="26" height="10" rx="2"/><circle class="point full" cx="${left + 13}" cy="10" r="4.5"/><text x="${left + 33}" y="14">median, 95 %</text><line class="mark" x1="${left + 132}" x2="${left + 132}" y1="6" y2="14"/><text x="${left + 139}" y="14">p95</text><line class="reference" x1="${left + 180}" x2="${left + 180}" y1="3" y2="17"/><text x="${left + 187}" y="14">base</text></g>`
}
