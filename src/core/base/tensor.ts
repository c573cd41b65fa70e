/** Tensors as plain data: what graphs declare, sessions take and weights files hold. No library behind it. */

/** Element types, by the names JavaScript's typed arrays and ONNX Runtime share. */
export type ElementType = 'float32' | 'float16' | 'bfloat16' | 'int64' | 'int32' | 'int8' | 'uint8' | 'bool'

/** An axis length, or the name of one that is known only at run time. */
export type Dim = number | string

/** The declaration of one graph input or output. */
export type TensorSpec = {readonly name: string; readonly type: ElementType; readonly dims: readonly Dim[]}

export type TensorArray = Float32Array | BigInt64Array | Int32Array | Uint8Array | Int8Array | Uint16Array

/** A tensor on the JavaScript side, row-major. `float16` is held as raw bits in a Uint16Array, `bool` as bytes. */
export type Tensor = {readonly type: ElementType; readonly dims: readonly number[]; readonly data: TensorArray}

/**
 * A tensor that stays in its file: a name, a shape and a byte span. Weights are handed from the safetensors reader to
 * the graph in this form and never become JavaScript arrays.
 */
export type ExternalTensor = {
  readonly name: string
  /** Element type in the words of safetensors. */
  readonly dtype: string
  readonly shape: readonly number[]
  /** Absolute path. */
  readonly file: string
  /** Bytes from the start of the file. */
  readonly offset: number
  readonly byteLength: number
}

/** Bytes one element takes. */
export const ELEMENT_BYTES: Readonly<Record<ElementType, number>> = {
  float32: 4,
  float16: 2,
  bfloat16: 2,
  int64: 8,
  int32: 4,
  int8: 1,
  uint8: 1,
  bool: 1,
}

/** Number of elements of a shape; 1 for a scalar `[]`. */
export function elementCount(dims: readonly number[]): number {
  return dims.reduce((product, dim) => product * dim, 1)
}

/** `float32 [2, 197, 768]`, for messages. */
export function formatTensor(type: string, dims: readonly Dim[]): string {
  return `${type} [${dims.join(', ')}]`
}

export function float32Tensor(data: Float32Array | readonly number[], dims: readonly number[]): Tensor {
  return {type: 'float32', dims, data: data instanceof Float32Array ? data : Float32Array.from(data)}
}

export function int64Tensor(data: readonly number[], dims: readonly number[] = [data.length]): Tensor {
  return {type: 'int64', dims, data: BigInt64Array.from(data, BigInt)}
}
