/** What the graphs of a real model weigh: written for a tower of the size of ViT-B/16 whose weights are only named. */
import {expect, test} from 'vitest'
import type {ExternalTensor} from '../../../src/core/base/tensor.js'
import {elementCount} from '../../../src/core/base/tensor.js'
import {METHODS} from '../../../src/core/methods/registry.js'
import {parseMethodSpec} from '../../../src/core/methods/spec.js'
import {writeClipVision} from '../../../src/core/models/clip.js'
import type {ClipConfig} from '../../../src/core/models/clip-config.js'
import type {Weights} from '../../../src/core/weights/safetensors.js'
import {graphPieces} from '../../../src/core/workflows/vision.js'

const LIMIT_BYTES = 150_000
const [WIDTH, MLP_WIDTH, LAYERS, PROJECTION] = [768, 3072, 12, 512]
const vision = {
  width: WIDTH,
  mlpWidth: MLP_WIDTH,
  heads: 12,
  headDim: 64,
  layers: LAYERS,
  activation: 'quick_gelu',
  layerNormEps: 1e-5,
  imageSize: 224,
  patchSize: 16,
} as const
const config = {vision, projectionDim: PROJECTION} as unknown as ClipConfig

const LINEAR: Readonly<Record<string, readonly [number, number]>> = {
  'self_attn.q_proj': [WIDTH, WIDTH],
  'self_attn.k_proj': [WIDTH, WIDTH],
  'self_attn.v_proj': [WIDTH, WIDTH],
  'self_attn.out_proj': [WIDTH, WIDTH],
  'mlp.fc1': [MLP_WIDTH, WIDTH],
  'mlp.fc2': [WIDTH, MLP_WIDTH],
}

/** Every tensor of the tower, one behind the other in one file; linear layers of the encoder as int8 on demand. */
function namedWeights(kind: 'float' | 'int8'): Weights {
  const tensors = new Map<string, ExternalTensor>()
  const file = `/models/${kind === 'int8' ? 'model.q8' : 'model'}.safetensors`
  let offset = 45_000
  const add = (name: string, shape: readonly number[], dtype = 'F32') => {
    const byteLength = elementCount(shape) * (dtype === 'I8' ? 1 : 4)
    tensors.set(name, {name, dtype, shape, file, offset, byteLength})
    offset += byteLength
  }
  const norm = (name: string) => {
    add(`${name}.weight`, [WIDTH])
    add(`${name}.bias`, [WIDTH])
  }
  const embeddings = 'vision_model.embeddings'
  add(`${embeddings}.class_embedding`, [WIDTH])
  add(`${embeddings}.patch_embedding.weight`, [WIDTH, 3, 16, 16])
  add(`${embeddings}.position_embedding.weight`, [197, WIDTH])
  norm('vision_model.pre_layrnorm')
  for (let layer = 0; layer < LAYERS; layer += 1) {
    const prefix = `vision_model.encoder.layers.${layer}`
    norm(`${prefix}.layer_norm1`)
    norm(`${prefix}.layer_norm2`)
    for (const [name, [outputs, inputs]] of Object.entries(LINEAR)) {
      const weight = `${prefix}.${name}.weight`
      if (kind === 'int8') add(weight, [inputs, outputs], 'I8')
      else add(weight, [outputs, inputs])
      if (kind === 'int8') add(`${weight}_scale`, [outputs])
      add(`${prefix}.${name}.bias`, [outputs])
    }
  }
  norm('vision_model.post_layernorm')
  add('visual_projection.weight', [PROJECTION, WIDTH])
  return {tensors} as unknown as Weights
}

test('the longest combinations of methods are graphs below 150 KB at ViT-B/16, with their trace', () => {
  const weights = {float: namedWeights('float'), int8: namedWeights('int8')}
  const sizes: Record<string, number> = {}
  for (const text of longestCombinations()) {
    const {steps} = parseMethodSpec(text)
    const from = steps.some((step) => step.linear) ? weights.int8 : weights.float
    const graph = writeClipVision(from, config, {dialect: 'fused', trace: true, ...graphPieces({steps})})
    sizes[text] = graph.bytes.length
  }
  expect(Object.keys(sizes)).toContain('intra+inter+tome+q8')
  expect(Object.entries(sizes).filter(([, bytes]) => bytes > LIMIT_BYTES)).toEqual([])
})

/** The legal specs to which no method can be added. */
function longestCombinations(): string[] {
  const sets = Array.from({length: 2 ** METHODS.length}, (_, mask) => METHODS.filter((_method, at) => mask & (2 ** at)))
  const legal = sets.filter((set) => isLegal(set.map(({name}) => name).join('+')))
  const isPartOf = (set: readonly object[], other: readonly object[]) =>
    set.length < other.length && set.every((method) => other.includes(method))
  return legal
    .filter((set) => !legal.some((other) => isPartOf(set, other)))
    .map((set) => set.map(({name}) => name).join('+'))
}

function isLegal(text: string): boolean {
  try {
    return Boolean(parseMethodSpec(text))
  } catch {
    return false
  }
}
