/** Pixels cut into patches: the plain reference of what graphs do, for plans and tests. */
import {BugError} from '../base/errors.js'

/** Patches `[count, length]`, row-major; position 0 is top left, then row by row of the grid. */
export type Patches = {
  readonly data: Float32Array
  /** rows × columns */
  readonly count: number
  /** Values of one patch, 3·P·P, in the order channel, row, column. */
  readonly length: number
  readonly rows: number
  readonly columns: number
}

export type PixelSize = {readonly height: number; readonly width: number; readonly patchPx: number}

/**
 * Cuts `[3, height, width]` pixels into squares of `patchPx`. A rest at the right or bottom edge that fills no patch is
 * left out, as a convolution of stride P leaves it out.
 *
 * @param pixels `[3, height, width]`, usually normalised: patches live in the space the model sees.
 * @throws {BugError} `pixels` is not 3 × height × width long, or no patch fits.
 */
export function extractPatches(pixels: Float32Array, {height, width, patchPx}: PixelSize): Patches {
  if (pixels.length !== 3 * height * width) {
    throw new BugError(`Pixels should be [3, H=${height}, W=${width}], but there are ${pixels.length} values.`)
  }
  const rows = Math.floor(height / patchPx)
  const columns = Math.floor(width / patchPx)
  if (!(rows > 0 && columns > 0)) {
    throw new BugError(`No patch of ${patchPx} pixels fits into an image of ${width}×${height}.`)
  }
  const length = 3 * patchPx * patchPx
  const data = new Float32Array(rows * columns * length)
  let to = 0
  for (let row = 0; row < rows; row += 1) {
    for (let column = 0; column < columns; column += 1) {
      for (let channel = 0; channel < 3; channel += 1) {
        for (let y = 0; y < patchPx; y += 1) {
          const from = (channel * height + row * patchPx + y) * width + column * patchPx
          data.set(pixels.subarray(from, from + patchPx), to)
          to += patchPx
        }
      }
    }
  }
  return {data, count: rows * columns, length, rows, columns}
}
