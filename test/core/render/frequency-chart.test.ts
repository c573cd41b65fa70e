import {expect, test} from 'vitest'
import {rasterize} from '../../../src/core/render/canvas.js'
import {BAR_COLOUR, drawFrequencyChart, PLOT, ranksCovering} from '../../../src/core/render/frequency-chart.js'

/** Heights of bars on the finished picture, in pixels from the base line. */
function heightsOf(counts: number[], pitch: number): number[] {
  const {marks, ...page} = drawFrequencyChart({name: 'tiny', counts, source: 'by hand'})
  // The curve lies over the bars.
  const {data, width} = rasterize({...page, marks: marks.filter(({kind}) => kind !== 'lines')})
  return counts.map((_, rank) => {
    let height = 0
    for (let y = PLOT.top; y < PLOT.top + PLOT.height; y += 1) {
      const at = (y * width + PLOT.left + rank * pitch + 1) * 3
      if (data.subarray(at, at + 3).join() === BAR_COLOUR.join()) height += 1
    }
    return height
  })
}

test('bars stand by use, the most used first, and are as high as the axis says', () => {
  // The axis goes to 40 in steps of 10; it is 320 pixels high.
  expect(heightsOf([10, 0, 40, 20], 40)).toEqual([320, 160, 80, 0])
})

test('a word that is hardly used has a bar, one that is not has none', () => {
  expect(heightsOf([100_000, 1, 0], 40)).toEqual([320, 1, 0])
})

test('nothing used is drawn as nothing', () => {
  expect(heightsOf([0, 0], 40)).toEqual([0, 0])
})

test('words that cover a share are counted from the most used on', () => {
  expect(ranksCovering([5, 3, 1, 1], 5)).toBe(1)
  expect(ranksCovering([5, 3, 1, 1], 5.1)).toBe(2)
  expect(ranksCovering([0, 0], 0)).toBe(0)
})
