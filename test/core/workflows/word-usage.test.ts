import {expect, test} from 'vitest'
import {SAMPLES_PER_WORD, WordUsage, wordPicture} from '../../../src/core/workflows/word-usage.js'

const plain = {mean: [0, 0, 0], std: [1, 1, 1]}
const view = (words: number[], tokens = words.map((_, place) => place + 1)) => ({
  method: 'inter:0.1',
  trace: {layers: [tokens], words},
  tokens: {full: words.length + 1, used: 1, perLayer: [1]},
  inferMs: 1,
})
/** Four by four pixels in four patches; red says which patch, from 10 on. */
const pixels = (first = 10) =>
  Float32Array.from({length: 48}, (_, index) => {
    const [y, x] = [Math.floor((index % 16) / 4), index % 4]
    return index < 16 ? (first + 2 * Math.floor(y / 2) + Math.floor(x / 2)) / 255 : 0
  })
const red = ({data}: {data: Uint8Array}) => data[0]

test('matches are counted by word, dropped patches not at all', () => {
  const usage = new WordUsage(plain)
  usage.add({views: [view([2, -1, 2, 0])], pixels: pixels(), patchPx: 2})
  usage.add({views: [view([2, -1, -1, -1], [1, -1, -1, 2])], pixels: pixels(), patchPx: 2})
  expect(usage.counts(4)).toEqual([1, 0, 3, 0])
  expect([usage.images, usage.patches]).toEqual([2, 6])
  expect(usage.wordsPerImage).toEqual([2, 1])
})

test('samples are the patches that matched, as the model saw them', () => {
  const usage = new WordUsage(plain)
  usage.add({views: [view([2, -1, 2, 0])], pixels: pixels(), patchPx: 2})
  expect(usage.samples(2).map(red)).toEqual([10, 12])
  expect(usage.samples(0).map(red)).toEqual([13])
  expect(usage.samples(1)).toEqual([])
})

test('of many matches a few are kept, early and late ones alike, and the same for the same seed', () => {
  const kept = (seed: number) => {
    const usage = new WordUsage(plain, seed)
    for (let image = 0; image < 60; image += 1)
      usage.add({views: [view([5, 5, 5, 5])], pixels: pixels(4 * image), patchPx: 2})
    return usage.samples(5).map(red)
  }
  expect(kept(1)).toHaveLength(SAMPLES_PER_WORD)
  expect(kept(1)).toEqual(kept(1))
  expect(kept(1)).not.toEqual(kept(2))
  // Over many seeds the middle of what is kept is the middle of all: 240 patches, 0 to 239.
  const all = Array.from({length: 60}, (_, seed) => kept(seed)).flat()
  const mean = all.reduce<number>((sum, value) => sum + value!, 0) / all.length
  expect(Math.abs(mean - 119.5)).toBeLessThan(10)
})

test('a word becomes a picture: normalisation undone, cut to what bytes can hold', () => {
  const word = Float32Array.from([0, 9, -9, 0, 1, 1, 1, 1, -1, -1, -1, -1])
  const picture = wordPicture(word, 2, {mean: [0.5, 0.4, 0.2], std: [0.1, 0.2, 0.1]})
  // 0.5 · 255 = 127.5; 0.6 · 255 = 153; 0.1 · 255 = 25.5
  expect([...picture.data]).toEqual([128, 153, 26, 255, 153, 26, 0, 153, 26, 128, 153, 26])
})
