import sharp from 'sharp'
import {expect, test} from 'vitest'
import {type Drawing, rect, WHITE} from '../../../src/core/render/drawing.js'
import {checkPictureSize, encodeDrawing, formatOfName} from '../../../src/core/render/encode.js'
import {text} from '../../../src/core/render/lettering.js'

const pixels = {data: Uint8Array.from({length: 8 * 8 * 3}, (_, index) => (index * 37) % 256), width: 8, height: 8}
const drawing: Drawing = {
  width: 60,
  height: 30,
  background: WHITE,
  marks: [
    {kind: 'pixels', left: 4, top: 5, pixels},
    {kind: 'pixels', left: 20, top: 5, pixels},
    rect(20, 5, 24, 9, [10, 200, 30]),
    rect(24, 9, 28, 13, [0, 0, 0], 0.5),
    text('Hi', 34, 20, {sizePx: 20}),
  ],
}
const rawOf = async (bytes: Uint8Array) => sharp(bytes).removeAlpha().raw().toBuffer()

test('PNG and WebP hold the same pixels to the level', async () => {
  const [png, webp] = [await encodeDrawing(drawing, 'png'), await encodeDrawing(drawing, 'webp')]
  expect((await rawOf(png)).equals(await rawOf(webp))).toBe(true)
  expect((await sharp(png).metadata()).channels).toBe(3)
})

test('SVG, drawn by another program, looks the same: rectangles and images to the level, lettering nearly', async () => {
  const svg = await encodeDrawing(drawing, 'svg')
  const [own, other] = [
    await rawOf(await encodeDrawing(drawing, 'png')),
    await rawOf(await sharp(svg).png().toBuffer()),
  ]
  const differences = own.map((level, index) => Math.abs(level - other[index]!))
  const isLettering = (index: number) => Math.floor(index / 3) % 60 >= 32
  for (const [index, difference] of differences.entries())
    if (!isLettering(index)) expect(difference).toBeLessThanOrEqual(1)
  expect(differences.reduce((sum, difference) => sum + difference, 0) / differences.length).toBeLessThan(2)
  // The image stands in the file once.
  expect(
    Buffer.from(svg)
      .toString()
      .match(/data:image\/png/g),
  ).toHaveLength(1)
  expect(Buffer.from(svg).toString()).not.toMatch(/<text|font/)
})

test('transparent ground stays transparent', async () => {
  const overlay: Drawing = {width: 4, height: 4, background: null, marks: [rect(0, 0, 2, 2, [9, 9, 9])]}
  for (const format of ['png', 'webp', 'svg'] as const) {
    const {data, info} = await sharp(await encodeDrawing(overlay, format))
      .raw()
      .toBuffer({resolveWithObject: true})
    expect(info.channels).toBe(4)
    expect([data[3], data[15]]).toEqual([255, 0])
  }
})

test('the ending says the format', () => {
  expect(['a.png', 'b.SVG', 'c.webp', 'd.jpg', 'png'].map(formatOfName)).toEqual([
    'png',
    'svg',
    'webp',
    undefined,
    undefined,
  ])
})

test('a picture beyond the limits is refused with what would fit', () => {
  expect(() => checkPictureSize({width: 20_000, height: 20_000}, 'png')).toThrow(/20000×20000.*268,435,456 pixels/)
  expect(() => checkPictureSize({width: 16_384, height: 9}, 'webp')).toThrow(/16383 pixels to a side in WebP/)
  expect(() => checkPictureSize({width: 16_384, height: 9}, 'png')).not.toThrow()
})
