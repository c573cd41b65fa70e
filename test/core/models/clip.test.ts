/** CLIP towers against transformers: random-weight folders and what PyTorch computes from them (make_tiny_clip.py). */
import {join} from 'node:path'
import {onnx} from 'onnx-proto'
import {describe, expect, test} from 'vitest'
import {writeClipText, writeClipVision} from '../../../src/core/models/clip.js'
import {endPosition} from '../../../src/core/models/clip-config.js'
import type {VisionConfig} from '../../../src/core/models/tower-config.js'
import {openSession} from '../../../src/core/runtime/session.js'
import type {TensorSpan, Weights} from '../../../src/core/weights/safetensors.js'
import {CLIP_FIXTURES, CLIP_FOLDERS, compare, golden, readClip, runVision} from './golden.js'

test('there are folders of every kind', () => expect(CLIP_FOLDERS.length).toBeGreaterThanOrEqual(4))

describe.each(CLIP_FOLDERS)('%s', (folder) => {
  for (const dialect of ['fused', 'plain'] as const) {
    test(`${dialect} image embeddings are PyTorch's`, async () => {
      const pixels = await golden(folder, 'pixel_values')
      const {outputs} = await runVision(folder, 'base', pixels, {dialect})
      const {worst, cosine} = compare(outputs.image_embeds!, await golden(folder, 'image_embeds'))
      expect(worst).toBeLessThanOrEqual(1e-4)
      expect(cosine).toBeGreaterThanOrEqual(0.99999)
    })
  }

  test("text embeddings are PyTorch's, padding and end rule included", async () => {
    const {weights, config} = await readClip(join(CLIP_FIXTURES, folder))
    const ids = await golden(folder, 'input_ids')
    const [texts, length] = ids.dims as [number, number]
    const rows = Array.from({length: texts}, (_, row) =>
      Array.from(ids.data.slice(row * length, (row + 1) * length), Number),
    )
    const ends = BigInt64Array.from(rows, (row) => BigInt(endPosition(row, config.text)))
    const session = await openSession(writeClipText(weights, config, {dialect: 'fused'}))
    const outputs = await session.run({input_ids: ids, end_positions: {type: 'int64', dims: [texts], data: ends}})
    await session.release()
    const {worst, cosine} = compare(outputs.text_embeds!, await golden(folder, 'text_embeds'))
    expect(worst).toBeLessThanOrEqual(1e-4)
    expect(cosine).toBeGreaterThanOrEqual(0.99999)
  })
})

describe('token selection inside the model', () => {
  const folder = 'patch16-f32'

  test('dropping nothing changes nothing', async () => {
    const pixels = await golden(folder, 'pixel_values')
    const base = await runVision(folder, 'base', pixels)
    const none = await runVision(folder, 'intra:0', pixels)
    expect(compare(none.outputs.image_embeds!, base.outputs.image_embeds!).worst).toBeLessThanOrEqual(1e-6)
    expect([...none.outputs.layer_tokens!.data].map(Number)).toEqual([17, 17, 17, 17, 17, 17])
  })

  test('half the patches dropped leaves half the tokens and the class token', async () => {
    const {outputs} = await runVision(folder, 'intra:0.5', await golden(folder, 'pixel_values'))
    expect([...outputs.layer_tokens!.data].map(Number)).toEqual([9, 9, 9, 9, 9, 9])
    expect([...outputs.patch_token!.data].filter((token) => Number(token) > 0)).toHaveLength(2 * 24)
  })
})

test('the graph names weights as their file does', async () => {
  const {weights, config} = await readClip(join(CLIP_FIXTURES, 'patch16-f32'))
  const {bytes} = writeClipVision(weights, config, {dialect: 'fused'})
  const names = onnx.ModelProto.decode(bytes).graph!.initializer!.map(({name}) => name)
  expect(names).toContain('vision_model.encoder.layers.1.mlp.fc2.weight')
})

test('graphs of ViT-B/16 and ViT-L/14 stay within 100 KB', async () => {
  const {config} = await readClip(join(CLIP_FIXTURES, 'patch16-f32'))
  const sizes = [
    {width: 768, layers: 12, heads: 12, headDim: 64, mlpWidth: 3072, imageSize: 224, patchSize: 16},
    {width: 1024, layers: 24, heads: 16, headDim: 64, mlpWidth: 4096, imageSize: 336, patchSize: 14},
  ]
  for (const size of sizes) {
    const vision = {...config.vision, ...size}
    const {bytes} = writeClipVision(
      pretendWeights(vision, 768),
      {...config, vision, projectionDim: 768},
      {dialect: 'fused'},
    )
    expect(bytes.length).toBeLessThan(100_000)
  }
})

/** Spans of a vision tower that was never saved: graphs are written from names, shapes and offsets alone. */
function pretendWeights({width, layers, mlpWidth, imageSize, patchSize}: VisionConfig, projection: number): Weights {
  const shapes = new Map<string, number[]>([
    ['visual_projection.weight', [projection, width]],
    ['vision_model.embeddings.class_embedding', [width]],
    ['vision_model.embeddings.patch_embedding.weight', [width, 3, patchSize, patchSize]],
    ['vision_model.embeddings.position_embedding.weight', [(imageSize / patchSize) ** 2 + 1, width]],
  ])
  const linear = (name: string, outputs: number, inputs: number) =>
    shapes.set(`${name}.weight`, [outputs, inputs]).set(`${name}.bias`, [outputs])
  const norm = (name: string) => shapes.set(`${name}.weight`, [width]).set(`${name}.bias`, [width])
  norm('vision_model.pre_layrnorm')
  norm('vision_model.post_layernorm')
  for (let layer = 0; layer < layers; layer += 1) {
    const prefix = `vision_model.encoder.layers.${layer}`
    norm(`${prefix}.layer_norm1`)
    norm(`${prefix}.layer_norm2`)
    for (const name of ['q_proj', 'k_proj', 'v_proj', 'out_proj']) linear(`${prefix}.self_attn.${name}`, width, width)
    linear(`${prefix}.mlp.fc1`, mlpWidth, width)
    linear(`${prefix}.mlp.fc2`, width, mlpWidth)
  }
  const tensors = new Map<string, TensorSpan>()
  let offset = 123_456
  for (const [name, shape] of shapes) {
    const byteLength = 4 * shape.reduce((product, length) => product * length, 1)
    tensors.set(name, {name, dtype: 'F32', shape, file: '/models/clip/model.safetensors', offset, byteLength})
    offset += byteLength
  }
  return {folder: '/models/clip', files: [], tensors, metadata: {}, totalBytes: offset}
}
