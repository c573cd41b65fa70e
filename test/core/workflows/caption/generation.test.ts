/** Greedy and beam search against transformers' generate, over hundreds of settings; batches; the end by a signal. */
import {readFileSync} from 'node:fs'
import {describe, expect, test} from 'vitest'
import {InterruptedError, ModelError} from '../../../../src/core/base/errors.js'
import {generate, type NextTokenScores} from '../../../../src/core/workflows/caption/generation.js'
import {
  checkSettings,
  DEFAULT_SETTINGS,
  type FoundSequence,
  type SearchSettings,
} from '../../../../src/core/workflows/caption/search.js'
import {HashModel} from '../hash-model.js'

type Case = {
  readonly settings: SearchSettings
  readonly prompt: readonly number[]
  readonly vocabulary: number
  readonly firstImage: number
  readonly found: readonly FoundSequence[]
}

const GOLDEN = JSON.parse(readFileSync('test/fixtures/generation/generation.json', 'utf8')) as {
  readonly eosId: number
  readonly padId: number
  readonly images: number
  readonly cases: readonly Case[]
}
const {eosId, padId} = GOLDEN

const imagesOf = ({firstImage}: Case) => Array.from({length: GOLDEN.images}, (_, image) => firstImage + image)

function search({settings, prompt, vocabulary}: Case, images: readonly number[]): Promise<FoundSequence[]> {
  const model = new HashModel(vocabulary, images, settings.beams === 1 ? 'logits' : 'log-probabilities')
  return generate(model, {imageCount: images.length, prompt, eosId, padId}, settings)
}

test('the cases cover greedy and beam search, every setting, prompts and unequal lengths', () => {
  const {cases} = GOLDEN
  expect(cases.length).toBeGreaterThanOrEqual(400)
  for (const name of Object.keys(DEFAULT_SETTINGS) as (keyof SearchSettings)[]) {
    const values = new Set(cases.map(({settings}) => settings[name]))
    expect(values.size, name).toBeGreaterThanOrEqual(3)
  }
  expect(new Set(cases.map(({prompt}) => prompt.length)).size).toBe(3)
  const uneven = cases.filter(({found}) => new Set(found.map(({ids}) => ids.length)).size > 1)
  expect(uneven.length).toBeGreaterThan(100)
})

describe.each([1, 2, 3, 5, 8])('%s beams', (beams) => {
  const cases = GOLDEN.cases.filter(({settings}) => settings.beams === beams)

  test('find the ids and scores of transformers, whatever the settings', async () => {
    for (const one of cases) {
      const found = await search(one, imagesOf(one))
      const label = JSON.stringify({...one.settings, prompt: one.prompt, firstImage: one.firstImage})
      expect(
        found.map(({ids}) => ids),
        label,
      ).toEqual(one.found.map(({ids}) => ids))
      for (const [image, {score}] of found.entries()) {
        const expected = one.found[image]!.score
        expect(Math.abs(score - expected), label).toBeLessThan(2e-6 * Math.max(1, Math.abs(expected)))
      }
    }
  })

  test('find for an image alone what they find for it in a batch, to the bit', async () => {
    for (const one of cases.slice(0, 10)) {
      const together = await search(one, imagesOf(one))
      for (const [place, image] of imagesOf(one).entries()) {
        expect((await search(one, [image]))[0]).toEqual(together[place])
      }
    }
  })
})

test('the scorer is asked no oftener than the longest image needs', async () => {
  const settings = {...DEFAULT_SETTINGS, beams: 1, minLength: 0, maxLength: 40}
  const model = new HashModel(64, [3, 4, 5], 'logits')
  const found = await generate(model, {imageCount: 3, prompt: [2], eosId, padId}, settings)
  expect(model.steps).toBe(Math.max(...found.map(({ids}) => ids.length - 1)))
})

test('each step shows the leading sequence of every image at work, the last one being what is found', async () => {
  for (const beams of [1, 3]) {
    const seen: number[][][] = [[], []]
    const model = new HashModel(64, [3, 4], beams === 1 ? 'logits' : 'log-probabilities')
    const found = await generate(
      model,
      {imageCount: 2, prompt: [2, 7], eosId, padId},
      {...DEFAULT_SETTINGS, beams},
      {onStep: (image, ids) => seen[image]!.push([...ids])},
    )
    for (const [image, {ids}] of found.entries()) {
      expect(seen[image]!.at(-1)).toEqual(ids)
      expect(seen[image]![0]).toHaveLength(3)
      expect(seen[image]![0]!.slice(0, 2)).toEqual([2, 7])
    }
  }
})

test('an aborted signal ends the search before the next step', async () => {
  const controller = new AbortController()
  const model = new HashModel(64, [3], 'log-probabilities')
  const running = generate(model, {imageCount: 1, prompt: [2], eosId, padId}, DEFAULT_SETTINGS, {
    signal: controller.signal,
    onStep: () => controller.abort(),
  })
  await expect(running).rejects.toThrow(InterruptedError)
  expect(model.steps).toBe(1)
})

for (const beams of [1, 3]) {
  test(`scores that are not numbers are refused with ${beams} beams`, async () => {
    const step: NextTokenScores['step'] = async (ids) => new Float32Array(ids.length * 64).fill(Number.NaN)
    const request = {imageCount: 1, prompt: [2], eosId, padId}
    await expect(generate({vocabSize: 64, step}, request, {...DEFAULT_SETTINGS, beams})).rejects.toThrow(ModelError)
  })
}

describe('settings', () => {
  const place = {promptLength: 4, maxPositions: 512, vocabSize: 1000}
  test.each([
    [{beams: 0}, /beams should be a whole number of sequences from 1 to 64, but is 0/],
    [{beams: 2.5}, /beams .* but is 2\.5/],
    [{maxLength: 513}, /max-length .* from 2 to 512, but is 513/],
    [{minLength: -1}, /min-length .* but is -1/],
    [{minLength: 21}, /min-length should be at most --max-length, but is 21 where --max-length is 20/],
    [{lengthPenalty: Number.NaN}, /length-penalty .* but is NaN/],
    [{repetitionPenalty: 0}, /repetition-penalty .* but is 0/],
    [{maxLength: 4, minLength: 0}, /The prompt takes 4 tokens .* leaves none of --max-length 4/],
  ])('%j is refused', (change, message) => {
    expect(() => checkSettings({...DEFAULT_SETTINGS, ...change}, place)).toThrow(message)
  })

  test('as many beams as a quarter of the vocabulary are allowed', () => {
    expect(() => checkSettings({...DEFAULT_SETTINGS, beams: 10}, {...place, vocabSize: 40})).not.toThrow()
    expect(() => checkSettings({...DEFAULT_SETTINGS, beams: 11}, {...place, vocabSize: 40})).toThrow(/from 1 to 10/)
  })
})
