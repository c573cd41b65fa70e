import {describe, expect, test} from 'vitest'
import {seededRandom} from '../../../src/core/base/random.js'
import {
  divideRows,
  inputMagnitudes,
  roundWeights,
  scaleColumns,
  smoothingFactors,
  WEIGHT_LEVELS,
  weightScales,
} from '../../../src/core/methods/quantize.js'

/** Two outputs over three inputs. Largest magnitudes by hand: 2.54 and 1. */
const WEIGHT = Float32Array.of(0.02, -2.54, 1.27, 1, 0.5, -0.25)
const SHAPE = {inputs: 3, outputs: 2}

test('each output channel has its own scale: its largest magnitude takes all levels', () => {
  const scales = weightScales(WEIGHT, SHAPE, 'u8s8')
  expect([...scales].map((scale) => scale.toFixed(7))).toEqual(['0.0200000', (1 / 127).toFixed(7)])
  expect([...weightScales(WEIGHT, SHAPE, 'u8s7')].map((scale) => scale.toFixed(7))).toEqual([
    (2.54 / 64).toFixed(7),
    (1 / 64).toFixed(7),
  ])
})

test('weights become whole steps, inputs as rows', () => {
  // Output 0: 0.02, -2.54, 1.27 in steps of 0.02. Output 1: 1, 0.5, -0.25 in steps of 1/127: 127, 63.5, -31.75.
  const rounded = (kind: 'u8s8' | 'u8s7') => [...roundWeights(WEIGHT, SHAPE, weightScales(WEIGHT, SHAPE, kind), kind)]
  expect(rounded('u8s8')).toEqual([1, 127, -127, 64, 64, -32])
  // 7 bits: steps of 2.54/64 and 1/64. 0.02 is 0.504 of a step, 1.27 is 32.
  expect(rounded('u8s7')).toEqual([1, 64, -64, 32, 32, -16])
})

test('a channel of zeros stays zero', () => {
  const weight = Float32Array.of(0, 0, 3, -3)
  const shape = {inputs: 2, outputs: 2}
  const scales = weightScales(weight, shape, 'u8s8')
  expect(scales[0]).toBe(0)
  expect([...roundWeights(weight, shape, scales, 'u8s8')]).toEqual([0, 127, 0, -127])
})

for (const kind of ['u8s8', 'u8s7'] as const) {
  test(`${kind}: no weight is further than half a step from its value, over blocks and their rests`, () => {
    const random = seededRandom(3)
    const shape = {inputs: 37, outputs: 131}
    const weight = Float32Array.from({length: shape.inputs * shape.outputs}, () => random() ** 3 - 0.4)
    const scales = weightScales(weight, shape, kind)
    const values = roundWeights(weight, shape, scales, kind)
    for (let output = 0; output < shape.outputs; output += 1) {
      for (let input = 0; input < shape.inputs; input += 1) {
        const back = values[input * shape.outputs + output]! * scales[output]!
        const error = Math.abs(back - weight[output * shape.inputs + input]!)
        expect(error).toBeLessThanOrEqual(scales[output]! * 0.500001)
      }
    }
    expect(Math.max(...values.map(Math.abs))).toBe(WEIGHT_LEVELS[kind])
  })
}

test('two products of a 7-bit weight fit into 16 bits, two of an 8-bit weight do not', () => {
  const pair = (kind: 'u8s8' | 'u8s7') => 2 * 255 * WEIGHT_LEVELS[kind]
  expect(pair('u8s7')).toBe(32_640)
  expect(pair('u8s7')).toBeLessThanOrEqual(32_767)
  expect(pair('u8s8')).toBeGreaterThan(32_767)
})

describe('smoothing', () => {
  test('takes the largest weight of each column over all layers of a group', () => {
    expect([...inputMagnitudes([WEIGHT, Float32Array.of(-7, 0, 0.5)], 3)].map((value) => value.toFixed(2))).toEqual([
      '7.00',
      '2.54',
      '1.27',
    ])
  })

  test('at 0.5 the channel and its weights meet in the middle', () => {
    // Activation 100 and weight 0.25: factor sqrt(100 / 0.25) = 20, then both are 5.
    const factors = smoothingFactors(Float32Array.of(100, 4), Float32Array.of(0.25, 4), 0.5)
    expect([...factors]).toEqual([20, 1])
    expect([100 / factors[0]!, 0.25 * factors[0]!]).toEqual([5, 5])
  })

  test('at 1 every activation channel becomes 1; channels without activation or weights stay', () => {
    expect([...smoothingFactors(Float32Array.of(100, 0, 3), Float32Array.of(0.25, 4, 0), 1)]).toEqual([100, 1, 1])
  })

  test('columns times factors over rows divided by them is the same product', () => {
    const scaled = scaleColumns(WEIGHT, Float32Array.of(2, 4, 8))
    expect([...scaled].map((value) => value.toFixed(2))).toEqual(['0.04', '-10.16', '10.16', '2.00', '2.00', '-2.00'])
    expect([...divideRows(Float32Array.of(2, 4, 8, 16), Float32Array.of(2, 8))]).toEqual([1, 2, 1, 2])
    expect([...divideRows(Float32Array.of(2, 4), Float32Array.of(2, 8))]).toEqual([1, 0.5])
  })
})
