/** Golden tensors of the BLIP fixtures, and their graphs run. */
import {readdirSync} from 'node:fs'
import {join, resolve} from 'node:path'
import type {Tensor} from '../../../src/core/base/tensor.js'
import type {BlipTextConfig} from '../../../src/core/models/blip-config.js'
import {arrangeBlipWeights} from '../../../src/core/models/blip-weights.js'
import {type ModelFolder, readModelFolder, requireKind} from '../../../src/core/models/folder.js'
import type {VisionConfig} from '../../../src/core/models/tower-config.js'
import type {TensorSpan, Weights} from '../../../src/core/weights/safetensors.js'
import {readGolden} from './golden.js'

export const BLIP_FIXTURES = resolve('test/fixtures/blip')
export const BLIP_FOLDERS = readdirSync(BLIP_FIXTURES, {withFileTypes: true})
  .filter((entry) => entry.isDirectory() && entry.name.startsWith('captioner'))
  .map(({name}) => name)

export async function readBlip(folder: string): Promise<ModelFolder<'blip'>> {
  return requireKind(await readModelFolder(join(BLIP_FIXTURES, folder)), 'blip', 'test')
}

export function blipGolden(folder: string, name: string, file = 'golden.safetensors'): Promise<Tensor> {
  return readGolden(join(BLIP_FIXTURES, folder, file), name)
}

/** The largest difference of any value. */
export function worstDifference(got: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (got.length !== expected.length) throw new Error(`${got.length} values are compared with ${expected.length}`)
  let worst = 0
  for (let index = 0; index < got.length; index += 1) {
    const difference = Math.abs(got[index]! - expected[index]!)
    worst = Number.isNaN(difference) ? Number.POSITIVE_INFINITY : Math.max(worst, difference)
  }
  return worst
}

/** Columns `first` up to, not including, `last` of a matrix of int64. */
export function columnsOf({data, dims}: Tensor, first: number, last: number): number[] {
  const width = dims[1]!
  return Array.from(data, Number).filter((_, index) => index % width >= first && index % width < last)
}

/** The rows of the first axis as plain numbers. */
export function rowsOf({data, dims}: Tensor): number[][] {
  const length = data.length / dims[0]!
  return Array.from({length: dims[0]!}, (_, row) => Array.from(data.slice(row * length, (row + 1) * length), Number))
}

/** Spans of a model that was never saved: graphs are written from names, shapes and offsets alone. */
export function pretendBlip(vision: VisionConfig, text: BlipTextConfig): Weights {
  const shapes = new Map<string, number[]>()
  const linear = (name: string, outputs: number, inputs: number) =>
    shapes.set(`${name}.weight`, [outputs, inputs]).set(`${name}.bias`, [outputs])
  const norm = (name: string, width: number) => shapes.set(`${name}.weight`, [width]).set(`${name}.bias`, [width])
  addVision(vision, {shapes, linear, norm})
  addDecoder(text, vision.width, {shapes, linear, norm})
  const tensors = new Map<string, TensorSpan>()
  let offset = 123_456
  for (const [name, shape] of shapes) {
    const byteLength = 4 * shape.reduce((product, length) => product * length, 1)
    tensors.set(name, {name, dtype: 'F32', shape, file: '/models/blip/model.safetensors', offset, byteLength})
    offset += byteLength
  }
  const weights = {folder: '/models/blip', files: [], tensors, metadata: {}, totalBytes: offset}
  return arrangeBlipWeights(weights, {vision})
}

type Shapes = {
  readonly shapes: Map<string, number[]>
  readonly linear: (name: string, outputs: number, inputs: number) => void
  readonly norm: (name: string, width: number) => void
}

function addVision(
  {width, layers, mlpWidth, imageSize, patchSize}: VisionConfig,
  {shapes, linear, norm}: Shapes,
): void {
  shapes
    .set('vision_model.embeddings.class_embedding', [1, 1, width])
    .set('vision_model.embeddings.position_embedding', [1, (imageSize / patchSize) ** 2 + 1, width])
    .set('vision_model.embeddings.patch_embedding.weight', [width, 3, patchSize, patchSize])
    .set('vision_model.embeddings.patch_embedding.bias', [width])
  for (let layer = 0; layer < layers; layer += 1) {
    const prefix = `vision_model.encoder.layers.${layer}`
    norm(`${prefix}.layer_norm1`, width)
    norm(`${prefix}.layer_norm2`, width)
    linear(`${prefix}.self_attn.qkv`, 3 * width, width)
    linear(`${prefix}.self_attn.projection`, width, width)
    linear(`${prefix}.mlp.fc1`, mlpWidth, width)
    linear(`${prefix}.mlp.fc2`, width, mlpWidth)
  }
  norm('vision_model.post_layernorm', width)
}

function addDecoder(text: BlipTextConfig, visionWidth: number, {shapes, linear, norm}: Shapes): void {
  const {width, layers, mlpWidth, vocabSize, maxPositions} = text
  const embeddings = 'text_decoder.bert.embeddings'
  shapes
    .set(`${embeddings}.word_embeddings.weight`, [vocabSize, width])
    .set(`${embeddings}.position_embeddings.weight`, [maxPositions, width])
    .set('text_decoder.cls.predictions.bias', [vocabSize])
  norm(`${embeddings}.LayerNorm`, width)
  for (let layer = 0; layer < layers; layer += 1) {
    const prefix = `text_decoder.bert.encoder.layer.${layer}`
    for (const [block, keyWidth] of [
      ['attention', width],
      ['crossattention', visionWidth],
    ] as const) {
      linear(`${prefix}.${block}.self.query`, width, width)
      linear(`${prefix}.${block}.self.key`, width, keyWidth)
      linear(`${prefix}.${block}.self.value`, width, keyWidth)
      linear(`${prefix}.${block}.output.dense`, width, width)
      norm(`${prefix}.${block}.output.LayerNorm`, width)
    }
    linear(`${prefix}.intermediate.dense`, mlpWidth, width)
    linear(`${prefix}.output.dense`, width, mlpWidth)
    norm(`${prefix}.output.LayerNorm`, width)
  }
  linear('text_decoder.cls.predictions.transform.dense', width, width)
  norm('text_decoder.cls.predictions.transform.LayerNorm', width)
}
