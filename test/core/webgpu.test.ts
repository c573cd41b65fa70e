/**
 * Every method on the WebGPU device against the processor. Runs where an adapter opens: a GPU, or the software driver
 * SwiftShader (`.ci/run` fetches it where it can); elsewhere the tests are left out and say so.
 */
import {describe, expect, test} from 'vitest'
import {probeDevices} from '../../src/core/runtime/devices.js'
import {deviceProbe} from '../../src/core/workflows/device-probe.js'
import {goldenWords} from './methods/golden-words.js'
import {compare, golden, runVision} from './models/golden.js'

const [report] = await probeDevices(deviceProbe(), ['webgpu'])

describe.runIf(report!.usable)('on WebGPU', () => {
  const folder = 'patch16-f32'
  for (const spec of [
    'base',
    'intra:0.5',
    'random:0.5',
    'inter:0.6',
    'tome:2',
    'tome:[1,0,2]',
    'tome-vwt:2',
    'intra:0.2+inter:0.6+tome:1',
  ]) {
    test(`${spec} gives the processor's groups and, to 1e-3, its embeddings`, async () => {
      const pixels = await golden(folder, 'pixel_values')
      const words = await goldenWords(folder)
      const cpu = await runVision(folder, spec, pixels, {words})
      const gpu = await runVision(folder, spec, pixels, {words, device: 'webgpu', dialect: 'plain'})
      expect(compare(gpu.outputs.image_embeds!, cpu.outputs.image_embeds!).worst).toBeLessThanOrEqual(1e-3)
      expect([...gpu.outputs.patch_token!.data]).toEqual([...cpu.outputs.patch_token!.data])
    })
  }
})

test.runIf(!report!.usable)('no adapter opens here, and the report says why', () => {
  expect(report!.reason).toBeTruthy()
})
