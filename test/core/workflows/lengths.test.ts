/** Token lengths: against groups told by eye, and against the whole model with the same method in it. */
import {readdirSync} from 'node:fs'
import {join} from 'node:path'
import {expect, test} from 'vitest'
import {InterruptedError} from '../../../src/core/base/errors.js'
import {loadLengthCounter} from '../../../src/core/workflows/lengths.js'
import {loadPatchTokenizer} from '../../../src/core/workflows/tokenize.js'
import {temporaryFolder} from '../weights/files.js'
import {colourVocabulary, MOSAIC_MODEL, mosaic} from './mosaic.js'

const model = MOSAIC_MODEL

async function gather<T>(items: AsyncIterable<T>): Promise<T[]> {
  const gathered: T[] = []
  for await (const item of items) gathered.push(item)
  return gathered
}

test('lengths by vocabulary and set, worked by hand', async () => {
  const folder = temporaryFolder()
  const [stripes, green] = await Promise.all([
    mosaic(['RRBB', 'RRBB', 'GGGG', 'GGGG'], folder, 'stripes.png'),
    mosaic(['GGGG', 'GGGG', 'GGGG', 'GGGG'], folder, 'green.png'),
  ])
  const [red, three] = await Promise.all([colourVocabulary('R'), colourVocabulary('RGB')])
  const counter = await loadLengthCounter({model, vocabs: [red, three], methods: ['inter:0.1', 'base', 'inter:2']})
  const both = await gather(counter.count([stripes, green, 'nowhere.png']))
  const table = counter.tabulate([
    {name: 'both', images: both},
    {name: 'none', images: both.slice(2)},
  ])
  await counter.release()
  expect(table.full).toBe(17)
  expect(table.sets).toMatchObject([
    {name: 'both', images: 2, failed: [{path: 'nowhere.png', error: {code: 'image-missing'}}]},
    {name: 'none', images: 0},
  ])
  // Class token and: 1 red + 12 alone, 16 alone; red, green and blue, green; at 2 every patch matches some word.
  expect(table.rows.map(({vocab, words, method, lengths}) => [vocab, words, method, lengths[0]!.tokens])).toEqual([
    [null, null, 'base', {count: 2, mean: 17, std: 0, min: 17, max: 17}],
    [red, 1, 'inter:0.1', {count: 2, mean: 15.5, std: Math.sqrt(4.5), min: 14, max: 17}],
    [red, 1, 'inter:2', {count: 2, mean: 2, std: 0, min: 2, max: 2}],
    [three, 3, 'inter:0.1', {count: 2, mean: 3, std: Math.sqrt(2), min: 2, max: 4}],
    [three, 3, 'inter:2', {count: 2, mean: 3, std: Math.sqrt(2), min: 2, max: 4}],
  ])
  expect(table.rows[1]!.lengths[1]).toEqual({set: 'none', tokens: null})
  expect(table.rows[1]!.source).toBe('the colours R')
})

test('the whole model uses as many tokens as are counted without it', async () => {
  const vocab = await colourVocabulary('RGBW')
  const images = readdirSync('examples')
    .filter((name) => name.endsWith('.png'))
    .map((name) => join('examples', name))
  const methods = ['intra:0.3', 'inter:0.3', 'intra:0.3+inter:0.3', 'inter:0.3+random:0.25']
  const counter = await loadLengthCounter({model, vocabs: [vocab], methods, seed: 3})
  const counted = await gather(counter.count(images))
  const order = counter.rows.map((row) => row.method)
  await counter.release()
  for (const method of methods) {
    const tokenizer = await loadPatchTokenizer({model, method, vocab, seed: 3, device: 'cpu'})
    const used = (await gather(tokenizer.tokenize(images))).map((image) => 'tokens' in image && image.tokens.used)
    await tokenizer.release()
    const row = order.indexOf(method)
    expect(counted.map((image) => 'lengths' in image && image.lengths[row])).toEqual(used)
    if (method.includes('inter')) expect(new Set(used).size).toBeGreaterThan(1)
  }
})

test('a method in the encoder is refused, with what ends before it', async () => {
  await expect(loadLengthCounter({model, methods: ['inter:0.1+tome:2']})).rejects.toMatchObject({
    code: 'method-in-encoder',
    message: expect.stringContaining('tome:2 in inter:0.1+tome:2 does not'),
    suggestions: ['--method inter:0.1', expect.stringContaining('vwt tokenize')],
  })
})

test('an abort is heard between two images', async () => {
  const counter = await loadLengthCounter({model, methods: ['base']})
  const controller = new AbortController()
  const counting = counter.count(['examples/red-bird-water.png', 'nowhere.png'], {signal: controller.signal})
  expect((await counting.next()).value).toMatchObject({lengths: [17]})
  controller.abort()
  await expect(counting.next()).rejects.toThrow(InterruptedError)
  await counter.release()
})
