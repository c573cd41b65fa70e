/**
 * Pixels tell the truth: what is read back from finished picture files is the trace of an independent run. Over the
 * example pictures, or over up to 50 photos of a folder: VWT_TRUTH_PHOTOS=FOLDER npx vitest run test/core/render/truth
 */
import {mkdtempSync, readdirSync, readFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {visualize, type WrittenPicture} from '../../../src/core/render/visualize.js'
import {openVocabulary} from '../../../src/core/vocab/vocabulary.js'
import {isFailed} from '../../../src/core/workflows/batches.js'
import {loadPatchTokenizer, type TracedImage} from '../../../src/core/workflows/tokenize.js'
import type {PictureKind} from '../../../src/core/workflows/visualize.js'
import {
  cut,
  type Image,
  looksOf,
  mergedTokens,
  mismatches,
  panelsOf,
  patchBoxes,
  pixelAt,
  readImage,
} from './readback.js'

const FOLDER = process.env.VWT_TRUTH_PHOTOS
const folder = mkdtempSync(join(tmpdir(), 'vwt-truth-'))
const photos = FOLDER
  ? readdirSync(FOLDER)
      .filter((name) => /\.(jpe?g|png)$/i.test(name))
      .slice(0, 50)
      .map((name) => join(FOLDER, name))
  : ['examples/red-bird-water.png', join(folder, 'wide.png'), join(folder, 'tall.png')]
const [SIZE, PATCH, COLUMNS] = [224, 16, 14]
/** The paper's way to prepare photos leaves a part of them unseen. */
const common = {device: 'cpu', threads: 1, preprocess: 'paper'} as const

/** Two pictures with parts that the model does not see. */
beforeAll(async () => {
  const {default: sharp} = await import('sharp')
  const scene = 'examples/orange-cat-grass.png'
  await sharp(scene).extract({left: 0, top: 20, width: 320, height: 201}).toFile(join(folder, 'wide.png'))
  await sharp(scene).extract({left: 70, top: 0, width: 203, height: 320}).toFile(join(folder, 'tall.png'))
})

async function draw(kind: PictureKind, methods: string[], more: object = {}): Promise<WrittenPicture[]> {
  const written: WrittenPicture[] = []
  const out = mkdtempSync(join(folder, 'out-'))
  for await (const event of visualize(photos, {kind, methods, ...common, out, ...more})) {
    if (isFailed(event)) throw new Error(event.error.message)
    written.push(...event.pictures)
  }
  return written
}

const known = new Map<string, Promise<TracedImage[]>>()

/** What the graph says, asked once for each method. */
function traces(method: string): Promise<TracedImage[]> {
  if (!known.has(method)) known.set(method, readTraces(method))
  return known.get(method)!
}

async function readTraces(method: string): Promise<TracedImage[]> {
  const tokenizer = await loadPatchTokenizer({method, ...common})
  try {
    const found: TracedImage[] = []
    for await (const image of tokenizer.trace(photos)) {
      if (isFailed(image)) throw new Error(image.error.message)
      found.push(image)
    }
    return found
  } finally {
    await tokenizer.release()
  }
}

/** The panels of each picture, with the boxes of its patches. */
async function panels(
  picture: WrittenPicture,
  count: number,
): Promise<{panels: Image[]; boxes: ReturnType<typeof patchBoxes>}> {
  const [page, original] = await Promise.all([readImage(picture.path), readImage(picture.image!)])
  const crop = (Math.min(original.width, original.height) * 224) / 256
  const scale = Math.max(1, Math.ceil(320 / crop))
  const size = {width: original.width * scale, height: original.height * scale}
  return {panels: panelsOf(page, size, count), boxes: patchBoxes(original, scale)}
}

describe('match', () => {
  test('a patch has the colour of its word, the same in every picture of the call, or is as it was', async () => {
    const [written, seen] = [await draw('match', ['inter:0.1']), await traces('inter:0.1')]
    const known = new Map<number, string>([[-1, 'photo']])
    const faults: string[] = []
    for (const [index, picture] of written.entries()) {
      const {
        panels: [photo, matched],
        boxes,
      } = await panels(picture, 2)
      const looks = looksOf(matched!, photo!, boxes)
      const {words} = seen[index]!.trace
      faults.push(...mismatches(words!, looks, known))
    }
    expect(faults).toEqual([])
    expect(known.size).toBeGreaterThan(8)
  })

  test('the overlay alone is the same, over nothing', async () => {
    const [written, seen] = [await draw('match', ['inter:0.1'], {overlay: true}), await traces('inter:0.1')]
    const [picture] = written
    const {default: sharp} = await import('sharp')
    const {data, info} = await sharp(readFileSync(picture!.path)).raw().toBuffer({resolveWithObject: true})
    expect(info.channels).toBe(4)
    const original = await readImage(picture!.image!)
    const scale = info.width / original.width
    for (const [patch, box] of patchBoxes(original, scale).entries()) {
      const middle = Math.floor((box.top + box.bottom) / 2) * info.width + Math.floor((box.left + box.right) / 2)
      expect(data[middle * 4 + 3]).toBe(seen[0]!.trace.words![patch]! < 0 ? 0 : 255)
    }
  })
})

describe('drop', () => {
  for (const method of ['intra:0.5', 'random:0.3'])
    test(`faded patches are those that ${method} dropped`, async () => {
      const [written, seen] = [await draw('drop', [method]), await traces(method)]
      for (const [index, picture] of written.entries()) {
        const {
          panels: [photo, dropped],
          boxes,
        } = await panels(picture, 2)
        const expected = seen[index]!.trace.layers[0]!.map((token) => (token < 0 ? 'faded' : 'photo'))
        expect(looksOf(dropped!, photo!, boxes), picture.path).toEqual(expected)
      }
    })
})

describe('merge', () => {
  for (const [method, layers] of [
    ['tome:16', [1, 3, 6]],
    ['inter:0.1', [6]],
    ['intra:0.3+inter:0.1+tome:4', [2, 6]],
  ] as const)
    test(`regions are the tokens of ${method}, layer by layer`, async () => {
      const [written, seen] = [await draw('merge', [method], {layers}), await traces(method)]
      const faults: string[] = []
      for (const [index, picture] of written.entries()) {
        const {
          panels: [photo, ...merged],
          boxes,
        } = await panels(picture, layers.length + 1)
        for (const [place, layer] of layers.entries()) {
          const tokens = seen[index]!.trace.layers[layer - 1]!
          const sizes = new Map<number, number>()
          for (const token of tokens) sizes.set(token, (sizes.get(token) ?? 0) + 1)
          // Tokens of a single patch all look like the photo; dropped patches look faded.
          const expected = tokens.map((token) => (token < 0 ? -1 : sizes.get(token) === 1 ? -2 : token))
          const looks = mergedTokens(merged[place]!, photo!, boxes, COLUMNS)
          const known = new Map([
            [-1, 'faded'],
            [-2, 'photo'],
          ])
          faults.push(...mismatches(expected, looks, known).map((fault) => `${picture.path} layer ${layer} ${fault}`))
        }
      }
      expect(faults).toEqual([])
    })

  test('a region has the mean colour of its pixels', async () => {
    const [picture] = await draw('merge', ['tome:16'])
    const [seen] = await traces('tome:16')
    const {
      panels: [photo, merged],
      boxes,
    } = await panels(picture!, 2)
    const tokens = seen!.trace.layers.at(-1)!
    const largest = tokens.find((token) => tokens.filter((other) => other === token).length > 3)!
    const sums = [0, 0, 0, 0]
    for (const [patch, {left, top, right, bottom}] of boxes.entries()) {
      if (tokens[patch] !== largest) continue
      for (let y = top; y < bottom; y += 1)
        for (let x = left; x < right; x += 1)
          [...pixelAt(photo!, x, y), 1].forEach((value, place) => {
            sums[place]! += value
          })
    }
    const {left, top, right, bottom} = boxes[tokens.indexOf(largest)]!
    const shown = pixelAt(merged!, Math.floor((left + right) / 2), Math.floor((top + bottom) / 2))
    for (const [channel, value] of shown.entries()) expect(value).toBeCloseTo(sums[channel]! / sums[3]!, -0.3)
  })
})

describe('compare', () => {
  test('each panel shows its own method', async () => {
    const methods = ['base', 'intra:0.5', 'inter:0.1', 'tome:16']
    const written = await draw('compare', methods)
    const [, intra, inter, tome] = await Promise.all(methods.map(traces))
    for (const [index, picture] of written.slice(0, 10).entries()) {
      const {
        panels: [base, dropped, matched, merged],
        boxes,
      } = await panels(picture, 4)
      expect(looksOf(base!, base!, boxes)).toEqual(boxes.map(() => 'photo'))
      const fates = intra![index]!.trace.layers[0]!.map((token) => (token < 0 ? 'faded' : 'photo'))
      expect(looksOf(dropped!, base!, boxes)).toEqual(fates)
      const known = new Map([[-1, 'photo']])
      expect(mismatches(inter![index]!.trace.words!, looksOf(matched!, base!, boxes), known)).toEqual([])
      const single = new Set(
        tome![index]!.trace.layers.at(-1)!.filter((token, _, all) => all.indexOf(token) === all.lastIndexOf(token)),
      )
      const tokens = tome![index]!.trace.layers.at(-1)!.map((token) => (single.has(token) ? -2 : token))
      expect(mismatches(tokens, mergedTokens(merged!, base!, boxes, COLUMNS), new Map([[-2, 'photo']]))).toEqual([])
    }
  })
})

describe('words', () => {
  let counts: number[] = []
  let seen: TracedImage[] = []
  beforeAll(async () => {
    seen = await traces('inter:0.1')
    counts = Array(100).fill(0)
    for (const {trace} of seen) for (const word of trace.words!) if (word >= 0) counts[word]! += 1
  })

  test('each row has the centroid of its word and patches that matched it', async () => {
    const [picture] = await draw('words', ['inter:0.1'], {out: join(folder, 'words.png'), top: 5})
    const sheet = await readImage(picture!.path)
    const {words} = await openVocabulary('photos-100')
    const ranked = counts.map((_, word) => word).sort((a, b) => counts[b]! - counts[a]! || a - b)
    for (const [row, word] of ranked.slice(0, 5).entries()) {
      const top = 108 + row * (64 + 12)
      const tile = (left: number) => shrink(cut(sheet, left, top, 64, 64)).join()
      expect(tile(192)).toBe(bytesOf((channel, y, x) => words[word * 768 + channel * 256 + y * 16 + x]!).join())
      const matching = new Set(
        seen.flatMap(({trace, image}) =>
          trace.words!.flatMap((matched, patch) => (matched === word ? [patchOf(image.pixels, patch).join()] : [])),
        ),
      )
      const shown = Math.min(10, counts[word]!)
      for (let place = 0; place < shown; place += 1) expect(matching).toContain(tile(192 + 64 + 8 + 24 + place * 68))
    }
  })

  test('the bars of frequency are as high as the words are frequent', async () => {
    const [picture] = await draw('frequency', ['inter:0.1'], {out: join(folder, 'frequency.png')})
    const chart = await readImage(picture!.path)
    const ranked = [...counts].sort((a, b) => b - a)
    // 100 words are 8 pixels apart; the axis ends 320 pixels above the base line at 452.
    const heights = ranked.map((_, rank) => {
      let height = 0
      for (let y = 0; y < 320; y += 1)
        if (pixelAt(chart, 92 + rank * 8 + 3, 451 - y).join() === '58,110,165') height = y + 1
      return height
    })
    const unit = heights[0]! / ranked[0]!
    for (const [rank, count] of ranked.entries()) {
      if (count === 0) expect(heights[rank]).toBe(0)
      // The curve of shares may cover the top of a bar: two and a half pixels wide, steep at the start.
      else if (rank > 20) expect(Math.abs(heights[rank]! - Math.max(1, count * unit))).toBeLessThanOrEqual(1.5)
    }
  })
})

afterAll(async () => {
  const {rm} = await import('node:fs/promises')
  await rm(folder, {recursive: true, force: true})
})

const MEAN = [0.48145466, 0.4578275, 0.40821073]
const STD = [0.26862954, 0.26130258, 0.27577711]

function bytesOf(valueAt: (channel: number, y: number, x: number) => number): number[] {
  return Array.from({length: 768}, (_, index) => {
    const [y, x, channel] = [Math.floor(index / 48), Math.floor((index % 48) / 3), index % 3]
    return Math.min(255, Math.max(0, Math.round((valueAt(channel, y, x) * STD[channel]! + MEAN[channel]!) * 255)))
  })
}

function patchOf(pixels: Float32Array, patch: number): number[] {
  const [row, column] = [Math.floor(patch / COLUMNS), patch % COLUMNS]
  return bytesOf((channel, y, x) => pixels[(channel * SIZE + row * PATCH + y) * SIZE + column * PATCH + x]!)
}

/** Every fourth pixel: the tile at the size of the patch. */
function shrink(tile: Image): number[] {
  return Array.from({length: 256}, (_, index) =>
    pixelAt(tile, (index % 16) * 4 + 1, Math.floor(index / 16) * 4 + 1),
  ).flat()
}
