import {expect, test} from 'vitest'
import {rasterize} from '../../../src/core/render/canvas.js'
import {type Drawing, type Mark, rect, WHITE} from '../../../src/core/render/drawing.js'

const draw = (marks: Mark[], more: Partial<Drawing> = {}) =>
  rasterize({width: 4, height: 3, background: WHITE, marks, ...more})
/** First channel, row by row. */
const reds = ({data, width, channels}: ReturnType<typeof draw>) =>
  Array.from({length: data.length / channels / width}, (_, y) =>
    Array.from({length: width}, (_unused, x) => data[(y * width + x) * channels]),
  )

test('rectangles fill whole pixels and are cut at the edge of the picture', () => {
  const raster = draw([rect(-2, 1, 2, 9, [7, 8, 9])])
  expect(reds(raster)).toEqual([
    [255, 255, 255, 255],
    [7, 7, 255, 255],
    [7, 7, 255, 255],
  ])
  expect([...raster.data.subarray(12, 15)]).toEqual([7, 8, 9])
})

test('a faint rectangle lets through what lies below, rounded', () => {
  // 255 + (55 - 255) · 0.3 = 195; over that 195 + (0 - 195) · 0.5 = 97.5, rounded up.
  const raster = draw([rect(0, 0, 2, 1, [55, 55, 55], 0.3), rect(0, 0, 1, 1, [0, 0, 0], 0.5)])
  expect(reds(raster)[0]).toEqual([98, 195, 255, 255])
})

test('on transparent ground a faint rectangle keeps its colour and becomes alpha', () => {
  const {data, channels} = draw([rect(1, 0, 2, 1, [10, 20, 30], 0.8)], {background: null})
  expect(channels).toBe(4)
  expect([...data.subarray(0, 8)]).toEqual([0, 0, 0, 0, 10, 20, 30, 204])
})

test('images lie one to one where they are put', () => {
  const pixels = {data: Uint8Array.from([1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4]), width: 2, height: 2}
  expect(reds(draw([{kind: 'pixels', left: 3, top: 1, pixels}]))).toEqual([
    [255, 255, 255, 255],
    [255, 255, 255, 1],
    [255, 255, 255, 3],
  ])
  const clear = draw([{kind: 'pixels', left: -1, top: -1, pixels}], {background: null})
  expect([...clear.data.subarray(0, 8)]).toEqual([4, 4, 4, 255, 0, 0, 0, 0])
})

test('a line along pixel centres covers those pixels, and half of them when it runs along their edge', () => {
  const line = (y: number) => draw([{kind: 'lines', lines: [[-9, y, 9, y]], widthPx: 1, colour: [55, 55, 55]}])
  expect(reds(line(1.5)).map(([first]) => first)).toEqual([255, 55, 255])
  expect(reds(line(1)).map(([first]) => first)).toEqual([155, 155, 255])
})

test('lines of one mark that cross do not darken each other', () => {
  const cross: Mark = {
    kind: 'lines',
    lines: [
      [-9, 1, 9, 1],
      [-9, 1, 9, 1],
    ],
    widthPx: 1,
    colour: [55, 55, 55],
  }
  expect(reds(draw([cross]))[0]![0]).toBe(155)
})

test('a point is a dot', () => {
  const raster = draw([{kind: 'lines', lines: [[1.5, 1.5]], widthPx: 1, colour: [55, 55, 55]}])
  expect(reds(raster)[1]![1]).toBe(55)
})

test('rectangles between pixels are a fault of vwt', () => {
  expect(() => draw([rect(0.5, 0, 2, 1, WHITE)])).toThrow(/rectangle lies at/)
})

test('memory used again shows nothing of the picture before', () => {
  const memory = {}
  const drawing = {width: 2, height: 2, marks: [rect(0, 0, 2, 2, [1, 2, 3])]}
  rasterize({...drawing, background: null}, memory)
  const clear = rasterize({...drawing, width: 1, background: null, marks: []}, memory)
  expect([...clear.data]).toEqual([0, 0, 0, 0, 0, 0, 0, 0])
  expect([...rasterize({...drawing, background: [9, 8, 7], marks: []}, memory).data.subarray(0, 6)]).toEqual([
    9, 8, 7, 9, 8, 7,
  ])
})
