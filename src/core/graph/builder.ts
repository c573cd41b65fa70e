/**
 * Writes ONNX graphs: values are joined as objects, nodes are named after the scope they were made in, weights stay in
 * their file as ONNX external data. The result is an ordinary `.onnx` file of some tens of kilobytes.
 */
import {basename} from 'node:path'
import {BugError} from '../base/errors.js'
import {
  type Dim,
  ELEMENT_BYTES,
  type ElementType,
  type ExternalTensor,
  elementCount,
  type TensorSpec,
} from '../base/tensor.js'
import {ATTRIBUTE_TYPE, DATA_LOCATION_EXTERNAL, encodeModel, ONNX_TYPE} from './onnx-schema.js'

/** The ONNX operator set vwt writes, and the IR version that goes with it. */
export const OPSET = 20
const IR_VERSION = 10
/** ONNX Runtime's own operators. */
export const CONTRIB = 'com.microsoft'

/** One value that flows through a graph. Made by a builder, meaningful only to the builder that made it. */
export type Value = {readonly name: string; readonly graph: GraphBuilder}

/** A float attribute must be told from an int one: `{float: 1}` is 1.0. Plain numbers are ints. */
export type Attribute =
  | number
  | string
  | readonly number[]
  | {readonly float: number}
  | {readonly floats: readonly number[]}
export type Attributes = Readonly<Record<string, Attribute>>

/** A weights file a written graph points into, and the name it must have beside the graph. */
export type ExternalFile = {readonly file: string; readonly location: string}

/** The product of a builder: bytes of a ModelProto, what it takes and gives, and the files it points into. */
export type WrittenGraph = {
  readonly name: string
  readonly bytes: Uint8Array
  readonly inputs: readonly TensorSpec[]
  readonly outputs: readonly TensorSpec[]
  readonly externalFiles: readonly ExternalFile[]
  readonly nodeCount: number
}

type Node = {name: string; opType: string; domain: string; input: string[]; output: string[]; attribute: object[]}

const SAFETENSORS_TYPE: Readonly<Record<string, ElementType>> = {
  F32: 'float32',
  F16: 'float16',
  BF16: 'bfloat16',
  I64: 'int64',
  I32: 'int32',
  I8: 'int8',
  U8: 'uint8',
  BOOL: 'bool',
}

export class GraphBuilder {
  readonly #name: string
  readonly #nodes: Node[] = []
  readonly #initializers: object[] = []
  readonly #inputs: TensorSpec[] = []
  readonly #outputs: TensorSpec[] = []
  readonly #constants = new Map<string, Value>()
  readonly #weights = new Map<string, Value>()
  readonly #files = new Map<string, string>()
  readonly #computed = new Map<string, Value[]>()
  readonly #taken = new Set<string>()
  /** Outputs by the value that a node gives under the output's own name. */
  readonly #given = new Map<string, string>()
  #valueCount = 0
  #scopes: string[] = []

  /** @param name goes into the file, for whoever opens it in a viewer. */
  constructor(name: string) {
    this.#name = name
  }

  /** Runs `build` with `name` put before the names of all nodes made inside; scopes nest with dots. */
  scope<T>(name: string, build: () => T): T {
    this.#scopes.push(name)
    try {
      return build()
    } finally {
      this.#scopes.pop()
    }
  }

  /** Declares a graph input. Strings in `dims` are lengths known at run time; equal names are equal lengths. */
  input(name: string, type: ElementType, dims: readonly Dim[]): Value {
    this.#claim(name)
    this.#inputs.push({name, type, dims})
    return {name, graph: this}
  }

