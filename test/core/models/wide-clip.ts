/**
 * A CLIP folder with seeded random weights, wide enough for int8: rounding errors of single products average out over
 * 128 channels, as they do over the 768 of a real model and do not over the 24 of the smallest fixtures.
 */
import {copyFileSync, readFileSync, writeFileSync} from 'node:fs'
import {join, resolve} from 'node:path'
import {type Random, seededRandom} from '../../../src/core/base/random.js'
import {elementCount, float32Tensor, type Tensor} from '../../../src/core/base/tensor.js'
import {type TensorToWrite, writeSafetensors} from '../../../src/core/weights/write.js'
import {temporaryFolder} from '../weights/files.js'

const WIDTH = 128
const MLP_WIDTH = 512
const LAYERS = 4
const PATCHES = 16
const PROJECTION = 64
const SOURCE = resolve('test/fixtures/clip/patch16-f32')

export type WideClipOptions = {
  readonly seed?: number
  /**
   * Blows up this many channels behind every LayerNorm by 60 and shrinks the weights behind them alike: in exact
   * arithmetic the same model, with the outlying channels that trained ones are known for.
   */
  readonly outliers?: number
}

/** Writes the folder; it goes away with the test. @returns its path. */
export async function wideClip({seed = 1, outliers = 0}: WideClipOptions = {}): Promise<string> {
  const folder = temporaryFolder()
  for (const name of ['preprocessor_config.json', 'tokenizer.json', 'tokenizer_config.json']) {
    copyFileSync(join(SOURCE, name), join(folder, name))
  }
  const config = JSON.parse(readFileSync(join(SOURCE, 'config.json'), 'utf8'))
  const vision = {hidden_size: WIDTH, intermediate_size: MLP_WIDTH, num_attention_heads: 4, num_hidden_layers: LAYERS}
  const changed = {...config, projection_dim: PROJECTION, vision_config: {...config.vision_config, ...vision}}
  writeFileSync(join(folder, 'config.json'), JSON.stringify(changed))
  await writeWideWeights(folder, {seed, outliers})
  return folder
}

/** Writes other weights of the same shapes into the folder. */
export async function writeWideWeights(folder: string, {seed = 1, outliers = 0}: WideClipOptions = {}): Promise<void> {
  const noise = gaussian(seededRandom(seed))
  const tensors = Object.entries(shapes()).map(([name, dims]): TensorToWrite & {data: Float32Array} => {
    const data = Float32Array.from({length: elementCount(dims)}, () => weightOf(name, dims, noise()))
    return {name, dtype: 'F32', shape: dims, data}
  })
  for (let layer = 0; layer < LAYERS; layer += 1) blowUp(tensors, layer, outliers)
  await writeSafetensors(join(folder, 'model.safetensors'), tensors)
}

/** Normalised pixels of seeded noise with structure: every image has its own brightness and contrast. */
export function widePixels(count: number, seed = 7): Tensor {
  const random = seededRandom(seed)
  const noise = gaussian(random)
  const data = new Float32Array(count * 3 * 64 * 64)
  for (let image = 0; image < count; image += 1) {
    const [level, contrast] = [noise(), 0.3 + random()]
    for (let at = 0; at < 3 * 64 * 64; at += 1) {
      const row = Math.floor(at / 64) % 64
      data[image * 3 * 64 * 64 + at] = level + contrast * (Math.sin(row / (4 + image)) + noise() * (row > 32 ? 1 : 0.1))
    }
  }
  return float32Tensor(data, [count, 3, 64, 64])
}

function weightOf(name: string, dims: readonly number[], noise: number): number {
  if (/norm.*\.weight|layrnorm\.weight/.test(name)) return 1 + 0.3 * noise
  if (name.endsWith('.bias')) return 0.2 * noise
  if (/embedding/.test(name) && !/patch/.test(name)) return 0.5 * noise
  const inputs = elementCount(dims.slice(1))
  return ((/[qk]_proj/.test(name) ? 1.6 : 1) * noise) / Math.sqrt(inputs)
}

function shapes(): Record<string, readonly number[]> {
  const linear = (name: string, inputs: number, outputs: number) => ({
    [`${name}.weight`]: [outputs, inputs],
    [`${name}.bias`]: [outputs],
  })
  const norm = (name: string) => ({[`${name}.weight`]: [WIDTH], [`${name}.bias`]: [WIDTH]})
  const layers = Array.from({length: LAYERS}, (_, layer) => {
    const prefix = `vision_model.encoder.layers.${layer}`
    const projections = ['q_proj', 'k_proj', 'v_proj', 'out_proj'].map((name) =>
      linear(`${prefix}.self_attn.${name}`, WIDTH, WIDTH),
    )
    return Object.assign(
      {},
      norm(`${prefix}.layer_norm1`),
      norm(`${prefix}.layer_norm2`),
      ...projections,
      linear(`${prefix}.mlp.fc1`, WIDTH, MLP_WIDTH),
      linear(`${prefix}.mlp.fc2`, MLP_WIDTH, WIDTH),
    ) as Record<string, readonly number[]>
  })
  return {
    'vision_model.embeddings.class_embedding': [WIDTH],
    'vision_model.embeddings.patch_embedding.weight': [WIDTH, 3, 16, 16],
    'vision_model.embeddings.position_embedding.weight': [PATCHES + 1, WIDTH],
    ...norm('vision_model.pre_layrnorm'),
    ...norm('vision_model.post_layernorm'),
    ...Object.assign({}, ...layers),
    'visual_projection.weight': [PROJECTION, WIDTH],
    'text_model.unused': [3],
  }
}

function blowUp(tensors: readonly {name: string; data: Float32Array}[], layer: number, count: number): void {
  const data = (name: string) =>
    tensors.find((tensor) => tensor.name === `vision_model.encoder.layers.${layer}.${name}`)!.data
  for (const [norm, linears] of [
    ['layer_norm1', ['self_attn.q_proj', 'self_attn.k_proj', 'self_attn.v_proj']],
    ['layer_norm2', ['mlp.fc1']],
  ] as const) {
    for (let outlier = 0; outlier < count; outlier += 1) {
      const channel = (17 + 31 * outlier + 5 * layer) % WIDTH
      for (const vector of [data(`${norm}.weight`), data(`${norm}.bias`)]) vector[channel]! *= 60
      for (const linear of linears) {
        const weight = data(`${linear}.weight`)
        for (let at = channel; at < weight.length; at += WIDTH) weight[at]! /= 60
      }
    }
  }
}

/** Normal numbers of mean 0 and deviation 1 (Box and Muller). */
function gaussian(random: Random): () => number {
  return () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
}
