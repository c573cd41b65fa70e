/** Where the patches of a model lie on the original photo. */
import {UsageError} from '../base/errors.js'
import type {Geometry} from '../image/geometry.js'
import type {Box, Pixels} from './drawing.js'

/** Edges in whole pixels of the picture, ascending; neighbours share theirs. */
export type PatchGrid = {
  readonly rows: number
  readonly columns: number
  /** Left edge of each column, then the right edge of the last. */
  readonly xs: readonly number[]
  /** Top edge of each row, then the bottom edge of the last. */
  readonly ys: readonly number[]
}

export type PictureSize = Pick<Pixels, 'width' | 'height'>

/** A patch narrower than this shows nothing. */
const MIN_PATCH_PX = 3

/**
 * @param photo size of the decoded image that `geometry` was planned for.
 * @param picture size at which that image is drawn.
 * @param patchPx side of a patch in pixels of the model's input.
 * @throws {UsageError} `scale-too-small`: patches would be narrower than three pixels.
 */
export function planPatchGrid(
  geometry: Geometry,
  photo: PictureSize,
  picture: PictureSize,
  patchPx: number,
): PatchGrid {
  const {source, resizeWidth, resizeHeight, cropLeft, cropTop, cropWidth, cropHeight} = geometry
  const [columns, rows] = [Math.floor(cropWidth / patchPx), Math.floor(cropHeight / patchPx)]
  const alongX = {from: source.left, step: source.width / resizeWidth, scale: picture.width / photo.width}
  const alongY = {from: source.top, step: source.height / resizeHeight, scale: picture.height / photo.height}
  const sidePx = patchPx * Math.min(alongX.step * alongX.scale, alongY.step * alongY.scale)
  if (sidePx < MIN_PATCH_PX) {
    const scale = Math.ceil((100 * alongX.scale * MIN_PATCH_PX) / sidePx) / 100
    throw new UsageError(
      `At this scale a patch would be ${sidePx.toFixed(1)} pixels wide, and ${MIN_PATCH_PX} are needed to see it.`,
      {code: 'scale-too-small', suggestions: [`--scale ${scale}`]},
    )
  }
  return {
    rows,
    columns,
    xs: edges(columns + 1, (index) => (alongX.from + (cropLeft + index * patchPx) * alongX.step) * alongX.scale),
    ys: edges(rows + 1, (index) => (alongY.from + (cropTop + index * patchPx) * alongY.step) * alongY.scale),
  }
}

/** The box of a patch; `patch` counts in raster order. */
export function patchBox({columns, xs, ys}: PatchGrid, patch: number): Box {
  const [row, column] = [Math.floor(patch / columns), patch % columns]
  const [left, top] = [xs[column]!, ys[row]!]
  return {left, top, width: xs[column + 1]! - left, height: ys[row + 1]! - top}
}

/** What the model saw of the photo. */
export function cropBox({xs, ys}: PatchGrid): Box {
  const [left, top] = [xs[0]!, ys[0]!]
  return {left, top, width: xs.at(-1)! - left, height: ys.at(-1)! - top}
}

/** The patches that share an edge with one, in the order above, left, right, below. */
export function neighbours({rows, columns}: PatchGrid, patch: number): number[] {
  const [row, column] = [Math.floor(patch / columns), patch % columns]
  return [
    ...(row > 0 ? [patch - columns] : []),
    ...(column > 0 ? [patch - 1] : []),
    ...(column < columns - 1 ? [patch + 1] : []),
    ...(row < rows - 1 ? [patch + columns] : []),
  ]
}

function edges(count: number, place: (index: number) => number): number[] {
  return Array.from({length: count}, (_, index) => Math.round(place(index)))
}
