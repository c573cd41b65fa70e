/** Golden pixels: test/fixtures/images/expected.json, written by make_images.py from Pillow. */
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {ImageError} from '../../../src/core/base/errors.js'
import {decodeImage} from '../../../src/core/image/decode.js'

const FIXTURES = 'test/fixtures/images'
type Expected = {mode: string; width: number; height: number; rgb: string}
const EXPECTED: Record<string, Expected> = JSON.parse(readFileSync(join(FIXTURES, 'expected.json'), 'utf8')).images

/** Decoders that round differently from Pillow's: AVIF's colour conversion, by one level. */
const levelsOff = (name: string): number => (name.endsWith('.avif') ? 1 : 0)
/** Where vwt departs from Pillow on purpose, see decodeImage. */
const DEPARTURES = ['grey-16.png', 'grey-16.tif']

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'vwt-decode-'))
})
afterAll(() => rmSync(folder, {recursive: true, force: true}))

function write(name: string, content: string | Uint8Array): string {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}

async function refusal(source: string | Uint8Array, options = {}): Promise<ImageError> {
  try {
    await decodeImage(source, options)
  } catch (error) {
    expect(error).toBeInstanceOf(ImageError)
    return error as ImageError
  }
  throw new Error('decoded, though it should have been refused')
}

describe('decodes as Pillow does', () => {
  test.for(Object.entries(EXPECTED).filter(([name]) => !DEPARTURES.includes(name)))('%s', async ([name, expected]) => {
    const image = await decodeImage(join(FIXTURES, name))
    expect([image.width, image.height]).toEqual([expected.width, expected.height])
    const rgb = Buffer.from(expected.rgb, 'hex')
    expect(image.data).toHaveLength(rgb.length)
    const worst = rgb.reduce((most, value, index) => Math.max(most, Math.abs(value - image.data[index]!)), 0)
    expect(worst).toBeLessThanOrEqual(levelsOff(name))
  })

  test.for(DEPARTURES)('but 16-bit greyscale keeps its high byte: %s', async (name) => {
    const image = await decodeImage(join(FIXTURES, name))
    // The ramp of make_images.py: x · 255 / 11 cut to whole numbers, times 257, whose high byte is the same again.
    const firstRow = Array.from({length: 12}, (_, x) => Math.trunc((x * 255) / 11))
    expect([...image.data.subarray(0, 36)]).toEqual(firstRow.flatMap((grey) => [grey, grey, grey]))
  })
})

test('bytes and the file they come from decode alike; the format is told by content, not by name', async () => {
  const bytes = readFileSync(join(FIXTURES, 'rgb.png'))
  const misnamed = await decodeImage(write('misnamed.jpg', bytes))
  expect(misnamed.format).toBe('png')
  const unnamed = await decodeImage(bytes, {name: 'standard input'})
  expect(unnamed.path).toBe('standard input')
  expect(unnamed.data).toEqual(misnamed.data)
})

describe('refuses with its own code, naming the file', () => {
  test('a missing file', async () => {
    const error = await refusal(join(folder, 'nowhere.jpg'))
    expect(error).toMatchObject({code: 'image-missing', oclif: {exit: 1}})
    expect(error.message).toMatch(/no image file .*nowhere\.jpg/)
  })

  test('a folder', async () => {
    expect(await refusal(folder)).toMatchObject({code: 'image-is-folder'})
  })

  test('a device that never ends', {skip: process.platform === 'win32'}, async () => {
    expect((await refusal('/dev/zero')).message).toMatch(/is a device/)
  })

  test('an empty file', async () => {
    const error = await refusal(write('empty.png', ''))
    expect(error.code).toBe('image-empty')
    expect(error.message).toMatch(/empty\.png is empty: 0 bytes/)
  })

  test.for([
    ['text.jpg', 'hello world, no image', /text beginning with "hello world,"/],
    ['drawing.png', '<svg xmlns="http://www.w3.org/2000/svg"/>', /an SVG drawing/],
    ['paper.jpg', '%PDF-1.7', /a PDF document/],
    ['pointer.jpg', 'version https://git-lfs.github.com/spec/v1', /Git LFS pointer/],
    ['noise.jpg', Uint8Array.of(0, 1, 2, 3, 255), /the bytes 00 01 02 03 ff/],
    ['riff.webp', 'RIFF....WAVE', /JPEG, PNG, WebP, GIF, TIFF or AVIF/],
    ['phone.heic', '\0\0\0\x18ftypheic\0\0\0\0mif1heic', /brand "heic"/],
  ] as const)('no image: %s', async ([name, content, words]) => {
    const error = await refusal(write(name, content))
    expect(error.code).toBe('image-not-recognized')
    expect(error.message).toMatch(words)
    expect(error.message).toContain(name)
  })

  test.for([
    'rgb.jpg',
    'progressive.jpg',
    'rgb.png',
    'rgb-16.png',
    'lossless.webp',
    'palette.gif',
    'rgb.tif',
    'rgb.avif',
  ])('a truncated image: %s', async (name) => {
    const bytes = readFileSync(join(FIXTURES, name))
    const cut = name.endsWith('.tif') ? 0.9 : 0.6 // a TIFF's directory may stand at the end or in the middle
    const error = await refusal(write(name, bytes.subarray(0, bytes.length * cut)))
    expect(error.code).toBe('image-damaged')
    expect(error.message).toMatch(/damaged or cut short: it begins as (JPEG|PNG|WEBP|GIF|TIFF|AVIF)/)
    expect(error.message).toContain(name)
    expect(error.message).not.toContain('\n')
  })

  test('a bomb, before it is decoded, with size, limit and how to raise it', async () => {
    const png = Buffer.from(readFileSync(join(FIXTURES, 'rgb.png')))
    png.writeUInt32BE(30_000, 16)
    png.writeUInt32BE(30_000, 20)
    png.writeUInt32BE(crc32(png.subarray(12, 29)), 29)
    const error = await refusal(png, {name: 'bomb.png'})
    expect(error.code).toBe('image-too-large')
    expect(error.message).toBe('bomb.png is 30000×30000 = 900,000,000 pixels, and the limit is 178,956,970.')
    expect(error.suggestions.join(' ')).toMatch(/--max-pixels 900000000/)
  })

  test('one pixel more than maxPixels, but not as many', async () => {
    const path = join(FIXTURES, 'rgb.png') // 12 × 8 = 96
    expect(await refusal(path, {maxPixels: 95})).toMatchObject({code: 'image-too-large'})
    expect((await decodeImage(path, {maxPixels: 96})).width).toBe(12)
  })
})

/** The checksum PNG asks for, bit by bit. */
function crc32(bytes: Uint8Array): number {
  let crc = -1
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0)
  }
  return ~crc >>> 0
}
