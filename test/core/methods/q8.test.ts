import {join} from 'node:path'
import {onnx} from 'onnx-proto'
import {describe, expect, test} from 'vitest'
import {seededRandom} from '../../../src/core/base/random.js'
import {float32Tensor, type Tensor} from '../../../src/core/base/tensor.js'
import {Graph} from '../../../src/core/graph/graph.js'
import {q8, scaleName} from '../../../src/core/methods/q8.js'
import {roundWeights, weightScales} from '../../../src/core/methods/quantize.js'
import {parseMethodSpec} from '../../../src/core/methods/spec.js'
import {clipVisionTower, writeClipVision} from '../../../src/core/models/clip.js'
import {floatLinear, LayerBuilder, type LinearLayer} from '../../../src/core/models/layers.js'
import {openSession} from '../../../src/core/runtime/session.js'
import {openWeights} from '../../../src/core/weights/safetensors.js'
import {writeSafetensors} from '../../../src/core/weights/write.js'
import {openQuantized} from '../../../src/core/workflows/quantized.js'
import {geometryOf, graphPieces} from '../../../src/core/workflows/vision.js'
import {compare, readClip, rowOf} from '../models/golden.js'
import {wideClip, widePixels} from '../models/wide-clip.js'
import {temporaryFolder} from '../weights/files.js'
import {goldenWords} from './golden-words.js'

test('q8 is a precision method without argument, last in a spec', () => {
  expect(parseMethodSpec('intra:0.5+tome:2+q8').text).toBe('intra:0.5+tome:2+q8')
  expect(() => parseMethodSpec('q8:4')).toThrow(/q8 takes no argument, but got "4"/)
  expect(() => parseMethodSpec('q8+tome:2')).toThrow(/parts stand in the order/)
})

describe('one linear layer', () => {
  const [inputs, outputs, rowCount] = [70, 33, 5]
  const random = seededRandom(5)
  const noise = (length: number) => Float32Array.from({length}, () => random() * 2 - 0.7)
  const [weight, bias, rows] = [noise(inputs * outputs), noise(outputs), noise(rowCount * inputs)]
  const shape = {inputs, outputs}
  const scales = weightScales(weight, shape, 'u8s8')
  const values = roundWeights(weight, shape, scales, 'u8s8')

  /** What DynamicQuantizeLinear and an integer product are defined to give, in whole numbers. */
  function naive(): number[] {
    const [low, high] = [Math.min(0, ...rows), Math.max(0, ...rows)]
    const scale = Math.fround((high - low) / 255)
    const zero = Math.round(-low / scale)
    const levels = Array.from(rows, (value) => Math.min(255, Math.max(0, Math.round(value / scale) + zero)) - zero)
    return Array.from({length: rowCount * outputs}, (_, at) => {
      const [row, output] = [Math.floor(at / outputs), at % outputs]
      let sum = 0
      for (let input = 0; input < inputs; input += 1) {
        sum += levels[row * inputs + input]! * values[input * outputs + output]!
      }
      return sum * scale * scales[output]! + bias[output]!
    })
  }

  for (const dialect of ['fused', 'plain'] as const) {
    test(`${dialect}: is the product of the rounded numbers`, async () => {
      const folder = temporaryFolder()
      await writeSafetensors(join(folder, 'model.safetensors'), [
        {name: 'bias', dtype: 'F32', shape: [outputs], data: bias},
        {name: scaleName('weight'), dtype: 'F32', shape: [outputs], data: scales},
        {name: 'weight', dtype: 'I8', shape: [inputs, outputs], data: values},
      ])
      const g = new Graph('one layer')
      const input = g.input('rows', 'float32', ['n', inputs])
      const build = new LayerBuilder(g, await openWeights(folder), dialect, q8.parse(undefined).linear)
      g.output('y', build.linear(input, {weight: 'weight', bias: 'bias', ...shape}), 'float32', ['n', outputs])
      const session = await openSession(g.finish())
      const {y} = await session.run({rows: float32Tensor(rows, [rowCount, inputs])})
      const expected = naive()
      const worst = Math.max(...Array.from(y!.data as Float32Array, (value, at) => Math.abs(value - expected[at]!)))
      // Sums are exact; what is left is the rounding of float32 when they are scaled.
      expect(worst).toBeLessThan(1e-5)
      // The same in float32 is further away than that: the test sees int8 at work.
      const exact = Math.max(
        ...expected.map((value, at) => {
          const [row, output] = [Math.floor(at / outputs), at % outputs]
          let sum = bias[output]!
          for (let i = 0; i < inputs; i += 1) sum += rows[row * inputs + i]! * weight[output * inputs + i]!
          return Math.abs(value - sum)
        }),
      )
      expect(exact).toBeGreaterThan(1e-3)
      await session.release()
    })
  }
})

