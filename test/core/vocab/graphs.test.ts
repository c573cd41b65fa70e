import {expect, onTestFinished, test} from 'vitest'
import {seededRandom} from '../../../src/core/base/random.js'
import {extractPatches} from '../../../src/core/image/patches.js'
import {CLIP_MEAN, CLIP_STD} from '../../../src/core/image/processor.js'
import {openSession} from '../../../src/core/runtime/session.js'
import {buildDistanceGraph, buildMoveGraph, buildPatchGraph} from '../../../src/core/vocab/graphs.js'

async function open(graph: Parameters<typeof openSession>[0], threads = 2) {
  const session = await openSession(graph, {threads})
  onTestFinished(() => session.release())
  return session
}

test('patches are the normalised pixels, cut as the plain reference cuts them, view after view', async () => {
  const [side, patchSize] = [12, 4]
  const random = seededRandom(1)
  const data = Uint8Array.from({length: 2 * side * side * 3}, () => random() * 256)
  const session = await open(buildPatchGraph({patchSize, imageMean: CLIP_MEAN, imageStd: CLIP_STD}, side))
  const {patches} = await session.run({views: {type: 'uint8', dims: [2, side, side, 3], data}})
  const expected = [0, 1].flatMap((view) => {
    const bytes = data.subarray(view * side * side * 3)
    const pixels = Float32Array.from({length: 3 * side * side}, (_, index) => {
      const [channel, place] = [Math.floor(index / side ** 2), index % side ** 2]
      return (bytes[place * 3 + channel]! / 255 - CLIP_MEAN[channel]!) / CLIP_STD[channel]!
    })
    return [...extractPatches(pixels, {height: side, width: side, patchPx: patchSize}).data]
  })
  expect(patches!.dims).toEqual([18, 48])
  for (const [index, value] of expected.entries()) expect(patches!.data[index]).toBeCloseTo(value, 5)
})

test('distances are squared and Euclidean, but for the length of the candidate', async () => {
  const length = 768
  const random = seededRandom(2)
  const sample = Float32Array.from({length: 20 * length}, () => random() * 4 - 2)
  const product = (a: number, b: number) => {
    let sum = 0
    for (let axis = 0; axis < length; axis += 1) sum += sample[a * length + axis]! * sample[b * length + axis]!
    return sum
  }
  const session = await open(buildDistanceGraph(length))
  const {part} = await session.run({
    candidates: {type: 'float32', dims: [2, length], data: sample.slice(7 * length, 9 * length)},
    sample: {type: 'float32', dims: [20, length], data: sample},
    squares: {type: 'float32', dims: [20], data: Float32Array.from({length: 20}, (_, patch) => product(patch, patch))},
  })
  for (let patch = 0; patch < 20; patch += 1) {
    const distance = (candidate: number) => product(patch, patch) - 2 * product(candidate, patch)
    expect(part!.data[patch]).toBeCloseTo(distance(7), 1)
    expect(part!.data[20 + patch]).toBeCloseTo(distance(8), 1)
  }
})

test('words move to keep · word + gain · sum; a word without patches stays what it is to the bit', async () => {
  const session = await open(buildMoveGraph(2), 1)
  const {moved} = await session.run({
    patches: {type: 'float32', dims: [3, 2], data: Float32Array.of(1, 2, 10, 20, 3, 4)},
    word: {type: 'int64', dims: [3], data: BigInt64Array.of(2n, 0n, 2n)},
    words: {type: 'float32', dims: [3, 2], data: Float32Array.of(100, 200, 0.1, 0.3, 8, 16)},
    keep: {type: 'float32', dims: [3, 1], data: Float32Array.of(0.5, 1, 0.25)},
    gain: {type: 'float32', dims: [3, 1], data: Float32Array.of(2, 0, 0.5)},
  })
  expect(moved!.data).toEqual(Float32Array.of(70, 140, 0.1, 0.3, 4, 7))
})

test('many patches of one word are all added, whatever their number', async () => {
  const session = await open(buildMoveGraph(4), 1)
  const count = 20_000
  const {moved} = await session.run({
    patches: {type: 'float32', dims: [count, 4], data: new Float32Array(count * 4).fill(1)},
    word: {type: 'int64', dims: [count], data: BigInt64Array.from({length: count}, (_, index) => BigInt(index % 2))},
    words: {type: 'float32', dims: [2, 4], data: new Float32Array(8)},
    keep: {type: 'float32', dims: [2, 1], data: Float32Array.of(0, 0)},
    gain: {type: 'float32', dims: [2, 1], data: Float32Array.of(1, 1)},
  })
  expect([...moved!.data]).toEqual(Array.from({length: 8}, () => count / 2))
})
