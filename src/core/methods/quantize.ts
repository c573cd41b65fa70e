/**
 * int8 weights of linear layers, and the smoothing that moves outlying activations into them: arithmetic on arrays.
 *
 * @see Jacob et al., Quantization and Training of Neural Networks for Efficient Integer-Arithmetic-Only Inference, CVPR
 *   2018, arXiv 1712.05877 (scales per output channel). Xiao et al., SmoothQuant, ICML 2023, arXiv 2211.10438.
 */

/**
 * How wide the integers are. Processors without VNNI add pairs of uint8 × int8 products in 16 bits and cut off what does
 * not fit: two products of 255 and 127 do not, two of 255 and 64 do (32,640 of 32,767). They get `u8s7`.
 */
export type QuantizedKind = 'u8s8' | 'u8s7'

/** Largest magnitude of a quantised weight. */
export const WEIGHT_LEVELS: Readonly<Record<QuantizedKind, number>> = {u8s8: 127, u8s7: 64}

export type LinearShape = {readonly inputs: number; readonly outputs: number}

/** Output channels transposed together: enough to write whole cache lines, few enough to stay in the cache. */
const BLOCK = 64
const ROUNDING = 1.5 * 2 ** 52

/**
 * The scale of each output channel, `[outputs]`: its largest magnitude becomes `WEIGHT_LEVELS`. 0 where all weights are.
 *
 * @param weight `[outputs, inputs]`, finite.
 */
export function weightScales(weight: Float32Array, {inputs, outputs}: LinearShape, kind: QuantizedKind): Float32Array {
  const scales = new Float32Array(outputs)
  for (let output = 0; output < outputs; output += 1) {
    let largest = 0
    for (let index = output * inputs; index < (output + 1) * inputs; index += 1) {
      largest = Math.max(largest, Math.abs(weight[index]!))
    }
    scales[output] = largest / WEIGHT_LEVELS[kind]
  }
  return scales
}

/**
 * Rounds each weight to a whole multiple of its channel's scale: weight ≈ value · scale.
 *
 * @param weight `[outputs, inputs]`.  @param scales `weightScales` of the same weight.
 * @returns `[inputs, outputs]`, as the integer matrix product takes it.
 */
export function roundWeights(
  weight: Float32Array,
  {inputs, outputs}: LinearShape,
  scales: Float32Array,
  kind: QuantizedKind,
): Int8Array {
  const levels = WEIGHT_LEVELS[kind]
  const values = new Int8Array(inputs * outputs)
  const inverses = Float64Array.from(scales, (scale) => (scale === 0 ? 0 : 1 / scale))
  for (let first = 0; first < outputs; first += BLOCK) {
    const last = Math.min(first + BLOCK, outputs)
    for (let input = 0; input < inputs; input += 1) {
      for (let output = first; output < last; output += 1) {
        // Adding and taking away 1.5 · 2⁵² rounds to the nearest whole number, several times as fast as Math.round.
        const steps = weight[output * inputs + input]! * inverses[output]! + ROUNDING - ROUNDING
        // The scale is a float32: the largest weight may lie a rounding error above its last step.
        values[input * outputs + output] = Math.max(-levels, Math.min(levels, steps))
      }
    }
  }
  return values
}

/** Largest magnitude of every input channel over the layers that take the same rows, each `[outputs, inputs]`. */
export function inputMagnitudes(weights: readonly Float32Array[], inputs: number): Float32Array {
  const largest = new Float32Array(inputs)
  for (const weight of weights) {
    for (let start = 0; start < weight.length; start += inputs) {
      for (let input = 0; input < inputs; input += 1) {
        largest[input] = Math.max(largest[input]!, Math.abs(weight[start + input]!))
      }
    }
  }
  return largest
}

/**
 * What each channel of the rows is divided by and each column of the weights multiplied with: the product stays the
 * same, and the channels' magnitudes come closer to each other. A channel that is always 0, or not read, stays.
 *
 * @param activation largest magnitude seen in each channel.  @param weight `inputMagnitudes` of the layers.
 * @param alpha share of the spread that moves into the weights, 0 to 1; 1 makes all activation channels equal.
 */
export function smoothingFactors(activation: Float32Array, weight: Float32Array, alpha: number): Float32Array {
  return activation.map((magnitude, channel) => {
    const other = weight[channel]!
    return magnitude > 0 && other > 0 ? magnitude ** alpha / other ** (1 - alpha) : 1
  })
}

/** Multiplies column j of `[outputs, inputs]` by `factors[j]`. */
export function scaleColumns(weight: Float32Array, factors: Float32Array): Float32Array {
  const inputs = factors.length
  const scaled = new Float32Array(weight.length)
  for (let start = 0; start < weight.length; start += inputs) {
    for (let input = 0; input < inputs; input += 1) scaled[start + input] = weight[start + input]! * factors[input]!
  }
  return scaled
}

/** Divides row i of `[outputs, inputs]`, or element i of `[outputs]`, by `factors[i]`. */
export function divideRows(weight: Float32Array, factors: Float32Array): Float32Array {
  const inputs = weight.length / factors.length
  return weight.map((value, index) => value / factors[Math.floor(index / inputs)]!)
}
