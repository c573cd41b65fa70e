/** Golden pixels: test/fixtures/images/processors.json, written by make_processors.py from transformers and Pillow. */
import {readFileSync} from 'node:fs'
import {describe, expect, test} from 'vitest'
import type {DecodedImage} from '../../../src/core/image/decode.js'
import {planGeometry} from '../../../src/core/image/geometry.js'
import {type PaperKind, paperProcessor} from '../../../src/core/image/paper.js'
import {type ImageProcessor, parseImageProcessor} from '../../../src/core/image/processor.js'
import {buildPixelGraph, pixelInputs} from '../../../src/core/models/pixels.js'
import {openSession} from '../../../src/core/runtime/session.js'

type Processed = {config: Record<string, unknown>; width: number; height: number; shape: number[]; pixels: string}
type Paper = {kind: PaperKind; width: number; height: number; side: number; every397th: string}
const GOLDEN: {processed: Processed[]; paper: Paper[]} = JSON.parse(
  readFileSync('test/fixtures/images/processors.json', 'utf8'),
)

/** The picture `pattern` of make_processors.py. */
function pattern(width: number, height: number): DecodedImage {
  const data = Uint8Array.from({length: width * height * 3}, (_, at) => {
    const [y, x, c] = [Math.floor(at / 3 / width), Math.floor(at / 3) % width, at % 3]
    return x * 7 + y * 13 + c * 50 + Math.floor((x * y) / 5)
  })
  return {data, width, height, path: 'pattern', format: 'png'}
}

async function pixelsOf(processor: ImageProcessor, image: DecodedImage) {
  const session = await openSession(buildPixelGraph(processor), {threads: 1})
  const {pixels} = await session.run(pixelInputs(image, planGeometry(processor, image.width, image.height)))
  await session.release()
  return {dims: [...pixels!.dims], data: pixels!.data as Float32Array}
}

function floats(base64: string): Float32Array {
  const bytes = Buffer.from(base64, 'base64')
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length))
}

function worstDifference(a: Float32Array, b: Float32Array): number {
  expect(a.length).toBe(b.length)
  return a.reduce((worst, value, at) => Math.max(worst, Math.abs(value - b[at]!)), 0)
}

/**
 * Pillow computes its coefficients in double precision, ONNX Runtime in single: where a value lies within 1e-6 of a
 * half, it may be rounded the other way. The pattern is regular and has many such; a photo has next to none.
 */
function expectSameLevels(made: Float32Array, golden: Float32Array, {std, rescaleFactor}: ImageProcessor): void {
  const level = rescaleFactor / Math.min(...std)
  expect(worstDifference(made, golden)).toBeLessThan(level * 1.001)
  const apart = made.filter((value, at) => Math.abs(value - golden[at]!) > level / 100)
  expect(apart.length / made.length).toBeLessThan(0.02)
}

describe('pixels are those of transformers, to the level', () => {
  test.for(GOLDEN.processed)('$config on $width×$height', async ({config, width, height, shape, pixels}) => {
    const processor = parseImageProcessor(config, 'test')
    const made = await pixelsOf(processor, pattern(width, height))
    expect(made.dims).toEqual(shape)
    expectSameLevels(made.data, floats(pixels), processor)
  })
})

describe("pixels are those of the paper's settings in Pillow's words", () => {
  test.for(GOLDEN.paper)('$kind on $width×$height', async ({kind, width, height, side, every397th}) => {
    const {dims, data} = await pixelsOf(paperProcessor(kind), pattern(width, height))
    expect(dims).toEqual([3, side, side])
    const sampled = data.filter((_, at) => at % 397 === 0)
    expectSameLevels(sampled, floats(every397th), paperProcessor(kind))
  })
})

test('one graph serves images of every size, one pixel and a strip included', async () => {
  const processor = parseImageProcessor({image_processor_type: 'CLIPImageProcessor'}, 'test')
  const session = await openSession(buildPixelGraph(processor), {threads: 1})
  for (const [width, height] of [
    [1, 1],
    [60, 1],
    [224, 224],
    [37, 1000],
  ] as const) {
    const image: DecodedImage = {...pattern(width, height), data: new Uint8Array(width * height * 3).fill(255)}
    const {pixels} = await session.run(pixelInputs(image, planGeometry(processor, width, height)))
    // White stays white: (1 - mean) / std of each channel, everywhere.
    const white = processor.mean.map((mean, channel) => (1 - mean) / processor.std[channel]!)
    const plane = 224 * 224
    const data = pixels!.data as Float32Array
    for (const channel of [0, 1, 2]) {
      const values = data.subarray(channel * plane, (channel + 1) * plane)
      expect(worstDifference(values, new Float32Array(plane).fill(white[channel]!))).toBeLessThan(1e-5)
    }
  }
  await session.release()
})
