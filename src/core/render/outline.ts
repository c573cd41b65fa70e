/** Lines along the edges where one group of patches ends. */
import {type Mark, type Rgb, rect} from './drawing.js'
import {type PatchGrid, patchBox} from './grid.js'

/** Thickness of lines for a grid: about a 22nd of a patch, at least one pixel. */
export function lineWidth({xs, columns}: PatchGrid): number {
  return Math.max(1, Math.round((xs.at(-1)! - xs[0]!) / columns / 22))
}

/**
 * Lines inside the patches of `members`, where another group or the edge of the grid begins.
 * @param groupOf group of a patch; equal groups have no line between them.
 */
export function outline(
  grid: PatchGrid,
  members: readonly number[],
  groupOf: (patch: number) => number,
  {colour, width}: {readonly colour: Rgb; readonly width: number},
): Mark[] {
  const {rows, columns} = grid
  return members.flatMap((patch) => {
    const {left, top, width: boxWidth, height: boxHeight} = patchBox(grid, patch)
    const [right, bottom] = [left + boxWidth, top + boxHeight]
    const [row, column] = [Math.floor(patch / columns), patch % columns]
    const ends = (y: number, x: number) =>
      y < 0 || y >= rows || x < 0 || x >= columns || groupOf(y * columns + x) !== groupOf(patch)
    const marks: Mark[] = []
    if (ends(row - 1, column)) marks.push(rect(left, top, right, top + width, colour))
    if (ends(row + 1, column)) marks.push(rect(left, bottom - width, right, bottom, colour))
    if (ends(row, column - 1)) marks.push(rect(left, top, left + width, bottom, colour))
    if (ends(row, column + 1)) marks.push(rect(right - width, top, right, bottom, colour))
    // Inner corners: the group goes round, and only the patch across the corner is another's.
    for (const [y, x, cornerLeft, cornerTop] of [
      [row - 1, column - 1, left, top],
      [row - 1, column + 1, right - width, top],
      [row + 1, column - 1, left, bottom - width],
      [row + 1, column + 1, right - width, bottom - width],
    ] as const) {
      if (ends(y, x) && !ends(y, column) && !ends(row, x))
        marks.push(rect(cornerLeft, cornerTop, cornerLeft + width, cornerTop + width, colour))
    }
    return marks
  })
}
