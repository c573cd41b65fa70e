/** Charts with one row for each method: its name in a column at the left, or above the row where the page is narrow. */
import {type Markup, markup} from '../markup.js'
import {NARROW_PX, type Plot, TEXT_PX} from './chart.js'
import {textWidth} from './labels.js'

export type RowLayout = {
  readonly plot: Plot
  readonly height: number
  /** Middle of the drawn part of a row. */
  readonly middle: (row: number) => number
  /** Of the drawn part. */
  readonly rowHeight: number
  readonly name: (row: number, text: string) => Markup
}

export type RowOptions = {
  readonly width: number
  /** Of the drawn part of a row. */
  readonly rowHeight: number
  /** Kept free at the right. */
  readonly right?: number
  /** Kept free below, for an axis. */
  readonly below?: number
  /** Kept free above, for a legend. */
  readonly above?: number
}

const LONGEST_NAME_PX = 230
const GAP_PX = 8
const NAME_LINE_PX = 17

/** @param names one for each row, at least one. */
export function layRows(names: readonly string[], options: RowOptions): RowLayout {
  const {width, rowHeight, right = 14, below = 46, above = 12} = options
  const longest = Math.max(...names.map((name) => textWidth(name, TEXT_PX)))
  const isAbove = width <= NARROW_PX || longest > LONGEST_NAME_PX
  const left = isAbove ? 12 : Math.ceil(longest) + 14
  const step = rowHeight + GAP_PX + (isAbove ? NAME_LINE_PX : 0)
  const bottom = above + names.length * step
  const middle = (row: number) => above + (row + 1) * step - GAP_PX / 2 - rowHeight / 2
  return {
    plot: {left, right: width - right, top: above, bottom},
    height: bottom + below,
    middle,
    rowHeight,
    name: (row, text) =>
      isAbove
        ? markup`<text class="label" x="${left}" y="${middle(row) - rowHeight / 2 - 4}">${text}</text>`
        : markup`<text class="label" x="${left - 12}" y="${middle(row) + 4}" text-anchor="end">${text}</text>`,
  }
}
