/** One ONNX Runtime session over one written graph: opened, fed with checked inputs, emptied. The runtime's only door. */
import type {InferenceSession, Tensor as RuntimeTensor} from 'onnxruntime-node'
import {BugError, DeviceError, ModelError, messageOf, type VwtError} from '../base/errors.js'
import {elementCount, formatTensor, type Tensor, type TensorArray, type TensorSpec} from '../base/tensor.js'
import {type GraphFile, stageGraph} from './staging.js'
import {allowedThreads} from './threads.js'

/** Devices a session can be opened on, by the names of the command line. */
export const DEVICES = ['cpu', 'webgpu', 'cuda', 'coreml', 'dml'] as const
export type Device = (typeof DEVICES)[number]

export type SessionGraph = GraphFile & {readonly inputs: readonly TensorSpec[]; readonly outputs: readonly TensorSpec[]}

export type SessionOptions = {
  /** Default `cpu`. */
  readonly device?: Device
  /** Threads of the operators; default what affinity and quota allow. */
  readonly threads?: number
  /** True when every run has the same shapes: only then may memory plans be kept (with varying ones they pile up). */
  readonly fixedShapes?: boolean
  /**
   * False gives memory back after each run instead of keeping it: for small graphs whose inputs differ from run to run,
   * where an arena creeps upwards for thousands of runs. Default true.
   */
  readonly keepsMemory?: boolean
  /** Passed to ONNX Runtime as they are, for measurements: `{'session.disable_prepacking': '1'}`. */
  readonly config?: Readonly<Record<string, string>>
}

/** Outputs by name. */
export type Outputs = Readonly<Record<string, Tensor>>

export interface Session {
  readonly name: string
  readonly device: Device
  readonly threads: number
  readonly inputs: readonly TensorSpec[]
  readonly outputs: readonly TensorSpec[]
  /**
   * Runs the graph once. The call blocks the event loop while ONNX Runtime computes.
   * @throws {BugError} an input is missing, unknown, or has another type or shape than the graph declares.
   */
  run(inputs: Readonly<Record<string, Tensor>>): Promise<Outputs>
  release(): Promise<void>
}

/**
 * Opens a session.
 * @throws {DeviceError} the device does not open here.
 * @throws {ModelError} the graph's weights cannot be mapped.
 */
export async function openSession(graph: SessionGraph, options: SessionOptions = {}): Promise<Session> {
  const runtime = await loadRuntime()
  const device = options.device ?? 'cpu'
  const threads = options.threads ?? allowedThreads()
  const native = await create(runtime, graph, device, nativeOptions(device, threads, options))
  return new NativeSession(runtime, native, graph, device, threads)
}

type Runtime = typeof import('onnxruntime-node')

/** Whatever fails is thrown and told once; the runtime's own log would tell it again on stderr. */
const SILENT = 4

async function loadRuntime(): Promise<Runtime> {
  const loaded = await import('onnxruntime-node')
  const runtime = (loaded as unknown as {default?: Runtime}).default ?? loaded
  // Device libraries report their absence while a session is made, before it has a log level of its own.
  runtime.env.logLevel = 'fatal'
  return runtime
}

function nativeOptions(device: Device, threads: number, options: SessionOptions): InferenceSession.SessionOptions {
  const nested: Record<string, unknown> = {}
  // Pool threads that spin between runs would burn CPU that a measurement charges to the next phase.
  const config = {'session.intra_op.allow_spinning': '0', 'session.inter_op.allow_spinning': '0', ...options.config}
  for (const [key, value] of Object.entries(config)) setNested(nested, key.split('.'), value)
  return {
    executionProviders: [device],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    graphOptimizationLevel: 'all',
    enableMemPattern: options.fixedShapes ?? false,
    enableCpuMemArena: options.keepsMemory ?? true,
    logSeverityLevel: SILENT,
    extra: nested,
  }
}

function setNested(target: Record<string, unknown>, [first = '', ...rest]: string[], value: string): void {
  if (rest.length === 0) {
    target[first] = value
    return
  }
  target[first] ??= {}
  setNested(target[first] as Record<string, unknown>, rest, value)
}

