/**
 * Q8: the encoder's linear layers as products of uint8 activations and int8 weights. Patch embedding, LayerNorm,
 * softmax, the other half of attention and CLIP's last projection stay in float.
 *
 * Of BLIP's decoder all linear layers are int8, the last over the vocabulary included; word embeddings stay in float.
 *
 * Weights have a scale for each output channel; activations are quantised at run time, with one scale and zero point
 * for all rows of a batch: an image in a batch may differ in the last digits from the same image alone.
 *
 * @see Jacob et al., CVPR 2018, arXiv 1712.05877. Departs from the VWT paper's Q8 (LLM.int8: outliers in float16, made
 *   for GPUs), which slows small batches down: this one is for processors.
 */
import {BugError} from '../base/errors.js'
import type {Value} from '../graph/builder.js'
import type {LayerBuilder, LinearLayer, LinearWeights} from '../models/layers.js'
import type {Method} from './method.js'

const NAME = 'q8'

export const q8: Method = {
  name: NAME,
  part: 'precision',
  summary: 'int8 weights and uint8 activations in encoder and decoder, on the processor',
  paper: 'Jacob et al., CVPR 2018, arXiv 1712.05877',
  parse: () => ({method: q8, spec: NAME, linear: buildInt8Linear(), inputs: () => ({})}),
}

/** Scales of a quantised weight, float32 `[outputs]`, beside the weight itself, int8 `[inputs, outputs]`. */
export function scaleName(weight: string): string {
  return `${weight}_scale`
}

type QuantizedRows = {readonly values: Value; readonly scale: Value; readonly zeroPoint: Value}

/** Layers that take the same rows share their quantisation. */
function buildInt8Linear(): LinearLayer {
  const known = new WeakMap<Value, QuantizedRows>()
  return (build, rows, layer) => {
    const quantized = known.get(rows) ?? quantizeRows(build, rows)
    known.set(rows, quantized)
    return buildProduct(build, quantized, layer)
  }
}

function quantizeRows({g}: LayerBuilder, rows: Value): QuantizedRows {
  const [values, scale, zeroPoint] = g.ops('DynamicQuantizeLinear', [rows], 3)
  return {values: values!, scale: scale!, zeroPoint: zeroPoint!}
}

function buildProduct(build: LayerBuilder, {values, scale, zeroPoint}: QuantizedRows, layer: LinearWeights): Value {
  const {g} = build
  const {weight, outputs} = layer
  const kernel = int8Weight(build, layer)
  const scales = build.read(scaleName(weight), {outputs})
  const bias = layer.bias === undefined ? undefined : build.read(layer.bias, {outputs})
  if (build.dialect === 'fused') {
    const operands = [values, kernel, scale, scales, zeroPoint, undefined, bias]
    return g.contrib('MatMulIntegerToFloat', bias ? operands : operands.slice(0, 5))
  }
  const sums = g.cast(g.op('MatMulInteger', [values, kernel, zeroPoint]), 'float32')
  const product = g.mul(sums, g.mul(scale, scales))
  return bias ? g.add(product, bias) : product
}

function int8Weight({g, weights}: LayerBuilder, {weight, inputs, outputs}: LinearWeights): Value {
  const tensor = weights.tensors.get(weight)
  if (tensor?.dtype === 'I8' && tensor.shape.join() === `${inputs},${outputs}`) return g.external(tensor)
  const found = tensor ? `${tensor.dtype} [${tensor.shape.join(', ')}]` : 'missing'
  throw new BugError(`${weight} should be I8 [inputs=${inputs}, outputs=${outputs}] in int8 weights, but is ${found}.`)
}
