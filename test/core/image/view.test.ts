import {readFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect, test} from 'vitest'
import {seededRandom} from '../../../src/core/base/random.js'
import {planRandomCrop} from '../../../src/core/image/crop.js'
import {decodeImage} from '../../../src/core/image/decode.js'
import {planGeometry} from '../../../src/core/image/geometry.js'
import type {ImageProcessor} from '../../../src/core/image/processor.js'
import {decodeView} from '../../../src/core/image/view.js'
import {buildPixelGraph, pixelInputs} from '../../../src/core/models/pixels.js'
import {openSession} from '../../../src/core/runtime/session.js'

const processorOf = (side: number): ImageProcessor => ({
  name: 'view test',
  sourceCrop: null,
  resize: {shortestEdge: side},
  filter: 'bicubic',
  crop: {width: side, height: side},
  rescaleFactor: 1,
  mean: [0, 0, 0],
  std: [1, 1, 1],
  output: {width: side, height: side},
})
const viewOf = (side: number) => (width: number, height: number) => planGeometry(processorOf(side), width, height)
const FOLDER = 'test/fixtures/images'

/** Mean difference of 8-bit levels from the pixel graph, which is Pillow's to a fraction of a level. */
async function levelsApart(path: string, side: number): Promise<number> {
  const processor = processorOf(side)
  const plan = viewOf(side)
  const session = await openSession(buildPixelGraph(processor))
  const image = await decodeImage(path)
  const {pixels} = await session.run(pixelInputs(image, plan(image.width, image.height)))
  await session.release()
  const view = await decodeView(path, plan)
  expect([view.width, view.height, view.data.length]).toEqual([side, side, 3 * side ** 2])
  let sum = 0
  for (let place = 0; place < side ** 2; place += 1) {
    for (let channel = 0; channel < 3; channel += 1) {
      sum += Math.abs(view.data[place * 3 + channel]! - Number(pixels!.data[channel * side ** 2 + place]))
    }
  }
  return sum / view.data.length
}

// 12 × 8 pixels of steep edges, so that a wrong turn, crop, channel or colour under transparency shows.
for (const name of ['rgb.jpg', 'grey.jpg', 'cmyk.jpg', 'turned-6.jpg', 'rgb-16.png', 'alpha.webp', 'transparent.gif']) {
  test(`${name} looks the same through the decoder's own resizing`, async () => {
    expect(await levelsApart(join(FOLDER, name), 4)).toBeLessThan(1)
  })
}

test('a photo-like picture is less than a level apart on average', async () => {
  expect(await levelsApart('examples/orange-cat-grass.png', 112)).toBeLessThan(1)
})

test('a bad file is refused as it is without a view', async () => {
  await expect(decodeView(readFileSync('package.json'), viewOf(16), {name: 'p.jpg'})).rejects.toMatchObject({
    code: 'image-not-recognized',
    message: expect.stringContaining('p.jpg'),
  })
})

test('random crops lie inside the image, never enlarge it, and differ', () => {
  const view = planGeometry(processorOf(16), 100, 40)
  const random = seededRandom(4)
  const crops = Array.from({length: 200}, () => planRandomCrop(view, random))
  for (const {resizeWidth, resizeHeight, cropLeft, cropTop, cropWidth, cropHeight} of crops) {
    expect([cropWidth, cropHeight]).toEqual([16, 16])
    expect(resizeHeight).toBeGreaterThanOrEqual(16)
    expect(resizeHeight).toBeLessThanOrEqual(40)
    expect(Math.abs(resizeWidth - 2.5 * resizeHeight)).toBeLessThanOrEqual(2)
    expect(cropLeft).toBeGreaterThanOrEqual(0)
    expect(cropTop).toBeGreaterThanOrEqual(0)
    expect(cropLeft + 16).toBeLessThanOrEqual(resizeWidth)
    expect(cropTop + 16).toBeLessThanOrEqual(resizeHeight)
  }
  expect(new Set(crops.map((crop) => JSON.stringify(crop))).size).toBeGreaterThan(150)
})

test('an image smaller than the input is not cropped at random: there is nothing to choose from', () => {
  const view = planGeometry(processorOf(16), 8, 8)
  expect(planRandomCrop(view, seededRandom(0))).toEqual(view)
})
