/** Each dropping method twice: its plan in plain TypeScript and its piece of graph, on random and worked input. */
import {describe, expect, test} from 'vitest'
import {seededRandom} from '../../../src/core/base/random.js'
import {float32Tensor} from '../../../src/core/base/tensor.js'
import {Graph} from '../../../src/core/graph/graph.js'
import {planKeepByVariance} from '../../../src/core/methods/intra.js'
import {keepCount, planKeepBest} from '../../../src/core/methods/keep.js'
import {planKeepAtRandom} from '../../../src/core/methods/random.js'
import {parseMethodSpec} from '../../../src/core/methods/spec.js'
import {buildEntryTrace} from '../../../src/core/models/tokenisation.js'
import {openSession} from '../../../src/core/runtime/session.js'

const PATCHES = 49
const LENGTH = 12

/** Runs the selection of `spec` on patches `[batch, 49, 12]` → kept positions and trace per image. */
async function runSelection(spec: string, pixels: Float32Array, {seed = 0, firstImage = 0} = {}) {
  const batch = pixels.length / PATCHES / LENGTH
  const {steps} = parseMethodSpec(spec)
  const g = new Graph('selection')
  const context = {g, patchCount: PATCHES, patchLength: LENGTH, trace: true}
  const input = g.input('pixels', 'float32', ['batch', PATCHES, LENGTH])
  const selected = steps.reduce((patches, step) => step.select!(context, patches), {pixels: input} as Parameters<
    NonNullable<(typeof steps)[0]['select']>
  >[1])
  g.output('kept', selected.kept!, 'int64', ['batch', 'kept'])
  g.output('left', selected.pixels, 'float32', ['batch', 'kept', LENGTH])
  g.output('trace', buildEntryTrace(context, selected), 'int64', ['batch', PATCHES])
  const session = await openSession(g.finish())
  const settings = steps.map((step) =>
    step.inputs({
      geometry: {patchCount: PATCHES, patchLength: LENGTH, layers: 1, width: 1, mlpWidth: 1},
      images: Array.from({length: batch}, (_, image) => firstImage + image),
      seed,
    }),
  )
  const outputs = await session.run({
    pixels: float32Tensor(pixels, [batch, PATCHES, LENGTH]),
    ...Object.assign({}, ...settings),
  })
  await session.release()
  const rows = (name: string, width: number) =>
    Array.from({length: batch}, (_, image) =>
      [...outputs[name]!.data.slice(image * width, (image + 1) * width)].map(Number),
    )
  const width = outputs.kept!.dims[1]!
  return {kept: rows('kept', width), left: rows('left', width * LENGTH), trace: rows('trace', PATCHES)}
}

function randomPixels(batch: number, seed: number): Float32Array {
  const next = seededRandom(seed)
  return Float32Array.from({length: batch * PATCHES * LENGTH}, () => next() * 4 - 2)
}

describe('VWT intra keeps the busiest patches, in image order', () => {
  test('worked by hand: variances 0, 40.5, 2, 32', () => {
    const pixels = Float32Array.of(5, 5, 0, 9, 4, 6, 0, 8)
    expect(planKeepByVariance(pixels, 2, 2)).toEqual({kept: [1, 3], dropped: [0, 2]})
  })

  for (const fraction of [0.1, 0.5, 0.9]) {
    test(`graph and plan agree on a batch of random images, ${fraction} dropped`, async () => {
      const pixels = randomPixels(3, 7)
      const {kept, left} = await runSelection(`intra:${fraction}`, pixels)
      for (const image of [0, 1, 2]) {
        const own = pixels.subarray(image * PATCHES * LENGTH, (image + 1) * PATCHES * LENGTH)
        const plan = planKeepByVariance(own, LENGTH, keepCount(PATCHES, fraction))
        expect(kept[image]).toEqual(plan.kept)
        expect(left[image]).toEqual(
          plan.kept.flatMap((patch) => [...own.subarray(patch * LENGTH, (patch + 1) * LENGTH)]),
        )
      }
    })
  }

  test('of equal patches the earlier stay, in graph and plan', async () => {
    const flat = new Float32Array(PATCHES * LENGTH).fill(0.5)
    const first = Array.from({length: keepCount(PATCHES, 0.5)}, (_, patch) => patch)
    expect((await runSelection('intra:0.5', flat)).kept[0]).toEqual(first)
    expect(planKeepByVariance(flat, LENGTH, first.length).kept).toEqual(first)
  })

  test('a flat saturated colour is not flat to the method: channels are pooled', () => {
    const red = Float32Array.of(2, 2, -1, -1, -1, -1)
    const grey = Float32Array.of(0, 0.5, 0, 0.5, 0, 0.5)
    expect(planKeepByVariance(Float32Array.of(...grey, ...red), 6, 1).kept).toEqual([1])
  })
})

describe('the random control', () => {
  test('draws what its plan draws, another set for every image', async () => {
    const {kept} = await runSelection('random:0.5', randomPixels(2, 1), {seed: 5, firstImage: 10})
    const count = keepCount(PATCHES, 0.5)
    expect(kept[0]).toEqual(planKeepAtRandom(PATCHES, count, {seed: 5, image: 10}).kept)
    expect(kept[1]).toEqual(planKeepAtRandom(PATCHES, count, {seed: 5, image: 11}).kept)
    expect(kept[0]).not.toEqual(kept[1])
  })
  test('spares no patch: over 2,000 draws each is kept about half the time', () => {
    const hits = new Array(PATCHES).fill(0)
    for (let image = 0; image < 2000; image += 1) {
      for (const patch of planKeepAtRandom(PATCHES, 24, {seed: 1, image}).kept) hits[patch] += 1
    }
    const expected = (2000 * 24) / PATCHES
    for (const count of hits) expect(Math.abs(count - expected)).toBeLessThan(5 * Math.sqrt(expected / 2))
  })
})

test('the trace names the token of every patch, -1 where it was dropped', async () => {
  const {kept, trace} = await runSelection('intra:0.8', randomPixels(2, 3))
  for (const image of [0, 1]) {
    expect(trace[image]).toEqual(
      Array.from({length: PATCHES}, (_, patch) =>
        kept[image]!.includes(patch) ? kept[image]!.indexOf(patch) + 1 : -1,
      ),
    )
  }
})

test('kept and dropped cover the patches once', () => {
  const {kept, dropped} = planKeepBest([3, 1, 2, 3], 2)
  expect(kept).toEqual([0, 3])
  expect([...kept, ...dropped].sort()).toEqual([0, 1, 2, 3])
})
