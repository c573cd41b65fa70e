import {expect, test} from 'vitest'
import {rasterize} from '../../../src/core/render/canvas.js'
import {WHITE} from '../../../src/core/render/drawing.js'
import {glyphOf} from '../../../src/core/render/glyphs.js'
import {fitText, text, textWidth} from '../../../src/core/render/lettering.js'

const ASCII = Array.from({length: 95}, (_, index) => String.fromCharCode(32 + index))
const OURS = [...'·×…–−→±≥≤°µ']

function inked(content: string, sizePx = 20): string {
  const {data} = rasterize({width: 40, height: 40, background: WHITE, marks: [text(content, 8, 26, {sizePx})]})
  return Buffer.from(data).toString('base64')
}

test('every character of ASCII and of the captions has a shape of its own', () => {
  const empty = glyphOf('漢')
  const shapes = new Map<string, string>()
  for (const character of [...ASCII, ...OURS]) {
    expect(glyphOf(character), character).not.toBe(empty)
    const shape = inked(character)
    // A minus is an en dash to the eye.
    if (character !== '−') expect(shapes.get(shape), character).toBeUndefined()
    shapes.set(shape, character)
  }
})

test('letters stay between ascender and descender, and reach less than half the space to the next', () => {
  for (const character of [...ASCII, ...OURS]) {
    const mark = text(character, 0, 0, {sizePx: 20})
    if (mark.kind !== 'lines') throw new Error('Text is lines.')
    for (const line of mark.lines) {
      for (const [index, value] of line.entries()) {
        const [low, high] = index % 2 === 0 ? [-1.85, glyphOf(character).width + 1.85] : [-16.1, 4.2]
        expect(value, character).toBeGreaterThanOrEqual(low)
        expect(value, character).toBeLessThanOrEqual(high)
      }
    }
  }
})

test('accented letters are shown by their letter, letters of other scripts by a frame', () => {
  expect(inked('é')).toBe(inked('e'))
  expect(inked('字')).toBe(inked('ю'))
})

test('text is as wide as its letters and the space between them', () => {
  // 9.6 + 3.7 + 0 + 3.7 + 9.6 units of a twentieth em.
  expect(textWidth('HIH', 20)).toBeCloseTo(26.6, 6)
  expect(textWidth('', 20)).toBe(0)
})

test('text that is too long loses its end, a name its middle', () => {
  expect(fitText('abc', 100, 20)).toBe('abc')
  const cut = fitText('abcdefghijklmnop', 90, 20)
  expect(cut).toMatch(/^abc.*…$/)
  expect(textWidth(cut, 20)).toBeLessThanOrEqual(90)
  expect(fitText('holiday-0001.jpg', 90, 20, 'ends')).toMatch(/^ho.*….*pg$/)
  expect(fitText('abcdef', 3, 20)).toBe('…')
})

test('alignment moves the text, and bold is thicker', () => {
  const leftOf = (align: 'start' | 'middle' | 'end') => {
    const mark = text('HH', 50, 0, {sizePx: 20, align})
    return mark.kind === 'lines' ? mark.lines[0]![0]! : Number.NaN
  }
  expect(leftOf('start') - leftOf('middle')).toBeCloseTo(textWidth('HH', 20) / 2, 6)
  expect(leftOf('start') - leftOf('end')).toBeCloseTo(textWidth('HH', 20), 6)
  const ink = (weight: 'regular' | 'bold') =>
    rasterize({width: 40, height: 40, background: WHITE, marks: [text('H', 8, 26, {sizePx: 20, weight})]}).data.filter(
      (level) => level < 128,
    ).length
  expect(ink('bold')).toBeGreaterThan(ink('regular'))
})
