import {writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {beforeEach, describe, expect, test, vi} from 'vitest'
import type {Tensor} from '../../../src/core/base/tensor.js'
import {observedWeight, observingLinear} from '../../../src/core/methods/calibration.js'
import {parseMethodSpec} from '../../../src/core/methods/spec.js'
import {writeClipVision} from '../../../src/core/models/clip.js'
import {openSession} from '../../../src/core/runtime/session.js'
import type {Weights} from '../../../src/core/weights/safetensors.js'
import {quantizeModel} from '../../../src/core/workflows/quantize.js'
import {openQuantized} from '../../../src/core/workflows/quantized.js'
import {graphPieces} from '../../../src/core/workflows/vision.js'
import {compare, readClip} from '../models/golden.js'
import {wideClip, widePixels, writeWideWeights} from '../models/wide-clip.js'
import {temporaryFolder} from '../weights/files.js'

const IMAGES = ['black-dog-snow', 'red-bird-water', 'white-deer-night', 'orange-cat-grass'].map((name) => ({
  path: `examples/${name}.png`,
}))

beforeEach(() => {
  vi.stubEnv('VWT_CACHE', temporaryFolder())
  return () => vi.unstubAllEnvs()
})

async function embed(path: string, spec: 'base' | 'q8'): Promise<Tensor> {
  const folder = await readClip(path)
  const weights: Weights = spec === 'q8' ? (await openQuantized(folder)).weights : folder.weights
  const pieces = graphPieces(parseMethodSpec(spec))
  const session = await openSession(writeClipVision(weights, folder.config, {dialect: 'fused', ...pieces}))
  const {image_embeds} = await session.run({pixel_values: widePixels(6)})
  await session.release()
  return image_embeds!
}

describe('observation', () => {
  test('gives the largest magnitude of every channel a layer is fed, and leaves the embedding as it is', async () => {
    const {weights, config} = await readClip(await wideClip({outliers: 3}))
    const pixels = widePixels(2)
    const graph = writeClipVision(weights, config, {dialect: 'fused', linear: observingLinear()})
    const session = await openSession(graph)
    const outputs = await session.run({pixel_values: pixels})
    await session.release()
    const plain = await openSession(writeClipVision(weights, config, {dialect: 'fused'}))
    const {image_embeds} = await plain.run({pixel_values: pixels})
    await plain.release()
    expect(compare(outputs.image_embeds!, image_embeds!).worst).toBeLessThan(1e-5)
    const observed = Object.keys(outputs).flatMap((name) => observedWeight(name) ?? [])
    // Query, key and value share one, but in the last layer, where the query is the class token's alone.
    expect(observed.filter((name) => name.includes('layers.0.'))).toEqual(
      ['self_attn.q_proj', 'self_attn.out_proj', 'mlp.fc1', 'mlp.fc2'].map(
        (name) => `vision_model.encoder.layers.0.${name}.weight`,
      ),
    )
    expect(observed.filter((name) => name.includes('layers.3.'))).toHaveLength(5)
    // The channels blown up are 17, 48 and 79; nothing else comes near them.
    const fc1 = outputs['largest.vision_model.encoder.layers.0.mlp.fc1.weight']!.data as Float32Array
    const ranked = [...fc1.keys()].sort((a, b) => fc1[b]! - fc1[a]!)
    expect(ranked.slice(0, 3).sort((a, b) => a - b)).toEqual([17, 48, 79])
    expect(fc1[ranked[2]!]! / fc1[ranked[3]!]!).toBeGreaterThan(5)
  })
})

describe('a model with outlying channels', () => {
  test('loses precision in int8 and gets it back by calibration', async () => {
    const path = await wideClip({outliers: 3})
    const float = await embed(path, 'base')
    const rounded = compare(await embed(path, 'q8'), float).cosine
    const {smoothing, failed, file} = await quantizeModel({model: path, calibrate: IMAGES})
    expect([smoothing, failed]).toEqual([{alpha: 0.5, images: 4}, []])
    const smoothed = compare(await embed(path, 'q8'), float).cosine
    expect((await openQuantized(await readClip(path))).file).toBe(file)
    // Seen: 0.82 without, 0.9993 with.
    expect(rounded).toBeLessThan(0.99)
    expect(smoothed).toBeGreaterThan(0.999)
  })

  test('smoothing alone changes nothing: alpha moves factors between layers whose product stays', async () => {
    const path = await wideClip({seed: 4})
    const float = await embed(path, 'base')
    await quantizeModel({model: path, calibrate: IMAGES.slice(0, 1), alpha: 0.3})
    expect(compare(await embed(path, 'q8'), float).cosine).toBeGreaterThan(0.999)
  })

  test('is calibrated until its weights change, which is said', async () => {
    const path = await wideClip()
    await quantizeModel({model: path, calibrate: IMAGES.slice(0, 1)})
    const warnings: string[] = []
    const onWarning = (message: string) => warnings.push(message)
    expect((await openQuantized(await readClip(path), {onWarning})).smoothing).toEqual({alpha: 0.5, images: 1})
    expect(warnings).toEqual([])
    await writeWideWeights(path, {seed: 9})
    expect((await openQuantized(await readClip(path), {onWarning})).smoothing).toBeNull()
    expect(warnings).toEqual([expect.stringMatching(/changed since they were calibrated.*vwt models quantize/)])
  })
})

test('an unreadable image is reported and the others count; none readable is an error', async () => {
  const path = await wideClip()
  const broken = join(path, 'broken.jpg')
  writeFileSync(broken, 'no image')
  const {smoothing, failed} = await quantizeModel({model: path, calibrate: [IMAGES[0]!, {path: broken}]})
  expect(smoothing).toEqual({alpha: 0.5, images: 1})
  expect(failed).toMatchObject([{path: broken, error: {code: expect.any(String)}}])
  await expect(quantizeModel({model: path, calibrate: [{path: broken}]})).rejects.toMatchObject({
    code: 'calibration-without-images',
  })
})

test('without images the weights are rounded as they are', async () => {
  const path = await wideClip()
  const made = await quantizeModel({model: path})
  expect(made).toMatchObject({smoothing: null, failed: [], bytes: expect.any(Number)})
  expect(made.seconds).toBeGreaterThan(0)
  await expect(quantizeModel({model: path, alpha: 1.5})).rejects.toThrow(/alpha should be a number from 0 to 1/)
})
