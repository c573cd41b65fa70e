/** Looks at what linear layers are fed: the channels whose outliers would cost a common scale its precision. */
import type {Value} from '../graph/builder.js'
import {floatLinear, type LinearLayer} from '../models/layers.js'

const PREFIX = 'largest.'

/**
 * Linear layers in float32 which add, for each of their different inputs, the output `largest.<weight>`: the largest
 * magnitude of each channel over all rows, float32 `[inputs]`. Layers that take the same rows share that of the first.
 */
export function observingLinear(): LinearLayer {
  const seen = new WeakSet<Value>()
  return (build, rows, layer) => {
    const {g} = build
    if (!seen.has(rows)) {
      const largest = g.reduceMax(g.op('Abs', [rows]), [0], false)
      g.output(`${PREFIX}${layer.weight}`, largest, 'float32', [layer.inputs])
      seen.add(rows)
    }
    return floatLinear(build, rows, layer)
  }
}

/** The weight whose rows an output of `observingLinear` tells of; undefined for the graph's other outputs. */
export function observedWeight(output: string): string | undefined {
  return output.startsWith(PREFIX) ? output.slice(PREFIX.length) : undefined
}