describe('the vision tower', () => {
  test('asks for the linear layers that its description lists, and no others', async () => {
    const {weights, config} = await readClip('test/fixtures/clip/patch16-f32')
    const asked: string[] = []
    const listening: LinearLayer = (build, rows, layer) => {
      asked.push(`${layer.weight} ${layer.bias} ${layer.outputs}×${layer.inputs}`)
      return floatLinear(build, rows, layer)
    }
    writeClipVision(weights, config, {dialect: 'fused', linear: listening})
    const listed = clipVisionTower(config).groups.flatMap(({layers}) => layers)
    expect(listed.map((layer) => `${layer.weight} ${layer.bias} ${layer.outputs}×${layer.inputs}`)).toEqual(asked)
  })

  test('quantises rows once for query, key and value; in the last layer the class token apart', async () => {
    const folder = await readClip(await wideClip())
    const {weights} = await openQuantized(folder)
    const graph = writeClipVision(weights, folder.config, {dialect: 'fused', ...graphPieces(parseMethodSpec('q8'))})
    const counts = new Map<string, number>()
    for (const {opType} of onnx.ModelProto.decode(graph.bytes).graph!.node!) {
      counts.set(opType!, (counts.get(opType!) ?? 0) + 1)
    }
    expect(counts.get('MatMulIntegerToFloat')).toBe(4 * 6)
    expect(counts.get('DynamicQuantizeLinear')).toBe(4 * 4 + 1)
    expect(counts.get('Gemm')).toBe(2) // patches and last projection
    // Nothing of the float weights is mapped beside them.
    expect(graph.externalFiles.map(({file}) => file)).toEqual(weights.files)
  })
})

/** Embeddings of the wide model under a spec: float for the parts before `q8`, and with it. */
async function run(path: string, text: string, pixels: Tensor, kind: 'u8s8' | 'u8s7' = 'u8s8'): Promise<Tensor> {
  const folder = await readClip(path)
  const spec = parseMethodSpec(text)
  const {weights} = spec.steps.some((step) => step.linear) ? await openQuantized(folder, {kind}) : folder
  const session = await openSession(writeClipVision(weights, folder.config, {dialect: 'fused', ...graphPieces(spec)}))
  const images = Array.from({length: pixels.dims[0]!}, (_, image) => image)
  const words = await goldenWords('patch16-f32')
  const call = {geometry: geometryOf(folder), images, seed: 0, words}
  const settings = spec.steps.map((step) => step.inputs(call))
  const outputs = await session.run({pixel_values: pixels, ...Object.assign({}, ...settings)})
  await session.release()
  return outputs.image_embeds!
}

describe('embeddings', () => {
  for (const kind of ['u8s8', 'u8s7'] as const) {
    test(`${kind}: close to those of float32`, async () => {
      const path = await wideClip()
      const pixels = widePixels(6)
      const [float, int] = [await run(path, 'base', pixels), await run(path, 'q8', pixels, kind)]
      // Seen: 0.99944 and 0.99921 for the worst of six images.
      expect(compare(int, float).cosine).toBeGreaterThan(kind === 'u8s8' ? 0.999 : 0.9985)
      expect(compare(int, float).worst).toBeGreaterThan(0)
    })
  }

  for (const spec of ['intra:0.5', 'random:0.3', 'inter:0.5', 'tome:2', 'tome-vwt:1', 'intra:0.3+inter:0.5+tome:1']) {
    test(`${spec}+q8 stays near ${spec}`, async () => {
      const path = await wideClip()
      const pixels = widePixels(3)
      const [float, int] = [await run(path, spec, pixels), await run(path, `${spec}+q8`, pixels)]
      // Seen: 0.9985 to 0.9997.
      expect(compare(int, float).cosine).toBeGreaterThan(0.998)
    })
  }

  test('an image in a batch is as near to float as the image alone, though not equal to it', async () => {
    const path = await wideClip()
    const pixels = widePixels(4)
    const float = await run(path, 'base', pixels)
    const together = await run(path, 'q8', pixels)
    for (const image of [0, 1, 2, 3]) {
      const alone = await run(path, 'q8', rowOf(pixels, image))
      expect(compare(alone, rowOf(float, image)).cosine).toBeGreaterThan(0.999)
      expect(compare(rowOf(together, image), rowOf(float, image)).cosine).toBeGreaterThan(0.999)
    }
  })
})