async function create(
  runtime: Runtime,
  graph: SessionGraph,
  device: Device,
  options: InferenceSession.SessionOptions,
): Promise<InferenceSession> {
  const staged = graph.externalFiles.length > 0 ? await stageGraph(graph) : undefined
  try {
    return staged
      ? await runtime.InferenceSession.create(staged.path, options)
      : await runtime.InferenceSession.create(graph.bytes, options)
  } catch (error) {
    throw creationError(graph, device, error)
  } finally {
    await staged?.dispose()
  }
}

function creationError(graph: SessionGraph, device: Device, error: unknown): VwtError {
  if (device !== 'cpu') {
    return new DeviceError(`The device ${device} does not open here: ${messageOf(error)}`, {
      code: 'device-unusable',
      suggestions: ['Run `vwt doctor` to see which devices open.', 'Use --device cpu.'],
      cause: error,
    })
  }
  const message = `ONNX Runtime refused the graph of ${graph.name}: ${messageOf(error)}`
  return /external|mapping|memory|alloc/i.test(messageOf(error))
    ? new ModelError(message, {code: 'weights-unmappable', cause: error})
    : new BugError(message, {cause: error})
}

class NativeSession implements Session {
  readonly name: string
  readonly inputs: readonly TensorSpec[]
  readonly outputs: readonly TensorSpec[]
  readonly #runtime: Runtime
  #native: InferenceSession | undefined

  constructor(
    runtime: Runtime,
    native: InferenceSession,
    graph: SessionGraph,
    readonly device: Device,
    readonly threads: number,
  ) {
    this.#runtime = runtime
    this.#native = native
    this.name = graph.name
    this.inputs = graph.inputs
    this.outputs = graph.outputs
  }

  async run(inputs: Readonly<Record<string, Tensor>>): Promise<Outputs> {
    if (!this.#native) throw new BugError(`The session ${this.name} is released.`)
    checkInputs(this.name, this.inputs, inputs)
    const feeds: Record<string, RuntimeTensor> = {}
    for (const [name, {type, data, dims}] of Object.entries(inputs)) {
      feeds[name] = new this.#runtime.Tensor(type as 'float32', data as Float32Array, dims)
    }
    const results = await this.#native.run(feeds)
    const outputs: Record<string, Tensor> = {}
    for (const {name, type} of this.outputs) {
      const result = results[name]
      if (!result) throw new BugError(`The graph ${this.name} gave no ${name}.`)
      outputs[name] = {type, dims: result.dims, data: result.data as TensorArray}
    }
    return outputs
  }

  async release(): Promise<void> {
    const native = this.#native
    this.#native = undefined
    await native?.release()
  }
}

/** Every declared input once, of its type, its lengths, and one length for each named axis. */
export function checkInputs(
  graph: string,
  specs: readonly TensorSpec[],
  inputs: Readonly<Record<string, Tensor>>,
): void {
  const axes = new Map<string, number>()
  for (const spec of specs) {
    const tensor = inputs[spec.name]
    const place = `The input ${spec.name} of the graph ${graph}`
    if (!tensor) throw new BugError(`${place} is missing: it takes ${specs.map(({name}) => name).join(', ')}.`)
    const expected = formatTensor(spec.type, spec.dims)
    const received = formatTensor(tensor.type, tensor.dims)
    const fits = tensor.type === spec.type && tensor.dims.length === spec.dims.length
    if (!fits || !spec.dims.every((dim, axis) => sameLength(axes, dim, tensor.dims[axis]!))) {
      const bound = [...axes].map(([name, length]) => `${name} = ${length}`).join(', ')
      throw new BugError(`${place} should be ${expected}${bound && ` with ${bound}`}, but is ${received}.`)
    }
    if (tensor.data.length !== elementCount(tensor.dims)) {
      throw new BugError(`${place} is ${received} but holds ${tensor.data.length} values.`)
    }
  }
  const unknown = Object.keys(inputs).find((name) => !specs.some((spec) => spec.name === name))
  if (unknown)
    throw new BugError(
      `The graph ${graph} has no input ${unknown}: it takes ${specs.map(({name}) => name).join(', ')}.`,
    )
}

function sameLength(axes: Map<string, number>, dim: number | string, length: number): boolean {
  if (typeof dim === 'number') return dim === length
  const known = axes.get(dim)
  if (known !== undefined) return known === length
  axes.set(dim, length)
  return true
}
