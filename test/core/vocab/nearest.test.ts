import {readdirSync} from 'node:fs'
import {join} from 'node:path'
import {expect, onTestFinished, test} from 'vitest'
import {type Random, seededRandom} from '../../../src/core/base/random.js'
import {decodeImage} from '../../../src/core/image/decode.js'
import {extractPatches} from '../../../src/core/image/patches.js'
import {NearestSearch, planBlocks} from '../../../src/core/vocab/nearest.js'

const LENGTH = 48

async function search(patches: Float32Array, words: Float32Array, wordLength = LENGTH) {
  const nearest = await NearestSearch.open({wordLength, threads: 2})
  onTestFinished(() => nearest.release())
  return nearest.find(patches, words)
}

/** All distances, in double precision. */
function expectNearest(
  {word, distance}: Awaited<ReturnType<typeof search>>,
  patches: Float32Array,
  words: Float32Array,
  length = LENGTH,
): void {
  for (let patch = 0; patch < word.length; patch += 1) {
    let least = Number.POSITIVE_INFINITY
    let ofFound = Number.NaN
    for (let id = 0; id < words.length / length; id += 1) {
      let sum = 0
      for (let axis = 0; axis < length; axis += 1) {
        sum += (patches[patch * length + axis]! - words[id * length + axis]!) ** 2
      }
      least = Math.min(least, sum)
      if (id === Number(word[patch])) ofFound = sum
    }
    // What float32 resolves at the length of the patch.
    const close = 2e-6 * (1 + lengthOf(patches, patch, length) + least)
    expect(Math.abs(ofFound - least)).toBeLessThan(close)
    expect(Math.abs(distance[patch]! - least)).toBeLessThan(close)
  }
}

function lengthOf(patches: Float32Array, patch: number, length: number): number {
  return patches.subarray(patch * length, (patch + 1) * length).reduce((sum, value) => sum + value * value, 0)
}

/** Rows of one brightness each, with `contrast` around it. */
function rows(count: number, random: Random, contrast: (row: number) => number, spread = 3): Float32Array {
  const values = new Float32Array(count * LENGTH)
  for (let row = 0; row < count; row += 1) {
    const brightness = spread * (random() * 2 - 1)
    for (let axis = 0; axis < LENGTH; axis += 1) {
      values[row * LENGTH + axis] = brightness + contrast(row) * (random() * 2 - 1)
    }
  }
  return values
}

test('the nearest word is that of a search through all words: flat, busy and mixed patches', async () => {
  const random = seededRandom(1)
  const words = rows(120, random, (row) => [0.01, 0.3, 2][row % 3]!)
  for (const contrast of [() => 0, () => 0.05, () => 3, (row: number) => (row % 7) / 3]) {
    const patches = rows(700, random, contrast)
    expectNearest(await search(patches, words), patches, words)
  }
})

test('words that all have the same brightness, and words far from every patch, are found too', async () => {
  const random = seededRandom(2)
  const patches = rows(300, random, () => 1)
  const alike = rows(40, random, () => 1, 0)
  expectNearest(await search(patches, alike), patches, alike)
  const far = rows(40, random, () => 1).map((value) => value + 100)
  expectNearest(await search(patches, far), patches, far)
  const one = rows(1, random, () => 1)
  expect((await search(patches, one)).word.every((word) => word === 0n)).toBe(true)
})

test('of two equal words the lower id is named', async () => {
  const random = seededRandom(3)
  const word = rows(1, random, () => 1)
  const words = new Float32Array(3 * LENGTH)
  for (const id of [1, 2]) words.set(word, id * LENGTH)
  expect((await search(word, words)).word[0]).toBe(1n)
})

test('real patches and words taken from among them', async () => {
  const patchPx = 8
  const length = 3 * patchPx ** 2
  const images = readdirSync('examples').filter((name) => name.endsWith('.png'))
  const patches: Float32Array[] = []
  for (const name of images.slice(0, 3)) {
    const {data, width, height} = await decodeImage(join('examples', name))
    const pixels = Float32Array.from({length: data.length}, (_, index) => {
      const [channel, place] = [Math.floor(index / (width * height)), index % (width * height)]
      return data[place * 3 + channel]! / 64 - 2
    })
    patches.push(extractPatches(pixels, {height, width, patchPx}).data)
  }
  const all = Float32Array.from(patches.flatMap((data) => [...data]))
  const words = new Float32Array(100 * length)
  for (let id = 0; id < 100; id += 1) words.set(all.subarray(id * 17 * length, (id * 17 + 1) * length), id * length)
  expectNearest(await search(all, words, length), all, words, length)
})

test('every patch is in one block, and every word within its radius is in the run of its block', () => {
  const random = seededRandom(4)
  const count = 2000
  const brightness = Float64Array.from({length: count}, () => random() * 10)
  const radius = Float64Array.from({length: count}, () => random() ** 3 * 5)
  const words = Float64Array.from({length: 50}, () => random() * 8 + 1).sort()
  const blocks = planBlocks(
    Uint32Array.from({length: count}, (_, patch) => patch),
    brightness,
    radius,
    words,
  )
  expect(blocks.flatMap(({patches}) => [...patches]).sort((a, b) => a - b)).toEqual([...brightness.keys()])
  for (const {patches, first, end} of blocks) {
    expect(patches.length).toBeLessThanOrEqual(256)
    expect(end).toBeGreaterThan(first)
    for (const patch of patches) {
      for (const [word, value] of words.entries()) {
        if (Math.abs(value - brightness[patch]!) <= radius[patch]!) {
          expect(word >= first && word < end).toBe(true)
        }
      }
    }
  }
  expect(planBlocks(new Uint32Array(), brightness, radius, words)).toEqual([])
})
