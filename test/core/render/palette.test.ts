import {expect, test} from 'vitest'
import {CLEAR_DISTANCE, ColourBook, palette} from '../../../src/core/render/palette.js'
import {appearanceOf, leastDistance, rgbOfOklch} from '../../../src/core/render/vision.js'

const alone = () => []
const far = (a: readonly number[], b: readonly number[]) =>
  leastDistance(appearanceOf(a as [number, number, number]), appearanceOf(b as [number, number, number]))

test('OKLab is that of its author', () => {
  // Björn Ottosson's page: red is L 0.6280, a 0.2249, b 0.1258.
  const [lightness, a, b] = appearanceOf([255, 0, 0])
  expect(lightness).toBeCloseTo(0.628, 3)
  expect(a).toBeCloseTo(0.2249, 3)
  expect(b).toBeCloseTo(0.1258, 3)
  expect(rgbOfOklch(lightness!, Math.hypot(a!, b!) - 1e-6, Math.atan2(b!, a!))).toEqual([255, 0, 0])
  expect(rgbOfOklch(0.6, 0.4, 2)).toBeUndefined()
})

test('colours that red-green blindness confuses count as near, those it tells apart do not', () => {
  // A red and a green of equal lightness for a deuteranope.
  expect(far([207, 105, 70], [130, 140, 60])).toBeLessThan(0.08)
  expect(far([0, 0, 0], [255, 255, 255])).toBeCloseTo(1, 2)
  expect(far([0, 90, 200], [240, 200, 0])).toBeGreaterThan(0.3)
})

test('the first colours are apart for all eyes', () => {
  const first = palette().slice(0, 12)
  for (const [index, {look}] of first.entries())
    for (const other of first.slice(0, index)) expect(leastDistance(look, other.look)).toBeGreaterThan(0.08)
})

test('a number keeps its colour, and no two numbers share one, even thousands', () => {
  const book = new ColourBook()
  const ids = Array.from({length: 2500}, (_, index) => index * 7)
  const colours = ids.map((id) => String(book.colourOf(id)))
  expect(new Set(colours).size).toBe(ids.length)
  expect(ids.map((id) => String(book.colourOf(id)))).toEqual(colours)
  for (const colour of colours.slice(-50))
    for (const level of colour.split(',')) expect(Number(level)).toBeLessThan(256)
})

test('a number has the same colour in every book as long as nobody else took it', () => {
  const [one, other] = [new ColourBook(), new ColourBook()]
  one.introduce([5, 17], alone)
  other.introduce([17, 3], alone)
  expect(one.colourOf(17)).toEqual(other.colourOf(17))
})

test('neighbours get colours that can be told apart', () => {
  const book = new ColourBook()
  // All want the colour of number 5, and each lies beside all others; on a picture at most four regions can.
  const ids = Array.from({length: 8}, (_, index) => 5 + 24 * index)
  book.introduce(ids, () => ids)
  for (const [index, id] of ids.entries())
    for (const other of ids.slice(0, index))
      expect(far(book.colourOf(id), book.colourOf(other))).toBeGreaterThan(CLEAR_DISTANCE)
})
