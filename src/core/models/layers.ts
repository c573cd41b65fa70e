/** What every tower is built from: linear layers, normalisations, activations and attention over named weights. */
import type {ExternalTensor} from '../base/tensor.js'
import type {Value} from '../graph/builder.js'
import type {Graph} from '../graph/graph.js'
import {requireTensor, type Weights} from '../weights/safetensors.js'
import type {Activation} from './tower-config.js'

/**
 * Which operators a graph is made of. `fused` uses ONNX Runtime's own for the processor; `plain` keeps to standard
 * ONNX, for devices where fused attention is missing or wrong, and for other engines.
 */
export type Dialect = 'fused' | 'plain'

/** Names and shapes of one linear layer: `y = x · weightᵀ + bias`, weight `[outputs, inputs]` as PyTorch stores it. */
export type LinearWeights = {
  readonly weight: string
  readonly bias?: string
  readonly inputs: number
  readonly outputs: number
}

/** Computes a linear layer on rows `[n, inputs]`; the place where a precision method puts its own. */
export type LinearLayer = (build: LayerBuilder, rows: Value, layer: LinearWeights) => Value

/** float32 matrix product with the weight read from its file. */
export const floatLinear: LinearLayer = ({g, read}, rows, {weight, bias, inputs, outputs}) =>
  g.op(
    'Gemm',
    [rows, read(weight, {outputs, inputs}), bias === undefined ? undefined : read(bias, {outputs})].filter(
      (value) => value !== undefined,
    ),
    {transB: 1},
  )

/** The graph, the weights and the choices that all layers of a tower share. */
export class LayerBuilder {
  constructor(
    readonly g: Graph,
    readonly weights: Weights,
    readonly dialect: Dialect,
    readonly linearLayer: LinearLayer = floatLinear,
  ) {}

  /** A weight as float32 under its own name, its shape checked. */
  readonly read = (name: string, axes: Readonly<Record<string, number>>): Value =>
    this.float(requireTensor(this.weights, name, axes))

  /** A tensor of a weights file as float32, seen in another shape where one is given. */
  float(tensor: ExternalTensor, shape?: readonly number[]): Value {
    const value = this.g.external(tensor, shape)
    return this.g.elementTypeOf(tensor) === 'float32' ? value : this.g.cast(value, 'float32')
  }

  linear(rows: Value, layer: LinearWeights): Value {
    return this.linearLayer(this, rows, layer)
  }

  /** LayerNorm with `prefix.weight` and `prefix.bias` over the last axis. */
  layerNorm(rows: Value, prefix: string, width: number, epsilon: number): Value {
    return this.g.layerNorm(rows, this.read(`${prefix}.weight`, {width}), this.read(`${prefix}.bias`, {width}), epsilon)
  }

  /**
   * `sum = rows + delta` and its LayerNorm. Two nodes on purpose: ONNX Runtime's SkipLayerNormalization does both on the
   * processor in four times the time (see bench/RESULTS.md).
   */
  addAndNorm(rows: Value, delta: Value, prefix: string, width: number, epsilon: number): {sum: Value; normed: Value} {
    const sum = this.g.add(rows, delta)
    return {sum, normed: this.layerNorm(sum, prefix, width, epsilon)}
  }

  activate(rows: Value, activation: Activation): Value {
    const {g} = this
    if (activation === 'gelu') return this.dialect === 'fused' ? g.contrib('Gelu', [rows]) : g.op('Gelu', [rows])
    if (this.dialect === 'fused') return g.contrib('QuickGelu', [rows], {alpha: {float: 1.702}})
    return g.mul(rows, g.op('Sigmoid', [g.mul(rows, g.float(1.702))]))
  }

  /**
   * Multi-head attention over `[B, Tq, D]` queries and `[B, T, D]` keys and values → `[B, Tq, D]`.
   *
   * @param bias added to the logits, `[B or 1, 1, Tq, T]`.
   */
  attention({query, key, value, heads, headDim, bias}: AttentionInputs): Value {
    const {g} = this
    if (this.dialect === 'fused') {
      return g.contrib('MultiHeadAttention', [query, key, value, undefined, undefined, bias].slice(0, bias ? 6 : 3), {
        num_heads: heads,
      })
    }
    const split = (rows: Value, perm: readonly number[]) => g.transpose(g.reshape(rows, [0, 0, heads, headDim]), perm)
    const scaled = g.mul(split(query, [0, 2, 1, 3]), g.float(1 / Math.sqrt(headDim)))
    const logits = g.matMul(scaled, split(key, [0, 2, 3, 1]))
    const mixed = g.matMul(g.softmax(bias ? g.add(logits, bias) : logits), split(value, [0, 2, 1, 3]))
    return g.reshape(g.transpose(mixed, [0, 2, 1, 3]), [0, 0, heads * headDim])
  }
}

export type AttentionInputs = {
  readonly query: Value
  readonly key: Value
  readonly value: Value
  readonly heads: number
  readonly headDim: number
  readonly bias?: Value | undefined
}
