import {mkdtempSync, readdirSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {expect, onTestFinished, test} from 'vitest'
import {planGeometry} from '../../../../src/core/image/geometry.js'
import {decodeView} from '../../../../src/core/image/view.js'
import {PatchStream, type View} from '../../../../src/core/workflows/build-vocab/patch-stream.js'
import {processorFor} from '../../../../src/core/workflows/build-vocab/plan.js'

const processor = processorFor(32)

async function open(maxPixels?: number): Promise<PatchStream> {
  const stream = await PatchStream.open(processor, {patchSize: 8, maxPixels})
  onTestFinished(() => stream.release())
  return stream
}

const scenes = readdirSync('examples')
  .filter((name) => name.endsWith('.png'))
  .map((name) => join('examples', name))

test('more views than are decoded ahead come in the order they were named, each with its own pixels', async () => {
  const stream = await open()
  const views: View[] = Array.from({length: 150}, (_, place) => ({image: {path: scenes[place % 3]!}, place}))
  const expected = await Promise.all(
    scenes.slice(0, 3).map((path) => decodeView(path, (width, height) => planGeometry(processor, width, height))),
  )
  let place = 0
  for await (const read of stream.read(views)) {
    expect(read.view).toBe(views[place])
    expect('pixels' in read && Buffer.from(read.pixels).equals(expected[place % 3]!.data)).toBe(true)
    place += 1
  }
  expect(place).toBe(150)
})

test('unreadable images give their reason in their place, and the views are read once, as they are needed', async () => {
  const stream = await open(10)
  const text = join(mkdtempSync(join(tmpdir(), 'vwt-stream-')), 'text.jpg')
  writeFileSync(text, 'no image')
  const images = [text, 'nowhere.png', scenes[0]!]
  let asked = 0
  function* views(): Generator<View> {
    for (const [place, path] of images.entries()) {
      asked += 1
      yield {image: {path}, place}
    }
  }
  const messages: string[] = []
  for await (const read of stream.read(views())) messages.push('message' in read ? read.message : 'pixels')
  expect(messages).toEqual([
    expect.stringMatching(/should be a JPEG/),
    expect.stringMatching(/no image file nowhere\.png/),
    expect.stringMatching(/and the limit is 10/),
  ])
  expect(asked).toBe(3)
})

test('a random crop is another view of the same image, the same for the same seed', async () => {
  const stream = await open()
  const image = {path: scenes[0]!}
  const views: View[] = [undefined, 1, 1, 2].map((cropSeed, place) => ({image, place, cropSeed}))
  const pixels: Buffer[] = []
  for await (const read of stream.read(views)) if ('pixels' in read) pixels.push(Buffer.from(read.pixels))
  const [own, first, again, other] = pixels
  expect(first!.equals(again!)).toBe(true)
  expect(first!.equals(own!)).toBe(false)
  expect(first!.equals(other!)).toBe(false)
})
