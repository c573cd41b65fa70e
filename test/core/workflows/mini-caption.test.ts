/** The captioner that comes with vwt says what transformers says with its folder. */
import {readFileSync, statSync} from 'node:fs'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {type Captioner, loadCaptioner} from '../../../src/core/workflows/caption/caption.js'

type Said = {readonly file: string; readonly caption: string; readonly ids: number[]; readonly score: number | null}
type Way = 'beams' | 'greedy' | 'prompt'

const said: {readonly prompt: string; readonly asked: Record<Way, Said[]>} = JSON.parse(
  readFileSync('test/fixtures/mini-caption/captions.json', 'utf8'),
)
const settings = {beams: {}, greedy: {beams: 1}, prompt: {prompt: said.prompt}}

describe('mini-caption', () => {
  let captioner: Captioner
  beforeAll(async () => {
    captioner = await loadCaptioner({model: 'mini-caption', threads: 1})
  })
  afterAll(() => captioner?.release())

  for (const way of ['beams', 'greedy', 'prompt'] as const)
    test(`${way}: the example pictures get transformers' captions, ids and scores`, async () => {
      const expected = said.asked[way]
      const found: Said[] = []
      const ids = new Map<string, readonly number[]>()
      const images = expected.map(({file}) => `examples/${file}`)
      const onToken = (progress: {path: string; ids: readonly number[]}) => ids.set(progress.path, progress.ids)
      for await (const result of captioner.caption(images, {...settings[way], batch: 5, onToken})) {
        if ('error' in result) throw new Error(result.error.message)
        const file = result.path.replace('examples/', '')
        found.push({file, caption: result.caption, ids: [...ids.get(result.path)!], score: result.score})
      }
      expect(found.map(({file, caption, ids}) => ({file, caption, ids}))).toEqual(
        expected.map(({file, caption, ids}) => ({file, caption, ids})),
      )
      for (const [index, {score}] of expected.entries())
        if (score !== null) expect(Math.abs((found[index]?.score ?? Number.NaN) - score)).toBeLessThan(2e-3)
    })

  test('takes less than 14 MB', () => {
    const files = ['config.json', 'model.safetensors', 'preprocessor_config.json', 'tokenizer.json']
    const bytes = files.reduce((sum, file) => sum + statSync(`models/mini-caption/${file}`).size, 0)
    expect(bytes).toBeLessThan(14e6)
  })
})
