/** A tower with int8 weights as a list of tensors to write, each made from its source when its turn comes. */
import {ModelError} from '../base/errors.js'
import {scaleName} from '../methods/q8.js'
import {
  divideRows,
  inputMagnitudes,
  type QuantizedKind,
  roundWeights,
  scaleColumns,
  smoothingFactors,
  weightScales,
} from '../methods/quantize.js'
import type {LinearWeights} from '../models/layers.js'
import type {LinearGroup, Tower} from '../models/linear-groups.js'
import {DTYPE_BYTES} from '../weights/header.js'
import {readTensor, readTensorBytes, requireTensor, type TensorSpan, type Weights} from '../weights/safetensors.js'
import type {TensorToWrite} from '../weights/write.js'

/** What `--calibrate` has found, and how much of it moves into the weights. */
export type Smoothing = {
  /** See `smoothingFactors`. */
  readonly alpha: number
  readonly imageCount: number
  /** By name of a linear layer's weight: the largest magnitude of each channel of its rows, `[inputs]`. */
  readonly activations: ReadonlyMap<string, Float32Array>
}

type Edit = (values: Float32Array) => Promise<Float32Array>

/**
 * Everything a graph of the tower reads: the linear layers of its groups as int8 with scales, the rest as it is or, where
 * a smoothing factor went into it, as float32.
 *
 * @throws {ModelError} a weight is missing, of another shape, or holds NaN or infinity (while its bytes are made).
 */
export function quantizedTensors(
  weights: Weights,
  tower: Tower,
  {kind, smoothing}: {readonly kind: QuantizedKind; readonly smoothing?: Smoothing | undefined},
): TensorToWrite[] {
  const edits = smoothing ? planSmoothing(weights, tower, smoothing) : new Map<string, Edit[]>()
  const read = async (span: TensorSpan) => {
    let values = await readFinite(span)
    for (const edit of edits.get(span.name) ?? []) values = await edit(values)
    return values
  }
  const layers = tower.groups.flatMap((group) => group.layers)
  const kept = [...weights.tensors.values()].filter(
    ({name}) => tower.prefixes.some((prefix) => name.startsWith(prefix)) && !layers.some(({weight}) => weight === name),
  )
  const tensors = [
    ...kept.map((span) => keepTensor(span, edits.has(span.name) ? () => read(span) : undefined)),
    ...layers.flatMap((layer) => quantizeLayer(layer, kind, () => read(spanOf(weights, layer)))),
  ]
  // Wider types first: then every tensor begins at a multiple of its width.
  return tensors.sort((a, b) => DTYPE_BYTES[b.dtype] - DTYPE_BYTES[a.dtype])
}

function keepTensor(span: TensorSpan, read: (() => Promise<Float32Array>) | undefined): TensorToWrite {
  const {name, shape} = span
  if (read) return {name, dtype: 'F32', shape, data: read}
  return {name, dtype: span.dtype, shape, data: async () => new Uint8Array(await readTensorBytes(span))}
}

function quantizeLayer(layer: LinearWeights, kind: QuantizedKind, read: () => Promise<Float32Array>): TensorToWrite[] {
  const {weight: name, inputs, outputs} = layer
  const values = async () => {
    const weight = await read()
    return roundWeights(weight, layer, weightScales(weight, layer, kind), kind)
  }
  const scales = async () => weightScales(await read(), layer, kind)
  return [
    {name, dtype: 'I8', shape: [inputs, outputs], data: values},
    {name: scaleName(name), dtype: 'F32', shape: [outputs], data: scales},
  ]
}

/** What happens to each tensor on its way into the file, by name. */
function planSmoothing(weights: Weights, {groups}: Tower, smoothing: Smoothing): Map<string, Edit[]> {
  const edits = new Map<string, Edit[]>()
  const add = (name: string, edit: Edit) => edits.set(name, [...(edits.get(name) ?? []), edit])
  for (const {layers, source} of groups) {
    if (source.kind === 'fixed') continue
    let factors: Promise<Float32Array> | undefined
    const once = () => {
      factors ??= groupFactors(weights, layers, smoothing)
      return factors
    }
    for (const {weight} of layers) add(weight, async (values) => scaleColumns(values, await once()))
    for (const name of [source.weight, source.bias]) add(name, async (values) => divideRows(values, await once()))
  }
  return edits
}

async function groupFactors(
  weights: Weights,
  layers: LinearGroup['layers'],
  {alpha, activations}: Smoothing,
): Promise<Float32Array> {
  const {inputs} = layers[0]!
  const matrices: Float32Array[] = []
  for (const layer of layers) matrices.push(await readFinite(spanOf(weights, layer)))
  // The last layer's query sees the class token alone: the largest of all layers of the group is the rows' own.
  const activation = new Float32Array(inputs)
  for (const {weight} of layers) {
    activations.get(weight)?.forEach((value, channel) => {
      activation[channel] = Math.max(activation[channel]!, value)
    })
  }
  return smoothingFactors(activation, inputMagnitudes(matrices, inputs), alpha)
}

function spanOf(weights: Weights, {weight, inputs, outputs}: LinearWeights): TensorSpan {
  return requireTensor(weights, weight, {outputs, inputs})
}

/** int8 would hide what is not a number. */
async function readFinite(span: TensorSpan): Promise<Float32Array> {
  const values = await readTensor(span)
  let bad = 0
  while (bad < values.length && Number.isFinite(values[bad])) bad += 1
  if (bad === values.length) return values
  throw new ModelError(
    `${span.file} should hold finite weights, but element ${bad} of ${span.name} is ${values[bad]}.`,
    {
      code: 'weights-not-finite',
      suggestions: ['Download or save the weights again: nothing useful can come of these.'],
    },
  )
}
