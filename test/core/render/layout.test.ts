import {expect, test} from 'vitest'
import {type Mark, rect} from '../../../src/core/render/drawing.js'
import {captionSize, layOutPage} from '../../../src/core/render/layout.js'
import {textWidth} from '../../../src/core/render/lettering.js'

const panel = (width: number, height: number, caption: string[] = []) => ({
  marks: [rect(0, 0, width, height, [1, 2, 3])],
  width,
  height,
  caption,
})
const places = (marks: readonly Mark[]) =>
  marks.flatMap((mark) => (mark.kind === 'rect' ? [[mark.box.left, mark.box.top]] : []))

test('panels stand side by side with one margin round each, and wrap', () => {
  // Lettering of 20 gives margins of 18.
  const page = layOutPage([panel(100, 50), panel(60, 40), panel(80, 30)], {columns: 2, textPx: 20})
  expect(places(page.marks)).toEqual([
    [18, 18],
    [136, 18],
    [18, 86],
  ])
  expect([page.width, page.height]).toEqual([18 + 100 + 18 + 60 + 18, 18 + 50 + 18 + 30 + 18])
})

test('captions stand below their panel, never wider than it, and push the next row down', () => {
  const caption = ['a name that is far too long for its panel', 'and a second line that is too long as well']
  const page = layOutPage([panel(120, 50, caption), panel(120, 50)], {columns: 1, textPx: 20})
  const [first, second] = places(page.marks)
  expect(second![1]! - first![1]!).toBeGreaterThan(50 + 2 * 20)
  for (const mark of page.marks) {
    if (mark.kind !== 'lines') continue
    const xs = mark.lines.flatMap((line) => line.filter((_, index) => index % 2 === 0))
    const ys = mark.lines.flatMap((line) => line.filter((_, index) => index % 2 === 1))
    expect(Math.min(...xs) - mark.widthPx / 2).toBeGreaterThanOrEqual(18)
    expect(Math.max(...xs) + mark.widthPx / 2).toBeLessThanOrEqual(18 + 120)
    expect(Math.min(...ys)).toBeGreaterThan(18 + 50)
    expect(Math.max(...ys)).toBeLessThan(second![1]!)
  }
})

test('lettering grows with the panels and never gets too small to read', () => {
  expect(captionSize([panel(100, 50)])).toBe(13)
  expect(captionSize([panel(4032, 3024)])).toBe(149)
  // A common caption fits a panel as wide as the model's input twice over.
  expect(textWidth('inter:0.1 · 114 of 196 patches match 10 words', captionSize([panel(448, 448)]))).toBeLessThan(448)
})
