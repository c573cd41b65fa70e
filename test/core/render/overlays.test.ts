import {expect, test} from 'vitest'
import type {Mark} from '../../../src/core/render/drawing.js'
import type {PatchGrid} from '../../../src/core/render/grid.js'
import {outline} from '../../../src/core/render/outline.js'
import {regionsOf, unseenMarks} from '../../../src/core/render/overlays.js'

/** Three by three patches of ten pixels. */
const grid: PatchGrid = {rows: 3, columns: 3, xs: [0, 10, 20, 30], ys: [0, 10, 20, 30]}
const boxes = (marks: readonly Mark[]) =>
  marks.map((mark) => (mark.kind === 'rect' ? [mark.box.left, mark.box.top, mark.box.width, mark.box.height] : []))

test('regions are tokens of several patches, the largest first, then the one that begins earlier', () => {
  expect(regionsOf([7, 3, 3, -1, 7, 5, -1, 3, 9, 9])).toEqual([
    [1, 2, 7],
    [0, 4],
    [8, 9],
  ])
})

test('lines run inside a group along its edge, and nowhere within it', () => {
  // Patches 0 and 1 belong together, at the top edge of the grid.
  const groups = [1, 1, 0, 0, 0, 0, 0, 0, 0]
  const marks = outline(grid, [0, 1], (patch) => groups[patch]!, {colour: [0, 0, 0], width: 2})
  expect(boxes(marks).sort()).toEqual(
    [
      [0, 0, 10, 2],
      [0, 8, 10, 2],
      [0, 0, 2, 10],
      [10, 0, 10, 2],
      [10, 8, 10, 2],
      [18, 0, 2, 10],
    ].sort(),
  )
})

test('where a group goes round a corner, the corner is closed', () => {
  // An L of 0, 3 and 4: at patch 3 only the patch across the corner, 1, is another's.
  const groups = [1, 0, 0, 1, 1, 0, 0, 0, 0]
  const marks = outline(grid, [3], (patch) => groups[patch]!, {colour: [0, 0, 0], width: 1})
  expect(boxes(marks)).toContainEqual([9, 10, 1, 1])
})

test('what the model did not see is veiled once, on the sides where there is such a part', () => {
  const crop: PatchGrid = {rows: 1, columns: 1, xs: [10, 40], ys: [0, 30]}
  expect(boxes(unseenMarks(crop, {width: 60, height: 30}))).toEqual([
    [0, 0, 10, 30],
    [40, 0, 20, 30],
  ])
  expect(unseenMarks({...crop, xs: [0, 60]}, {width: 60, height: 30})).toEqual([])
})
