/**
 * Every method inside the model against PyTorch, written out naively from the papers, one image at a time
 * (make_methods.py). Batches of unequal images must give what each image gives alone.
 */
import {describe, expect, test} from 'vitest'
import type {Tensor} from '../../../src/core/base/tensor.js'
import {compare, golden, rowOf, runVision} from '../models/golden.js'
import {goldenWords} from './golden-words.js'

const SPECS = [
  'intra:0.5',
  'inter:0.6',
  'inter:0.5',
  'intra:0.3+inter:0.6',
  'tome:2',
  'tome:3,-1',
  'tome:[1,0,2]',
  'tome-vwt:2',
  'intra:0.3+tome:2',
  'inter:0.6+tome:2',
  'inter:0.6+tome:3,-1',
  'intra:0.2+inter:0.6+tome:1',
]

/** The trace behind the last layer, all images after each other. */
function lastTrace({data, dims}: Tensor): (number | bigint)[] {
  const [batch, layers, patches] = dims as [number, number, number]
  return Array.from({length: batch}, (_, image) => [
    ...data.slice((image * layers + layers - 1) * patches, (image + 1) * layers * patches),
  ]).flat()
}

describe.each(['patch16-f32', 'patch14-f16'])('%s', (folder) => {
  for (const spec of SPECS) {
    for (const dialect of ['fused', 'plain'] as const) {
      test(`${spec}, ${dialect}: groups and embeddings are PyTorch's, together and alone`, async () => {
        const words = await goldenWords(folder)
        const pixels = await golden(folder, 'pixel_values')
        const embeds = await golden(folder, `${spec}.image_embeds`, 'methods.safetensors')
        const trace = await golden(folder, `${spec}.patch_token`, 'methods.safetensors')
        const together = await runVision(folder, spec, pixels, {dialect, words})
        expect(lastTrace(together.outputs.patch_token!)).toEqual([...trace.data])
        expect(compare(together.outputs.image_embeds!, embeds).worst).toBeLessThanOrEqual(1e-4)
        expect(compare(together.outputs.image_embeds!, embeds).cosine).toBeGreaterThanOrEqual(0.99999)
        const layers = together.outputs.layer_tokens!.dims[1]!
        for (const image of [0, 1, 2]) {
          const alone = await runVision(folder, spec, rowOf(pixels, image), {dialect, words})
          expect(compare(alone.outputs.image_embeds!, rowOf(embeds, image)).worst).toBeLessThanOrEqual(1e-4)
          expect(lastTrace(alone.outputs.patch_token!)).toEqual([...rowOf(trace, image).data])
          const tokens = new Set(Array.from(rowOf(trace, image).data, Number).filter((token) => token > 0))
          expect(Number(alone.outputs.layer_tokens!.data[layers - 1])).toBe(tokens.size + 1)
          expect([...alone.outputs.layer_tokens!.data]).toEqual([...rowOf(together.outputs.layer_tokens!, image).data])
        }
      })
    }
  }

  test('merging nothing changes nothing', async () => {
    const pixels = await golden(folder, 'pixel_values')
    const base = await runVision(folder, 'base', pixels)
    const none = await runVision(folder, 'tome:0', pixels)
    expect(compare(none.outputs.image_embeds!, base.outputs.image_embeds!).worst).toBeLessThanOrEqual(1e-5)
  })
})
