/** Captions end to end: ids, scores and texts against transformers' BlipForConditionalGeneration, files, batches, hooks. */
import {readFileSync} from 'node:fs'
import {join} from 'node:path'
import {describe, expect, onTestFinished, test} from 'vitest'
import {ImageError, InterruptedError, UsageError} from '../../../../src/core/base/errors.js'
import {
  type CaptionedImage,
  type Captioner,
  type CaptionerOptions,
  type CaptionOptions,
  type CaptionProgress,
  type CaptionResult,
  loadCaptioner,
} from '../../../../src/core/workflows/caption/caption.js'
import type {SearchSettings} from '../../../../src/core/workflows/caption/search.js'
import {BLIP_FIXTURES, blipGolden} from '../../models/blip-golden.js'

type Case = {
  readonly folder: string
  readonly settings: SearchSettings
  readonly prompt: string
  readonly found: ReadonlyArray<{readonly ids: readonly number[]; readonly score: number | null; readonly text: string}>
}

const {cases} = JSON.parse(readFileSync('test/fixtures/generation/captions.json', 'utf8')) as {cases: readonly Case[]}
const TINY = join(BLIP_FIXTURES, 'captioner-f32')
const [BIRD, SHIP, DEER] = ['red-bird-water', 'blue-ship-water', 'white-deer-night'].map((name) =>
  join('examples', `${name}.png`),
) as [string, string, string]

async function open(options: CaptionerOptions = {}): Promise<Captioner> {
  const captioner = await loadCaptioner({model: TINY, device: 'cpu', threads: 1, ...options})
  onTestFinished(() => captioner.release())
  return captioner
}

async function gather(captioner: Captioner, images: readonly string[], options: CaptionOptions = {}) {
  const results: CaptionResult[] = []
  for await (const result of captioner.caption(images, options)) results.push(result)
  return results
}

const captionsOf = (results: readonly CaptionResult[]) => results.map((result) => (result as CaptionedImage).caption)

describe.each(['captioner-f32', 'captioner-f16'])('%s', (folder) => {
  const own = cases.filter((one) => one.folder === folder)

  test('ids, scores and texts are those of transformers, with all settings, prompts and images', async () => {
    expect(own.length).toBeGreaterThan(100)
    const captioner = await open({model: join(BLIP_FIXTURES, folder)})
    const pixels = await blipGolden(folder, 'pixel_values')
    for (const {settings, prompt, found} of own) {
      const label = JSON.stringify({...settings, prompt})
      const {captions} = await captioner.captionPixels(pixels, [0, 1, 2], {...settings, prompt})
      expect(
        captions.map(({ids, caption}) => ({ids, text: caption})),
        label,
      ).toEqual(found.map(({ids, text}) => ({ids, text})))
      for (const [image, {score}] of captions.entries()) {
        const expected = found[image]!.score
        if (expected !== null) expect(Math.abs(score - expected), label).toBeLessThan(1e-4 * Math.max(1, -expected))
      }
    }
  })
})

test('an image gets the caption it gets alone, beside one that cannot be read and whatever the batch', async () => {
  const captioner = await open()
  const images = [BIRD, 'nowhere.jpg', SHIP, DEER]
  const alone = captionsOf(await gather(captioner, [BIRD, SHIP, DEER]))
  for (const batch of [2, 4]) {
    const results = await gather(captioner, images, {batch})
    expect(results.map((result) => 'error' in result)).toEqual([false, true, false, false])
    expect(captionsOf(results.filter((result) => !('error' in result)))).toEqual(alone)
    expect(results.map(({path}) => path)).toEqual(images)
  }
})

test.each(['intra:0.5', 'inter:0.1', 'tome:2', 'intra:0.3+tome:1+q8'])(
  '%s shortens what the decoder looks at, and a batch of unequal lengths changes no caption',
  async (method) => {
    const captioner = await open({method})
    const alone = await gather(captioner, [BIRD, SHIP, DEER])
    for (const {tokens} of alone as CaptionedImage[]) expect(tokens.used).toBeLessThan(tokens.full)
    const together = await gather(captioner, [BIRD, SHIP, DEER], {batch: 3})
    expect(together.map((result) => (result as CaptionedImage).tokens)).toEqual(
      alone.map((result) => (result as CaptionedImage).tokens),
    )
    // With q8 the rows of a step share a scale, so a caption may differ.
    if (!method.includes('q8')) expect(captionsOf(together)).toEqual(captionsOf(alone))
  },
)

test.each([1, 3])('with %s beams each token is told once it is written, the caption at the end', async (beams) => {
  const captioner = await open()
  const told: CaptionProgress[] = []
  const results = await gather(captioner, [BIRD, SHIP], {beams, batch: 2, onToken: (progress) => told.push(progress)})
  for (const [image, {path, caption}] of (results as CaptionedImage[]).entries()) {
    const own = told.filter((progress) => progress.image === image)
    expect(own.length).toBeGreaterThan(2)
    expect(new Set(own.map((progress) => progress.path))).toEqual(new Set([path]))
    expect(own.at(-1)!.text).toBe(caption)
    expect(own[0]!.ids).toHaveLength(2)
  }
})

test('an aborted signal ends the work before the next token', async () => {
  const captioner = await open()
  const controller = new AbortController()
  let tokens = 0
  const running = gather(captioner, [BIRD, SHIP], {
    signal: controller.signal,
    onToken: () => {
      tokens += 1
      controller.abort()
    },
  })
  await expect(running).rejects.toThrow(InterruptedError)
  expect(tokens).toBe(1)
})

test('a caption takes milliseconds in all three parts, and its score is a log-probability', async () => {
  const result = await (await open()).captionOne(BIRD)
  for (const part of ['load', 'encode', 'decode'] as const) expect(result.ms[part]).toBeGreaterThan(0)
  expect(result.score).toBeLessThan(0)
})

test('words of the prompt that the model does not know are told', async () => {
  const warnings: string[] = []
  const captioner = await open({onWarning: (message) => warnings.push(message)})
  await captioner.captionOne(BIRD, {prompt: 'a zebra 🦓', maxLength: 20})
  expect(warnings).toEqual([expect.stringMatching(/does not know "zebra", "🦓" in the prompt/)])
})

describe('what cannot be done is refused', () => {
  test.each([
    ['a prompt longer than the model places', {prompt: 'a '.repeat(30)}, /at most 24 tokens, .* but is 32/],
    ['a prompt that leaves no room', {prompt: 'a red bird on the water', maxLength: 6}, /takes 7 tokens/],
    ['more tokens than the model places', {maxLength: 40}, /max-length .* from 2 to 24, but is 40/],
    ['no beam at all', {beams: 0}, /beams .* but is 0/],
  ])('%s', async (_, options, message) => {
    const captioner = await open()
    const error: unknown = await captioner.captionOne(BIRD, options).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(UsageError)
    expect((error as UsageError).message).toMatch(message)
  })

  test('a model that writes no captions', async () => {
    const error: unknown = await loadCaptioner({model: 'test/fixtures/clip/patch16-f32'}).catch((thrown) => thrown)
    expect(error).toBeInstanceOf(UsageError)
    expect((error as UsageError).code).toBe('model-kind')
    expect((error as UsageError).suggestions.join(' ')).toMatch(/mini-caption/)
  })

  test('an image that is missing, asked for alone', async () => {
    await expect((await open()).captionOne('nowhere.jpg')).rejects.toThrow(ImageError)
  })
})
