/** Golden sizes and offsets: test/fixtures/images/processors.json, written by make_processors.py from transformers. */
import {readFileSync} from 'node:fs'
import {describe, expect, test} from 'vitest'
import type {DecodedImage} from '../../../src/core/image/decode.js'
import {cropToSource, planGeometry} from '../../../src/core/image/geometry.js'
import {paperProcessor} from '../../../src/core/image/paper.js'
import {parseImageProcessor} from '../../../src/core/image/processor.js'

type Golden = {shortestEdge: number; crop: number; rows: [number, number, number, number, number, number][]}
const GOLDEN: Golden[] = JSON.parse(readFileSync('test/fixtures/images/processors.json', 'utf8')).geometry

const clip = (size: number, crop: number) =>
  parseImageProcessor({image_processor_type: 'CLIPImageProcessor', size, crop_size: crop}, 'test')

for (const {shortestEdge, crop, rows} of GOLDEN) {
  test(`sizes and offsets are those of transformers: shortest edge ${shortestEdge}, crop ${crop}`, () => {
    const processor = clip(shortestEdge, crop)
    const planned = rows.map(([width, height]) => {
      const plan = planGeometry(processor, width, height)
      expect([plan.cropWidth, plan.cropHeight]).toEqual([crop, crop])
      expect(plan.source).toEqual({left: 0, top: 0, width, height})
      return [width, height, plan.resizeWidth, plan.resizeHeight, plan.cropLeft, plan.cropTop]
    })
    expect(planned).toEqual(rows)
  })
}

describe('an image too narrow to be resized with its aspect', () => {
  test('is refused with both sizes and the limit', () => {
    expect(() => planGeometry(clip(224, 224), 1, 10_000, 'strip.png')).toThrow(
      /strip\.png is 1×10000, too narrow .* resized to 224×2240000, and the limit is 33,554,432 pixels/,
    )
  })

  test('passes up to the limit, and always when the aspect is not kept', () => {
    expect(planGeometry(clip(224, 224), 1, 668).resizeHeight).toBe(149_632) // 224 · 149,632 = 33,517,568
    expect(() => planGeometry(clip(224, 224), 669, 1)).toThrow(/too narrow/)
    expect(planGeometry(paperProcessor('classify'), 1, 10_000).resizeHeight).toBe(256)
  })
})

/** Grey picture whose value tells the place: 10 · row + column. */
function numbered(width: number, height: number): DecodedImage {
  const data = new Uint8Array(width * height * 3)
  for (let place = 0; place < width * height; place += 1) {
    data.fill(10 * Math.floor(place / width) + (place % width), place * 3, place * 3 + 3)
  }
  return {data, width, height, path: 'numbered', format: 'png'}
}

function cropped(width: number, height: number, side: number): number[] {
  const processor = {...paperProcessor('faces'), sourceCrop: {width: side, height: side}}
  const image = numbered(width, height)
  const part = cropToSource(image, planGeometry(processor, width, height))
  expect([part.width, part.height]).toEqual([side, side])
  return Array.from({length: side * side}, (_, place) => part.data[place * 3]!)
}

describe('the crop of the source is that of torchvision', () => {
  // (5 - 2) / 2 = 1.5 and (3 - 2) / 2 = 0.5 are rounded to even: column 2, row 0.
  test('half offsets go to the even side', () => expect(cropped(5, 3, 2)).toEqual([2, 3, 12, 13]))
  test('an even excess is split', () => expect(cropped(4, 4, 2)).toEqual([11, 12, 21, 22]))
  // Two columns in three: nothing before, one black column after; three rows in three.
  test('a lack is padded, the odd pixel after', () => expect(cropped(2, 3, 3)).toEqual([0, 1, 0, 10, 11, 0, 20, 21, 0]))
})
