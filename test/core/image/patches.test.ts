import {expect, test} from 'vitest'
import {extractPatches} from '../../../src/core/image/patches.js'

test('patches are in raster order; inside, values run by channel, row, column', () => {
  // Every value tells its place: 100 · channel + 10 · row + column.
  const pixels = Float32Array.from({length: 3 * 4 * 6}, (_, at) => {
    const [channel, row, column] = [Math.floor(at / 24), Math.floor((at % 24) / 6), at % 6]
    return 100 * channel + 10 * row + column
  })
  const patches = extractPatches(pixels, {height: 4, width: 6, patchPx: 2})
  expect(patches).toMatchObject({rows: 2, columns: 3, count: 6, length: 12})
  const patch = (position: number) => [...patches.data.subarray(position * 12, position * 12 + 12)]
  expect(patch(0)).toEqual([0, 1, 10, 11, 100, 101, 110, 111, 200, 201, 210, 211])
  expect(patch(2)).toEqual([4, 5, 14, 15, 104, 105, 114, 115, 204, 205, 214, 215])
  expect(patch(3)).toEqual([20, 21, 30, 31, 120, 121, 130, 131, 220, 221, 230, 231])
})

test('a rest that fills no patch is left out', () => {
  const patches = extractPatches(new Float32Array(3 * 5 * 7).fill(1), {height: 5, width: 7, patchPx: 3})
  expect(patches).toMatchObject({rows: 1, columns: 2, count: 2, length: 27})
})

test('pixels of another length, or smaller than a patch, are a fault of the caller', () => {
  expect(() => extractPatches(new Float32Array(10), {height: 2, width: 2, patchPx: 1})).toThrow(/\[3, H=2, W=2\]/)
  expect(() => extractPatches(new Float32Array(12), {height: 2, width: 2, patchPx: 3})).toThrow(/No patch of 3/)
})
