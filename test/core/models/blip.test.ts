/** BLIP's vision tower against transformers, plain and with every method in it (make_tiny_blip.py, make_methods.py). */
import {describe, expect, test} from 'vitest'
import {float32Tensor, int64Tensor} from '../../../src/core/base/tensor.js'
import {unitWords} from '../../../src/core/methods/words.js'
import {writeBlipVision} from '../../../src/core/models/blip.js'
import {writeBlipCross, writeBlipStep} from '../../../src/core/models/blip-decoder.js'
import {openSession} from '../../../src/core/runtime/session.js'
import {BLIP_FOLDERS, blipGolden, pretendBlip, readBlip, rowsOf, worstDifference} from './blip-golden.js'
import {runVision} from './golden.js'

const SPECS = [
  'intra:0.5',
  'inter:0.6',
  'intra:0.3+inter:0.6',
  'tome:2',
  'tome:3,-1',
  'tome-vwt:2',
  'intra:0.3+tome:2',
  'inter:0.6+tome:2',
]

test('there are folders of either kind', () => expect(BLIP_FOLDERS).toEqual(['captioner-f16', 'captioner-f32']))

describe.each(BLIP_FOLDERS)('%s', (folder) => {
  for (const dialect of ['fused', 'plain'] as const) {
    test(`${dialect} image tokens are those of transformers`, async () => {
      const model = await readBlip(folder)
      const {outputs} = await runVision(model, 'base', await blipGolden(folder, 'pixel_values'), {dialect})
      const expected = await blipGolden(folder, 'image_tokens')
      expect(outputs.image_tokens!.dims).toEqual(expected.dims)
      const tokens = outputs.image_tokens!.data as Float32Array
      expect(worstDifference(tokens, expected.data as Float32Array)).toBeLessThan(1e-4)
      expect(new Set(Array.from(outputs.token_valid!.data, Number))).toEqual(new Set([1]))
      expect(outputs.image_embeds!.data).toEqual(firstTokens(expected.dims, tokens))
    })
  }

  for (const spec of SPECS) {
    test(`${spec}: tokens and groups are those of the papers, padding told apart`, async () => {
      const model = await readBlip(folder)
      const methods = (name: string) => blipGolden(folder, name, 'methods.safetensors')
      const {data, dims} = await methods('words')
      const words = unitWords(data as Float32Array, dims[1]!)
      const {outputs} = await runVision(model, spec, await blipGolden(folder, 'pixel_values'), {words})
      const counts = Array.from((await methods(`${spec}.token_count`)).data, Number)
      const expected = rowsOf(await methods(`${spec}.image_tokens`))
      const valid = rowsOf(outputs.token_valid!)
      const trace = rowsOf(await methods(`${spec}.patch_token`))
      const traced = rowsOf(outputs.patch_token!)
      const {width} = model.config.vision
      for (const [image, tokens] of rowsOf(outputs.image_tokens!).entries()) {
        const length = counts[image]! * width
        expect(worstDifference(tokens.slice(0, length), expected[image]!.slice(0, length))).toBeLessThan(1e-4)
        const places = tokens.length / width
        expect(valid[image]).toEqual(Array.from({length: places}, (_, place) => Number(place < counts[image]!)))
        expect(traced[image]!.slice(-trace[image]!.length)).toEqual(trace[image])
      }
    })
  }
})

test.each(BLIP_FOLDERS)('%s: the decoder of plain operators gives the logits of transformers', async (folder) => {
  const {weights, config} = await readBlip(folder)
  const {text} = config
  const cross = await openSession(writeBlipCross(weights, config, {dialect: 'plain'}))
  const step = await openSession(writeBlipStep(weights, config, {dialect: 'plain'}))
  const imageTokens = await blipGolden(folder, 'image_tokens')
  const ids = await blipGolden(folder, 'input_ids')
  const [images, tokens] = imageTokens.dims as [number, number, number]
  const lengths = Array.from((await blipGolden(folder, 'image_lengths')).data, Number)
  const valid = lengths.flatMap((length) => Array.from({length: tokens}, (_, place) => Number(place < length)))
  const none = float32Tensor([], [images, text.heads, 0, text.headDim])
  const pasts = Array.from({length: text.layers}, (_, layer) => [`past.${layer}.keys`, `past.${layer}.values`]).flat()
  const {logits} = await step.run({
    ...(await cross.run({image_tokens: imageTokens})),
    ...Object.fromEntries(pasts.map((name) => [name, none])),
    input_ids: ids,
    parents: int64Tensor([0, 1, 2]),
    token_valid: float32Tensor(valid, [images, tokens]),
  })
  const expected = rowsOf(await blipGolden(folder, 'masked_logits')).flatMap((row) => row.slice(-text.vocabSize))
  expect(worstDifference(logits!.data as Float32Array, expected)).toBeLessThan(1e-4)
  await Promise.all([cross.release(), step.release()])
})

test('graphs of BLIP base and large stay within 150 KB', async () => {
  const {config} = await readBlip('captioner-f32')
  const sizes = [
    {width: 768, layers: 12, heads: 12, headDim: 64, mlpWidth: 3072},
    {width: 1024, layers: 24, heads: 16, headDim: 64, mlpWidth: 4096},
  ]
  for (const size of sizes) {
    const vision = {...config.vision, ...size, imageSize: 384, patchSize: 16}
    const text = {...config.text, ...sizes[0]!, vocabSize: 30_524, maxPositions: 512}
    const weights = pretendBlip(vision, text)
    for (const write of [writeBlipVision, writeBlipCross, writeBlipStep]) {
      expect(write(weights, {vision, text}, {dialect: 'fused'}).bytes.length).toBeLessThan(150_000)
    }
  }
})

/** The class token of each image: `[B, T, D]` → `[B·D]`. */
function firstTokens(dims: readonly number[], tokens: Float32Array): Float32Array {
  const [batch, count, width] = dims as [number, number, number]
  return Float32Array.from(
    Array.from({length: batch}, (_, image) => [
      ...tokens.slice(image * count * width, (image * count + 1) * width),
    ]).flat(),
  )
}
