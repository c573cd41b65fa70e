/** The operators vwt writes, as methods with checked attributes: the vocabulary of models and methods. */
import type {ElementType} from '../base/tensor.js'
import {type Attributes, CONTRIB, GraphBuilder, type Value} from './builder.js'
import {ONNX_TYPE} from './onnx-schema.js'

/** Axis positions may be negative, counted from the last, as ONNX has them. */
export class Graph extends GraphBuilder {
  float(value: number): Value {
    return this.constant('float32', [value], [])
  }

  int(value: number): Value {
    return this.constant('int64', [value], [])
  }

  ints(values: readonly number[]): Value {
    return this.constant('int64', values)
  }

  /** An operator of ONNX Runtime's own domain. */
  contrib(opType: string, inputs: readonly (Value | undefined)[], attributes: Attributes = {}): Value {
    return this.op(opType, inputs, attributes, CONTRIB)
  }

  add(a: Value, b: Value): Value {
    return this.op('Add', [a, b])
  }

  sub(a: Value, b: Value): Value {
    return this.op('Sub', [a, b])
  }

  mul(a: Value, b: Value): Value {
    return this.op('Mul', [a, b])
  }

  div(a: Value, b: Value): Value {
    return this.op('Div', [a, b])
  }

  matMul(a: Value, b: Value): Value {
    return this.op('MatMul', [a, b])
  }

  cast(value: Value, type: ElementType): Value {
    return this.op('Cast', [value], {to: ONNX_TYPE[type]})
  }

  /** 0 keeps a length, -1 takes the rest. */
  reshape(value: Value, dims: readonly number[] | Value): Value {
    return this.op('Reshape', [value, 'graph' in dims ? dims : this.ints(dims)])
  }

  transpose(value: Value, perm: readonly number[]): Value {
    return this.op('Transpose', [value], {perm})
  }

  concat(values: readonly Value[], axis: number): Value {
    return this.op('Concat', values, {axis})
  }

  /** From `start` up to, not including, `end` along `axis`, every `step`-th. Bounds may be int64 `[1]` values. */
  slice(
    value: Value,
    axis: number,
    start: number | Value,
    end: number | Value = Number.MAX_SAFE_INTEGER,
    step = 1,
  ): Value {
    const bound = (place: number | Value) => (typeof place === 'number' ? this.ints([place]) : place)
    return this.op('Slice', [
      value,
      bound(start),
      bound(end),
      this.ints([axis]),
      ...(step === 1 ? [] : [this.ints([step])]),
    ])
  }

  gather(value: Value, indices: Value, axis: number): Value {
    return this.op('Gather', [value, indices], {axis})
  }

  /** Rows of `value` `[B, N, …]` at `indices` `[B, K]`, per batch row. */
  gatherRows(value: Value, indices: Value): Value {
    return this.op('GatherND', [value, this.unsqueeze(indices, [-1])], {batch_dims: 1})
  }

  unsqueeze(value: Value, axes: readonly number[]): Value {
    return this.op('Unsqueeze', [value, this.ints(axes)])
  }

  squeeze(value: Value, axes: readonly number[]): Value {
    return this.op('Squeeze', [value, this.ints(axes)])
  }

  expand(value: Value, dims: Value): Value {
    return this.op('Expand', [value, dims])
  }

  /** The lengths of axes `start` up to, not including, `end`, as an int64 vector. */
  shape(value: Value, start = 0, end?: number): Value {
    return this.op('Shape', [value], end === undefined ? {start} : {start, end})
  }

  softmax(value: Value, axis = -1): Value {
    return this.op('Softmax', [value], {axis})
  }

  reduceSum(value: Value, axes: readonly number[], keepDims = true): Value {
    return this.op('ReduceSum', [value, this.ints(axes)], {keepdims: keepDims ? 1 : 0})
  }

  reduceMean(value: Value, axes: readonly number[], keepDims = true): Value {
    return this.op('ReduceMean', [value, this.ints(axes)], {keepdims: keepDims ? 1 : 0})
  }

  reduceMax(value: Value, axes: readonly number[], keepDims = true): Value {
    return this.op('ReduceMax', [value, this.ints(axes)], {keepdims: keepDims ? 1 : 0})
  }

  /** Position of the largest along `axis`, the first of equal ones; int64, without that axis. */
  argMax(value: Value, axis = -1): Value {
    return this.op('ArgMax', [value], {axis, keepdims: 0, select_last_index: 0})
  }

  /** 0, 1, … `count` - 1, `[count]`. @param count int64 `[1]` */
  range(count: Value, type: 'int64' | 'float32' = 'int64'): Value {
    const places = this.op('Range', [this.int(0), this.squeeze(count, [0]), this.int(1)])
    return type === 'int64' ? places : this.cast(places, type)
  }

  equal(a: Value, b: Value): Value {
    return this.op('Equal', [a, b])
  }

  where(condition: Value, yes: Value, no: Value): Value {
    return this.op('Where', [condition, yes, no])
  }

  max(a: Value, b: Value): Value {
    return this.op('Max', [a, b])
  }

  min(a: Value, b: Value): Value {
    return this.op('Min', [a, b])
  }

  /** Rows of length 1 along the last axis; a zero row stays zero. */
  normalizeRows(value: Value): Value {
    const squares = this.reduceSum(this.mul(value, value), [-1])
    return this.div(value, this.max(this.op('Sqrt', [squares]), this.float(1e-12)))
  }

  /**
   * The `k` largest (or smallest) along `axis`, in order; of equal values the one with the lower index comes first.
   * @param k int64 `[1]`
   */
  topK(value: Value, k: Value, {axis = -1, largest = true} = {}): {values: Value; indices: Value} {
    const [values, indices] = this.ops('TopK', [value, k], 2, {axis, largest: largest ? 1 : 0, sorted: 1})
    return {values: values!, indices: indices!}
  }

  layerNorm(value: Value, weight: Value, bias: Value, epsilon: number): Value {
    return this.op('LayerNormalization', [value, weight, bias], {axis: -1, epsilon: {float: epsilon}})
  }
}
