/** The decoder step by step against transformers without a cache (test/fixtures/blip/make_tiny_blip.py). */
import {cpSync, readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {onnx} from 'onnx-proto'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import type {Tensor} from '../../../../src/core/base/tensor.js'
import {parseMethodSpec} from '../../../../src/core/methods/spec.js'
import {towerOf} from '../../../../src/core/models/architectures.js'
import {decoderGroups, writeBlipCross, writeBlipStep} from '../../../../src/core/models/blip-decoder.js'
import {readModelFolder, requireKind} from '../../../../src/core/models/folder.js'
import {readSafetensorsHeader, readTensor, readTensorBytes} from '../../../../src/core/weights/safetensors.js'
import {CaptionDecoder, type EncodedImages} from '../../../../src/core/workflows/caption/decoder.js'
import {LabelScorer} from '../../../../src/core/workflows/label-scores.js'
import {quantizeModel} from '../../../../src/core/workflows/quantize.js'
import {openQuantized} from '../../../../src/core/workflows/quantized.js'
import {graphPieces} from '../../../../src/core/workflows/vision.js'
import {
  BLIP_FIXTURES,
  BLIP_FOLDERS,
  blipGolden,
  columnsOf,
  readBlip,
  rowsOf,
  worstDifference,
} from '../../models/blip-golden.js'
import {CLIP_FIXTURES, rowOf} from '../../models/golden.js'
import {temporaryFolder} from '../../weights/files.js'

const TOLERANCE = 1e-4
const open = async (folder: string, spec = 'base') =>
  CaptionDecoder.open(await readBlip(folder), {spec: parseMethodSpec(spec), device: 'cpu'})

describe.each(BLIP_FOLDERS)('%s', (folder) => {
  let decoder: CaptionDecoder
  let pixels: Tensor
  let encoded: EncodedImages
  beforeAll(async () => {
    decoder = await open(folder)
    pixels = await blipGolden(folder, 'pixel_values')
    encoded = await decoder.encode(pixels, [0, 1, 2])
  })
  afterAll(() => decoder.release())

  test('id by id, logits are those of transformers', async () => {
    const ids = await blipGolden(folder, 'input_ids')
    const expected = placesOf(await blipGolden(folder, 'logits'))
    const session = decoder.start(encoded)
    for (const [place, logits] of expected.entries()) {
      const got = await session.step(columnsOf(ids, place, place + 1), {rows: 3})
      expect(worstDifference(got.logits, logits)).toBeLessThan(TOLERANCE)
    }
    expect(session.length).toBe(expected.length)
  })

  test('a prompt in one step gives what its ids give one by one', async () => {
    const ids = await blipGolden(folder, 'input_ids')
    const expected = placesOf(await blipGolden(folder, 'logits'))
    const session = decoder.start(encoded)
    const first = await session.step(columnsOf(ids, 0, 4), {rows: 3})
    expect(worstDifference(first.logits, expected[3]!)).toBeLessThan(TOLERANCE)
    const rest = await session.step(columnsOf(ids, 4, 6), {rows: 3})
    expect(worstDifference(rest.logits, expected[5]!)).toBeLessThan(TOLERANCE)
  })

  test('beams continue the rows their parents name, over padded images', async () => {
    const masked = await withLengths(folder, encoded)
    const [ids, parents, logits] = await Promise.all(
      ['beam_ids', 'beam_parents', 'beam_logits'].map(async (name) => rowsOf(await blipGolden(folder, name))),
    )
    const session = decoder.start(masked)
    for (const [step, expected] of logits!.entries()) {
      const got = await session.step(ids![step]!, {rows: 6, ...(step > 0 ? {parents: parents![step]!} : {})})
      expect(worstDifference(got.logits, expected)).toBeLessThan(TOLERANCE)
    }
  })

  test('one row for each image may become several in the next step', async () => {
    const masked = await withLengths(folder, encoded)
    const [ids, parents, logits] = await Promise.all(
      ['beam_ids', 'beam_parents', 'beam_logits'].map(async (name) => rowsOf(await blipGolden(folder, name))),
    )
    const session = decoder.start(masked)
    await session.step(
      [0, 2, 4].map((row) => ids![0]![row]!),
      {rows: 3},
    )
    const {logits: got} = await session.step(ids![1]!, {
      rows: 6,
      parents: parents![1]!.map((row) => Math.floor(row / 2)),
    })
    expect(worstDifference(got, logits![1]!)).toBeLessThan(TOLERANCE)
  })

  test('probabilities add up to 1', async () => {
    const {logProbs} = await decoder.start(encoded).step([4, 4, 4], {rows: 3})
    const total = logProbs.reduce((sum, value) => sum + Math.exp(value), 0)
    expect(total).toBeCloseTo(3, 5)
  })
})

test('an image of fewer tokens is captioned among others as alone', async () => {
  const decoder = await open('captioner-f32', 'inter:0.5')
  const pixels = await blipGolden('captioner-f32', 'pixel_values')
  const together = await decoder.encode(pixels, [0, 1, 2])
  const used = together.features.map(({layerTokens}) => layerTokens.at(-1)!)
  expect(new Set(used).size).toBeGreaterThan(1)
  const {logits} = await decoder.start(together).step([4, 7, 4, 7, 4, 7], {rows: 3})
  for (const image of [0, 1, 2]) {
    const alone = await decoder.encode(rowOf(pixels, image), [image])
    expect(alone.features[0]!.layerTokens).toEqual(together.features[image]!.layerTokens)
    const {logits: own} = await decoder.start(alone).step([4, 7], {rows: 1})
    expect(worstDifference(own, logits.subarray(image * own.length, (image + 1) * own.length))).toBeLessThan(TOLERANCE)
  }
  await decoder.release()
})

describe('q8', () => {
  const copyFolder = () => {
    const folder = temporaryFolder()
    cpSync(join(BLIP_FIXTURES, 'captioner-f32'), folder, {recursive: true})
    return folder
  }

  test('every linear layer of the decoder is a product of integers', async () => {
    const folder = requireKind(await readModelFolder(copyFolder()), 'blip', 'test')
    const {config, weights} = folder
    const quantized = await openQuantized(folder)
    expect([...quantized.weights.tensors.values()].filter(({dtype}) => dtype === 'I8')).toHaveLength(
      towerOf(folder).groups.flatMap(({layers}) => layers).length,
    )
    const {linear} = graphPieces(parseMethodSpec('q8'))
    const graphs = [writeBlipCross, writeBlipStep].map((write) => [
      opsOf(write(quantized.weights, config, {dialect: 'fused', linear})),
      opsOf(write(weights, config, {dialect: 'fused'})),
    ])
    const [cross, step] = graphs.map(([int8]) => int8!.filter((op) => op === 'MatMulIntegerToFloat').length)
    expect([cross, step]).toEqual(graphs.map(([, float]) => float!.filter((op) => op === 'Gemm').length))
    expect(graphs.flatMap(([int8]) => int8!)).not.toContain('Gemm')
    expect(cross! + step!).toBe(decoderGroups(config).flatMap(({layers}) => layers).length)
  })

  test('calibration moves outliers of the vision tower, fused weights included, and leaves the decoder as it is', async () => {
    const folder = copyFolder()
    const plain = await openQuantized(await readModelFolder(folder))
    const before = await readTensor(plain.weights.tensors.get('vision_model.encoder.layers.0.layer_norm1.weight')!)
    const decoder = ['text_decoder.cls.predictions.decoder.weight', 'text_decoder.bert.embeddings.LayerNorm.bias']
    const bytesOf = (all: typeof plain.weights.tensors) =>
      Promise.all(decoder.map((name) => readTensorBytes(all.get(name)!)))
    const old = await bytesOf(plain.weights.tensors)
    const calibrate = [{path: 'test/fixtures/images/rgb.jpg'}, {path: 'test/fixtures/images/palette.png'}]
    const {file} = await quantizeModel({model: folder, calibrate, threads: 1})
    const {tensors} = await readSafetensorsHeader(file)
    const after = await readTensor(tensors.get('vision_model.encoder.layers.0.layer_norm1.weight')!)
    expect(worstDifference(after, before)).toBeGreaterThan(0.01)
    const now = await bytesOf(tensors)
    expect(now.map((bytes, at) => Buffer.compare(Buffer.from(bytes), Buffer.from(old[at]!)))).toEqual([0, 0])
    const pixels = await blipGolden('captioner-f32', 'pixel_values')
    const smoothed = await CaptionDecoder.open(await readModelFolder(folder), {spec: parseMethodSpec('q8')})
    const {outputs} = await smoothed.vision.runWhole(pixels, [0, 1, 2])
    const expected = (await blipGolden('captioner-f32', 'image_tokens')).data as Float32Array
    expect(relativeError(outputs.image_tokens!.data as Float32Array, expected)).toBeLessThan(0.1)
    await smoothed.release()
  })

  test('logits stay close to those of float32', async () => {
    const folder = copyFolder()
    const ids = columnsOf(await blipGolden('captioner-f32', 'input_ids'), 0, 6)
    const pixels = await blipGolden('captioner-f32', 'pixel_values')
    const [float, int8] = await Promise.all(
      ['base', 'q8'].map(async (spec) => {
        const decoder = await CaptionDecoder.open(await readModelFolder(folder), {spec: parseMethodSpec(spec)})
        const {logits} = await decoder.start(await decoder.encode(pixels, [0, 1, 2])).step(ids, {rows: 3})
        await decoder.release()
        return logits
      }),
    )
    expect(relativeError(int8!, float!)).toBeLessThan(0.1)
    expect(relativeError(int8!, float!)).toBeGreaterThan(0)
  })
})

test('a CLIP folder is refused with a model that captions', async () => {
  const clip = await readModelFolder(`${CLIP_FIXTURES}/patch16-f32`)
  await expect(CaptionDecoder.open(clip, {spec: parseMethodSpec('base')})).rejects.toMatchObject({
    code: 'model-kind',
    message:
      'To write captions takes a model of kind blip, but patch16-f32 is of kind clip, which compares images with texts.',
  })
})

test('a BLIP folder is refused where images are compared with labels', async () => {
  await expect(LabelScorer.open(await readBlip('captioner-f32'), {labels: ['cat', 'dog']})).rejects.toMatchObject({
    code: 'model-kind',
    message:
      'To compare images with labels takes a model of kind clip, but captioner-f32 is of kind blip, which writes captions.',
  })
})

test('more ids than the model has positions are refused with both numbers', async () => {
  const decoder = await open('captioner-f32')
  const encoded = await decoder.encode(rowOf(await blipGolden('captioner-f32', 'pixel_values'), 0), [0])
  const session = decoder.start(encoded)
  await session.step(new Array<number>(20).fill(7), {rows: 1})
  await expect(session.step([7, 7, 7, 7, 7], {rows: 1})).rejects.toMatchObject({
    code: 'caption-too-long',
    message: 'The model writes captions of up to 24 tokens, but is asked for 25.',
  })
  await decoder.release()
})

test('a decoder with weights that are no numbers is named with the tensor, not heard as words', async () => {
  const folder = temporaryFolder()
  cpSync(join(BLIP_FIXTURES, 'captioner-f32'), folder, {recursive: true})
  const name = 'text_decoder.bert.encoder.layer.1.output.dense.bias'
  const {offset} = (await readSafetensorsHeader(join(folder, 'model.safetensors'))).tensors.get(name)!
  const bytes = readFileSync(join(folder, 'model.safetensors'))
  bytes.writeFloatLE(Number.NaN, offset)
  writeFileSync(join(folder, 'model.safetensors'), bytes)
  const decoder = await CaptionDecoder.open(await readModelFolder(folder), {spec: parseMethodSpec('base')})
  const encoded = await decoder.encode(rowOf(await blipGolden('captioner-f32', 'pixel_values'), 0), [0])
  await expect(decoder.start(encoded).step([4], {rows: 1})).rejects.toThrow(name)
  await decoder.release()
})

/** Root of the mean squared difference, as a share of that of the expected values. */
function relativeError(got: Float32Array, expected: Float32Array): number {
  const squares = expected.reduce((sum, value) => sum + value ** 2, 0)
  return Math.sqrt(expected.reduce((sum, value, at) => sum + (value - got[at]!) ** 2, 0) / squares)
}

function opsOf({bytes}: {readonly bytes: Uint8Array}): string[] {
  return onnx.ModelProto.decode(bytes).graph!.node!.map(({opType}) => opType!)
}

/** What stands behind each place: `[rows, places, V]` → `[places][rows·V]`. */
function placesOf({data, dims}: Tensor): number[][] {
  const [rows, places, vocabulary] = dims as [number, number, number]
  return Array.from({length: places}, (_, place) =>
    Array.from({length: rows}, (_unused, row) => {
      const start = (row * places + place) * vocabulary
      return Array.from(data.slice(start, start + vocabulary), Number)
    }).flat(),
  )
}

/** The same images as if only their first tokens were there, as many as the fixture says. */
async function withLengths(folder: string, encoded: EncodedImages): Promise<EncodedImages> {
  const lengths = Array.from((await blipGolden(folder, 'image_lengths')).data, Number)
  const {dims} = encoded.shared.token_valid!
  const data = Float32Array.from(
    lengths.flatMap((length) => Array.from({length: dims[1]!}, (_, place) => Number(place < length))),
  )
  return {...encoded, shared: {...encoded.shared, token_valid: {type: 'float32', dims, data}}}
}
