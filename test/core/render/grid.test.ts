import {expect, test} from 'vitest'
import {cropBox, neighbours, patchBox, planPatchGrid} from '../../../src/core/render/grid.js'

// 600 × 400 photo, shorter side to 224 (longer 336), middle 224: the crop begins at 56 · 600 / 336 = 100.
const geometry = {
  source: {left: 0, top: 0, width: 600, height: 400},
  resizeWidth: 336,
  resizeHeight: 224,
  cropLeft: 56,
  cropTop: 0,
  cropWidth: 224,
  cropHeight: 224,
}
const photo = {width: 600, height: 400}

test('patches lie where the model saw them on the photo', () => {
  const grid = planPatchGrid(geometry, photo, photo, 32)
  expect([grid.rows, grid.columns]).toEqual([7, 7])
  // A patch is 32 · 400 / 224 = 57.14 pixels wide.
  expect(grid.xs).toEqual([100, 157, 214, 271, 329, 386, 443, 500])
  expect(patchBox(grid, 8)).toEqual({left: 157, top: 57, width: 57, height: 57})
  expect(cropBox(grid)).toEqual({left: 100, top: 0, width: 400, height: 400})
})

test('scale moves the edges with the picture', () => {
  const grid = planPatchGrid(geometry, photo, {width: 300, height: 200}, 112)
  expect([grid.xs, grid.ys]).toEqual([
    [50, 150, 250],
    [0, 100, 200],
  ])
})

test('a source that is itself a part of the photo moves the grid', () => {
  const part = {...geometry, source: {left: 10, top: 20, width: 600, height: 400}}
  const grid = planPatchGrid(part, photo, photo, 112)
  expect([grid.xs[0], grid.ys[0]]).toEqual([110, 20])
})

test('patches too small to see are refused with the scale that would do', () => {
  expect(() => planPatchGrid(geometry, photo, {width: 24, height: 16}, 32)).toThrow(
    expect.objectContaining({message: expect.stringMatching(/2\.3 pixels wide, and 3/), suggestions: ['--scale 0.06']}),
  )
})

test('neighbours share an edge and do not wrap round', () => {
  const grid = planPatchGrid(geometry, photo, photo, 32)
  expect(neighbours(grid, 0)).toEqual([1, 7])
  expect(neighbours(grid, 8)).toEqual([1, 7, 9, 15])
  expect(neighbours(grid, 6)).toEqual([5, 13])
  expect(neighbours(grid, 48)).toEqual([41, 47])
})
