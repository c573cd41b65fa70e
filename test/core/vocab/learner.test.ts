import {readFileSync} from 'node:fs'
import {expect, onTestFinished, test} from 'vitest'
import {seededRandom} from '../../../src/core/base/random.js'
import {drawDifferent, type LearnerOptions, WordLearner} from '../../../src/core/vocab/learner.js'

/** Steps of scikit-learn 1.9.1, see make_minibatch.py beside it. */
const golden = JSON.parse(readFileSync('test/fixtures/vocab/minibatch.json', 'utf8')) as {
  wordCount: number
  wordLength: number
  first: number[]
  steps: {patches: number[]; words: number[]; weights: number[]; drawn: number[]; inertia: number}[]
}
const {wordCount, wordLength} = golden

async function open(options: Partial<LearnerOptions> = {}): Promise<WordLearner> {
  const learner = await WordLearner.open({wordCount, wordLength, seed: 0, threads: 2, ...options})
  onTestFinished(() => learner.release())
  return learner
}

const atFirst = () => ({
  words: Float32Array.from(golden.first),
  weights: new Float64Array(wordCount),
  patchesSince: 0,
  steps: 0,
})

test('every step gives the words, weights and inertia of scikit-learn', async () => {
  const reassigned: number[] = []
  const learner = await open({state: atFirst(), drawPatches: (_below, _count, step) => golden.steps[step]!.drawn})
  for (const step of golden.steps) {
    const result = await learner.learn(Float32Array.from(step.patches))
    reassigned.push(result.reassigned)
    const {words, weights} = learner.state!
    expect([...weights]).toEqual(step.weights)
    for (const [index, value] of words.entries()) expect(value).toBeCloseTo(step.words[index]!, 5)
    expect(result.distance.reduce((sum, value) => sum + value, 0)).toBeCloseTo(step.inertia, 2)
  }
  expect(reassigned).toEqual(golden.steps.map(({drawn}) => drawn.length))
  expect(reassigned[0]).toBeGreaterThan(0) // Otherwise nothing was tested of it.
})

test('a learner that goes on from a saved state ends where the first one ends, to the bit', async () => {
  const through = await open({state: atFirst()})
  for (const {patches} of golden.steps) await through.learn(Float32Array.from(patches))
  let state = atFirst() as WordLearner['state']
  for (const {patches} of golden.steps) {
    const part = await open({state: structuredClone(state)!})
    await part.learn(Float32Array.from(patches))
    state = part.state
  }
  expect(state).toEqual(through.state)
})

test('the nearest word and its distance are those of a naive search, in pieces too', async () => {
  const random = seededRandom(3)
  const count = 2500 // More than one piece.
  const patches = Float32Array.from({length: count * wordLength}, () => random() * 4 - 2)
  const learner = await open({state: atFirst()})
  const {word, distance} = await learner.learn(patches)
  for (let patch = 0; patch < count; patch += 1) {
    const distances = Array.from({length: wordCount}, (_, id) => {
      let sum = 0
      for (let axis = 0; axis < wordLength; axis += 1) {
        sum += (patches[patch * wordLength + axis]! - golden.first[id * wordLength + axis]!) ** 2
      }
      return sum
    })
    expect(distance[patch]).toBeCloseTo(Math.min(...distances), 3)
    expect(distances[Number(word[patch])]).toBeCloseTo(Math.min(...distances), 3)
  }
})

test('seeding takes patches of the sample, spread out: one from each of three far groups', async () => {
  const random = seededRandom(5)
  const centres = [-50, 0, 50]
  const patches = Float32Array.from({length: 300 * wordLength}, (_, index) => {
    return centres[Math.floor(index / wordLength) % 3]! + random()
  })
  const rows = new Set(Array.from({length: 300}, (_, row) => rowText(patches, row)))
  const learner = await open({wordCount: 3})
  await learner.seed(patches)
  const {words} = learner.state!
  const groups = [0, 1, 2].map((word) => Math.round(words[word * wordLength]! / 50))
  expect(groups.sort()).toEqual([-1, 0, 1])
  for (const word of [0, 1, 2]) expect(rows).toContain(rowText(words, word))
})

test('words wanted from fewer different patches are refused with both numbers', async () => {
  const learner = await open({wordCount: 4})
  const patches = Float32Array.from(
    {length: 100 * wordLength},
    (_, index) => (Math.floor(index / wordLength) % 3) + 0.1,
  )
  const seeding = learner.seed(patches)
  await expect(seeding).rejects.toThrow(
    '4 words need at least 4 different patches to start from, but the first 100 patches hold 3',
  )
  await expect(seeding).rejects.toMatchObject({code: 'patches-too-alike'})
})

test('the same seed gives the same words, another seed others', async () => {
  const patches = Float32Array.from(golden.steps.flatMap((step) => step.patches))
  const seeded = async (seed: number) => {
    const learner = await open({seed, wordCount: 8})
    await learner.seed(patches)
    await learner.learn(patches)
    return learner.state!.words
  }
  const first = await seeded(1)
  expect(await seeded(1)).toEqual(first)
  expect(await seeded(2)).not.toEqual(first)
})

test('drawn patches differ, stay below the limit, and all come up', () => {
  const random = seededRandom(0)
  const seen = new Set<number>()
  for (let round = 0; round < 50; round += 1) {
    const drawn = drawDifferent(10, 4, random)
    expect(new Set(drawn).size).toBe(4)
    for (const value of drawn) seen.add(value)
  }
  expect([...seen].sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
  expect(drawDifferent(5, 5, random).sort()).toEqual([0, 1, 2, 3, 4])
})

function rowText(rows: Float32Array, row: number): string {
  return rows.subarray(row * wordLength, (row + 1) * wordLength).join()
}
