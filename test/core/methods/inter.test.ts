/** VWT inter: the plan in plain TypeScript worked by hand, and its piece of graph against the plan. */
import {describe, expect, test} from 'vitest'
import {seededRandom} from '../../../src/core/base/random.js'
import {float32Tensor} from '../../../src/core/base/tensor.js'
import {Graph} from '../../../src/core/graph/graph.js'
import {planInterGroups} from '../../../src/core/methods/inter.js'
import {parseMethodSpec} from '../../../src/core/methods/spec.js'
import {unitWords} from '../../../src/core/methods/words.js'
import {openSession, type Session} from '../../../src/core/runtime/session.js'

const LENGTH = 6

/** A session that only groups: `[B, K, 6]` pixels, tokens that are one-hot by patch. */
async function openGrouping(
  spec: string,
  patchCount: number,
): Promise<{
  session: Session
  run: (images: Float32Array[], words: Float32Array, otherSpec?: string) => ReturnType<Session['run']>
}> {
  const step = parseMethodSpec(spec).steps[0]!
  const g = new Graph('grouping')
  const context = {g, patchCount, patchLength: LENGTH, trace: true}
  const pixels = g.input('pixels', 'float32', ['batch', patchCount, LENGTH])
  const eye = Array.from({length: patchCount ** 2}, (_, index) => (index % (patchCount + 1) === 0 ? 1 : 0))
  const embedded = g.expand(
    g.constant('float32', eye, [1, patchCount, patchCount]),
    g.concat([g.shape(pixels, 0, 1), g.ints([1, 1])], 0),
  )
  const {tokens, valid, tokenOfPatch, wordOfPatch} = step.group!(context, {pixels}, embedded)
  g.output('tokens', tokens, 'float32', ['batch', 'tokens', patchCount])
  g.output('valid', valid!, 'float32', ['batch', 'tokens'])
  g.output('token_of_patch', tokenOfPatch!, 'int64', ['batch', patchCount])
  g.output('word_of_patch', wordOfPatch!, 'int64', ['batch', patchCount])
  const session = await openSession(g.finish())
  const geometry = {patchCount, patchLength: LENGTH, layers: 1, width: 1, mlpWidth: 1}
  return {
    session,
    run(images, words, otherSpec = spec) {
      const settings = parseMethodSpec(otherSpec).steps[0]!.inputs({
        geometry,
        images: images.map((_, image) => image),
        seed: 0,
        words: unitWords(words, LENGTH),
      })
      const flat = Float32Array.from(images.flatMap((image) => [...image]))
      return session.run({pixels: float32Tensor(flat, [images.length, patchCount, LENGTH]), ...settings})
    },
  }
}

function randomRows(count: number, seed: number): Float32Array {
  const next = seededRandom(seed)
  return Float32Array.from({length: count * LENGTH}, () => next() * 2 - 1)
}

describe('worked by hand', () => {
  const word = (...hot: number[]) => Array.from({length: LENGTH}, (_, index) => (hot.includes(index) ? 1 : 0))
  const words = Float32Array.of(...word(0), ...word(1))
  // Patches 0 and 3 look like word 1, patch 1 like word 0 though far longer, 2 like none, 4 is black.
  const patches = Float32Array.of(
    ...word(1),
    ...word(0).map((value) => 9 * value),
    ...word(2, 3),
    ...word(1),
    ...word(),
  )

  test('matched words by ascending id, then the unmatched in raster order, each with a label of its own', () => {
    expect(planInterGroups(patches, words, {wordLength: LENGTH, distanceThreshold: 0.1})).toEqual({
      labels: [0, 1, 2 + 2, 2 + 4],
      tokenOfPatch: [1, 0, 2, 1, 3],
    })
  })

  test('a distance equal to the threshold still matches; black is at distance 1', () => {
    const {tokenOfPatch} = planInterGroups(patches, words, {wordLength: LENGTH, distanceThreshold: 1})
    expect(tokenOfPatch).toEqual([1, 0, 0, 1, 0]) // of equally near words the first
  })

  test('tokens are plain means of their patches', async () => {
    const {session, run} = await openGrouping('inter:0.1', 5)
    const {tokens, valid} = await run([patches], words)
    expect([...tokens!.data]).toEqual([0, 1, 0, 0, 0, 0.5, 0, 0, 0.5, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1])
    expect([...valid!.data]).toEqual([1, 1, 1, 1])
    await session.release()
  })
})

test('graph and plan group random patches alike, in one batch of unequal images', async () => {
  for (const threshold of [0.1, 0.3, 0.6]) {
    const words = randomRows(20, 99)
    const images = [
      randomRows(30, 1),
      randomRows(30, 2),
      Float32Array.from({length: 30 * LENGTH}, (_, index) => words[index % LENGTH]!),
    ]
    const {session, run} = await openGrouping(`inter:${threshold}`, 30)
    const {token_of_patch, valid} = await run(images, words)
    for (const [image, patches] of images.entries()) {
      const plan = planInterGroups(patches, words, {wordLength: LENGTH, distanceThreshold: threshold})
      const got = Array.from(token_of_patch!.data.slice(image * 30, (image + 1) * 30), Number)
      expect(got).toEqual(plan.tokenOfPatch)
      const width = valid!.dims[1]!
      const kept = Array.from(valid!.data.slice(image * width, (image + 1) * width), Number)
      expect(kept).toEqual(Array.from({length: width}, (_, token) => (token < plan.labels.length ? 1 : 0)))
    }
    await session.release()
  }
})

describe('closer than float32 sums can tell', () => {
  /** 1 - cosine in float64. */
  const distanceOf = (a: Float32Array, b: Float32Array) => {
    const dot = (x: Float32Array, y: Float32Array) => x.reduce((sum, value, at) => sum + value * y[at]!, 0)
    return 1 - dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b))
  }

  test('of two words a few bits apart the nearer one is found', async () => {
    const first = randomRows(10, 7)
    const twins = first.map((value, at) => value + (((at * 13) % 7) - 3) * 2e-7)
    const words = Float32Array.of(...first, ...twins)
    const patches = randomRows(60, 8)
    const {session, run} = await openGrouping('inter:2', 60)
    const {token_of_patch} = await run([patches], words)
    const plan = planInterGroups(patches, words, {wordLength: LENGTH, distanceThreshold: 2})
    expect(plan.labels.some((label) => label >= 10) && plan.labels.some((label) => label < 10)).toBe(true)
    expect(Array.from(token_of_patch!.data, Number)).toEqual(plan.tokenOfPatch)
    await session.release()
  })

  test('a threshold 5e-8 below or above the distance decides', async () => {
    const words = randomRows(1, 3)
    const {session, run} = await openGrouping('inter:0.1', 1)
    for (let at = 0; at < 40; at += 1) {
      const patch = words.map((value, place) => value + 0.3 * Math.sin(17 * at + place))
      const distance = distanceOf(patch, words)
      for (const aside of [-5e-8, 5e-8]) {
        const {word_of_patch} = await run([patch], words, `inter:${distance + aside}`)
        expect(Number(word_of_patch!.data[0])).toBe(aside < 0 ? -1 : 0)
      }
    }
    await session.release()
  })
})

for (const bad of ['-0.1', '2.1', 'near', '']) {
  test(`inter:${bad} is refused with the range`, () => {
    expect(() => parseMethodSpec(`inter:${bad}`)).toThrow(/from 0 to 2, but got/)
  })
}
