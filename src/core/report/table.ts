/** Aligned columns of text that shrink to the terminal. */
import {cut, type Layout, pad, widthOf} from './text.js'

export type Column = {
  readonly title: string
  readonly align?: 'left' | 'right'
  /** Which end survives when the column is cut; a column without it is never cut. */
  readonly keep?: 'start' | 'end'
}

const GAP = '  '
const LEAST_WIDTH = 8

/**
 * One line for the titles, one per row. When the table is wider than `layout.width`, the widest column that may
 * shrink gives way first; a table whose fixed columns alone are too wide stays too wide rather than losing figures.
 *
 * @param rows cells without colour codes, as many as there are columns.
 * @param paintCell colours a finished cell; padding and cutting are done by then.
 */
export function formatTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  layout: Layout,
  paintCell: (text: string, row: number, column: number) => string = (text) => text,
): string {
  const widths = shrinkToFit(columns, naturalWidths(columns, rows), layout.width)
  const line = (cells: readonly string[], paint: (text: string, column: number) => string): string =>
    cells
      .map((cell, column) => {
        const {align, keep} = columns[column]!
        const text = cut(cell, widths[column]!, keep)
        const filled = pad(text, widths[column]!, align === 'right' ? 'left' : 'right')
        return paint(column === cells.length - 1 ? filled.trimEnd() : filled, column)
      })
      .join(GAP)
      .trimEnd()
  const titles = columns.map(({title}) => title)
  const head = titles.some(Boolean) ? [line(titles, (text) => layout.paint.dim(text))] : []
  return [...head, ...rows.map((row, index) => line(row, (text, column) => paintCell(text, index, column)))].join('\n')
}

function naturalWidths(columns: readonly Column[], rows: readonly (readonly string[])[]): number[] {
  return columns.map(({title}, column) => Math.max(widthOf(title), ...rows.map((row) => widthOf(row[column] ?? ''))))
}

function shrinkToFit(columns: readonly Column[], natural: readonly number[], available: number): number[] {
  const widths = [...natural]
  let excess = widths.reduce((sum, width) => sum + width, GAP.length * (widths.length - 1)) - available
  while (excess > 0) {
    const widest = columns
      .map((_, column) => column)
      .filter((column) => columns[column]!.keep && widths[column]! > LEAST_WIDTH)
      .sort((a, b) => widths[b]! - widths[a]!)[0]
    if (widest === undefined) break
    widths[widest]! -= 1
    excess -= 1
  }
  return widths
}
