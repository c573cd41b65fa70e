/** The small computation by which a device shows that it works and how fast: matrix products, as in an encoder. */
import {seededRandom} from '../base/random.js'
import {float32Tensor} from '../base/tensor.js'
import {Graph} from '../graph/graph.js'
import type {DeviceProbe} from '../runtime/devices.js'

const SIZE = 384
const LAYERS = 16

/**
 * Sixteen residual products of a 384 × 384 matrix with itself, 1.8 GFLOP: long enough that a device's start-up cost
 * per kernel does not decide, short enough to try every device in a second. The products are scaled so that values
 * stay near 1 and the rounding of a device that multiplies in TF32 stays below the probe's tolerance.
 */
export function deviceProbe(): DeviceProbe {
  const graph = new Graph('device probe')
  const input = graph.input('matrix', 'float32', [SIZE, SIZE])
  const scale = graph.float(0.1 / Math.sqrt(SIZE / 3))
  let value = input
  for (let layer = 0; layer < LAYERS; layer++) {
    value = graph.scope(`layers.${layer}`, () => graph.add(value, graph.mul(graph.matMul(value, input), scale)))
  }
  graph.output('product', value, 'float32', [SIZE, SIZE])
  const random = seededRandom(1)
  const data = Float32Array.from({length: SIZE * SIZE}, () => random() * 2 - 1)
  return {graph: graph.finish(), input: float32Tensor(data, [SIZE, SIZE])}
}