  /**
   * Declares `value` as the graph output `name`. The node that makes it then gives it under that name: ONNX Runtime does
   * not see through an Identity here and would copy.
   */
  output(name: string, value: Value, type: ElementType, dims: readonly Dim[]): void {
    this.#claim(name)
    this.#outputs.push({name, type, dims})
    const source = this.#nameOf(value)
    const isMade = this.#nodes.some(({output}) => output.includes(source))
    if (isMade && !this.#given.has(source)) {
      this.#given.set(source, name)
      return
    }
    this.#nodes.push({
      name: `${name}.output`,
      opType: 'Identity',
      domain: '',
      input: [source],
      output: [name],
      attribute: [],
    })
  }

  /**
   * An initializer that stays in its file, under its own name. Asked for twice it is written once.
   *
   * @param shape another shape of the same number of elements, when the bytes are wanted in other axes.
   */
  external(tensor: ExternalTensor, shape: readonly number[] = tensor.shape): Value {
    const name = shape === tensor.shape ? tensor.name : `${tensor.name} [${shape.join(',')}]`
    const known = this.#weights.get(name)
    if (known) return known
    const type = this.elementTypeOf(tensor)
    if (elementCount(shape) * ELEMENT_BYTES[type] !== tensor.byteLength) {
      throw new BugError(`${tensor.name} holds ${tensor.byteLength} bytes, which is not ${type} [${shape.join(', ')}].`)
    }
    this.#claim(name)
    const externalData = [
      {key: 'location', value: this.#locationOf(tensor.file)},
      {key: 'offset', value: String(tensor.offset)},
      {key: 'length', value: String(tensor.byteLength)},
    ]
    this.#initializers.push({
      name,
      dims: [...shape],
      dataType: ONNX_TYPE[type],
      externalData,
      dataLocation: DATA_LOCATION_EXTERNAL,
    })
    const value = {name, graph: this}
    this.#weights.set(name, value)
    return value
  }

  /** The element type of a tensor in a weights file. @throws {BugError} ONNX has none for it. */
  elementTypeOf(tensor: ExternalTensor): ElementType {
    const type = SAFETENSORS_TYPE[tensor.dtype]
    if (!type) throw new BugError(`${tensor.name} is ${tensor.dtype}, which no graph of vwt computes with.`)
    return type
  }

  /** A small constant inside the graph file: scalar `[]`, shape vectors, tables. Equal ones are written once. */
  constant(
    type: 'float32' | 'int64' | 'int32' | 'bool' | 'uint8',
    values: readonly number[],
    dims: readonly number[] = [values.length],
  ): Value {
    if (elementCount(dims) !== values.length)
      throw new BugError(`${values.length} values do not fill [${dims.join(', ')}].`)
    const key = `${type} [${dims.join(',')}] ${values.join(',')}`
    const known = this.#constants.get(key)
    if (known) return known
    const name = this.#unique(`constant.${this.#constants.size}`)
    this.#initializers.push({name, dims: [...dims], dataType: ONNX_TYPE[type], rawData: rawBytes(type, values)})
    const value = {name, graph: this}
    this.#constants.set(key, value)
    return value
  }

  /** A node with one output. `undefined` among the inputs leaves an optional input out. */
  op(opType: string, inputs: readonly (Value | undefined)[], attributes: Attributes = {}, domain = ''): Value {
    return this.ops(opType, inputs, 1, attributes, domain)[0]!
  }

  /**
   * A node with `outputCount` outputs. What was computed before, by the same operator from the same values, is not
   * computed again: the earlier outputs are returned. (All operators here give the same for the same.)
   */
  ops(
    opType: string,
    inputs: readonly (Value | undefined)[],
    outputCount: number,
    attributes: Attributes = {},
    domain = '',
  ): Value[] {
    const input = inputs.map((value) => (value ? this.#nameOf(value) : ''))
    const key = JSON.stringify([domain, opType, outputCount, input, attributes])
    const known = this.#computed.get(key)
    if (known) return known
    const name = this.#unique([...this.#scopes, opType].join('.'))
    // Nodes carry the readable name; values between them are numbered, in few digits, which halves the file.
    const output = Array.from({length: outputCount}, () => this.#unique(`%${(++this.#valueCount).toString(36)}`))
    this.#nodes.push({
      name,
      opType,
      domain,
      input,
      output,
      attribute: Object.entries(attributes).map(([attribute, value]) => attributeOf(attribute, value)),
    })
    const values = output.map((outputName) => ({name: outputName, graph: this}))
    this.#computed.set(key, values)
    return values
  }

  /** Closes the graph and writes it. */
  finish(): WrittenGraph {
    if (this.#outputs.length === 0) throw new BugError(`The graph ${this.#name} has no output.`)
    const domains = new Set(this.#nodes.map((node) => node.domain))
    const named = (value: string) => this.#given.get(value) ?? value
    const nodes = this.#nodes.map((node) => ({...node, input: node.input.map(named), output: node.output.map(named)}))
    const bytes = encodeModel({
      irVersion: IR_VERSION,
      producerName: 'vwt',
      opsetImport: [...domains].sort().map((domain) => ({domain, version: domain === '' ? OPSET : 1})),
      graph: {
        name: this.#name,
        node: nodes,
        initializer: this.#initializers,
        input: this.#inputs.map(valueInfo),
        output: this.#outputs.map(valueInfo),
      },
    })
    const externalFiles = [...this.#files].map(([file, location]) => ({file, location}))
    return {
      name: this.#name,
      bytes,
      inputs: this.#inputs,
      outputs: this.#outputs,
      externalFiles,
      nodeCount: this.#nodes.length,
    }
  }

  #nameOf(value: Value): string {
    if (value.graph !== this) throw new BugError(`The value ${value.name} belongs to another graph than ${this.#name}.`)
    return value.name
  }

  #claim(name: string): void {
    if (this.#taken.has(name)) throw new BugError(`The name ${name} is taken twice in the graph ${this.#name}.`)
    this.#taken.add(name)
  }

  #unique(wanted: string): string {
    let name = wanted
    for (let copy = 2; this.#taken.has(name); copy += 1) name = `${wanted}.${copy}`
    this.#taken.add(name)
    return name
  }

  /** Name of a weights file beside the graph: its own, made unique when two folders hold one of the same name. */
  #locationOf(file: string): string {
    const known = this.#files.get(file)
    if (known) return known
    const taken = new Set(this.#files.values())
    let location = basename(file)
    for (let copy = 2; taken.has(location); copy += 1) location = `${copy}-${basename(file)}`
    this.#files.set(file, location)
    return location
  }
}

function attributeOf(name: string, value: Attribute): object {
  if (typeof value === 'number') {
    if (!Number.isInteger(value)) throw new BugError(`Attribute ${name} is ${value}: say {float: ${value}}.`)
    return {name, type: ATTRIBUTE_TYPE.int, i: value}
  }
  if (typeof value === 'string') return {name, type: ATTRIBUTE_TYPE.string, s: Buffer.from(value)}
  if ('float' in value) return {name, type: ATTRIBUTE_TYPE.float, f: value.float}
  if ('floats' in value) return {name, type: ATTRIBUTE_TYPE.floats, floats: [...value.floats]}
  return {name, type: ATTRIBUTE_TYPE.ints, ints: [...value]}
}

function valueInfo({name, type, dims}: TensorSpec): object {
  const dim = dims.map((length) => (typeof length === 'number' ? {dimValue: length} : {dimParam: length}))
  return {name, type: {tensorType: {elemType: ONNX_TYPE[type], shape: {dim}}}}
}

function rawBytes(type: 'float32' | 'int64' | 'int32' | 'bool' | 'uint8', values: readonly number[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(values.length * ELEMENT_BYTES[type]))
  for (const [index, value] of values.entries()) {
    if (type === 'float32') view.setFloat32(index * 4, value, true)
    else if (type === 'int64') view.setBigInt64(index * 8, BigInt(value), true)
    else if (type === 'int32') view.setInt32(index * 4, value, true)
    else view.setUint8(index, value)
  }
  return new Uint8Array(view.buffer)
}
