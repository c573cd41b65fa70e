/** Golden tensors of the CLIP fixtures, and how close a result must be to them. */
import {readdirSync} from 'node:fs'
import {join, resolve} from 'node:path'
import type {Tensor} from '../../../src/core/base/tensor.js'
import {parseMethodSpec} from '../../../src/core/methods/spec.js'
import type {UnitWords} from '../../../src/core/methods/words.js'
import {writeVision} from '../../../src/core/models/architectures.js'
import {type ModelFolder, readModelFolder, requireKind} from '../../../src/core/models/folder.js'
import type {Dialect} from '../../../src/core/models/layers.js'
import {type Device, openSession} from '../../../src/core/runtime/session.js'
import {readInt64Tensor, readSafetensorsHeader, readTensor} from '../../../src/core/weights/safetensors.js'
import {geometryOf, graphPieces} from '../../../src/core/workflows/vision.js'

export const CLIP_FIXTURES = resolve('test/fixtures/clip')
export const CLIP_FOLDERS = readdirSync(CLIP_FIXTURES, {withFileTypes: true})
  .filter((entry) => entry.isDirectory() && entry.name.startsWith('patch'))
  .map(({name}) => name)

export async function readClip(path: string): Promise<ModelFolder<'clip'>> {
  return requireKind(await readModelFolder(path), 'clip', 'test')
}

/** A tensor of `golden.safetensors`, or of another file of the folder. */
export function golden(folder: string, name: string, file = 'golden.safetensors'): Promise<Tensor> {
  return readGolden(join(CLIP_FIXTURES, folder, file), name)
}

export async function readGolden(path: string, name: string): Promise<Tensor> {
  const span = (await readSafetensorsHeader(path)).tensors.get(name)!
  const isInt = span.dtype === 'I64'
  const data = isInt ? await readInt64Tensor(span) : await readTensor(span)
  return {type: isInt ? 'int64' : 'float32', dims: span.shape, data}
}

/** The largest difference of any value, and the smallest cosine of any row. */
export function compare(got: Tensor, expected: Tensor): {worst: number; cosine: number} {
  if (got.dims.join() !== expected.dims.join()) throw new Error(`[${got.dims}] is compared with [${expected.dims}]`)
  const [a, b] = [got.data as Float32Array, expected.data as Float32Array]
  const width = expected.dims[1]!
  const row = (values: Float32Array, index: number) => values.subarray(index * width, (index + 1) * width)
  return {
    worst: a.reduce((most, value, index) => Math.max(most, Math.abs(value - b[index]!)), 0),
    cosine: Math.min(...Array.from({length: expected.dims[0]!}, (_, index) => cosine(row(a, index), row(b, index)))),
  }
}

/** One row of the first axis, as a batch of one. */
export function rowOf({type, dims, data}: Tensor, row: number): Tensor {
  const length = data.length / dims[0]!
  return {type, dims: [1, ...dims.slice(1)], data: data.slice(row * length, (row + 1) * length)}
}

/** Runs a vision tower with a method in it. @param folder of the CLIP fixtures, or read.  @param words for `inter`. */
export async function runVision(
  folder: string | ModelFolder,
  spec: string,
  pixels: Tensor,
  {dialect = 'fused', device = 'cpu', words}: {dialect?: Dialect; device?: Device; words?: UnitWords} = {},
) {
  const model = typeof folder === 'string' ? await readModelFolder(join(CLIP_FIXTURES, folder)) : folder
  const {steps} = parseMethodSpec(spec)
  const graph = writeVision(model, model.weights, {dialect, ...graphPieces({steps}), trace: true})
  const session = await openSession(graph, {device})
  const images = Array.from({length: pixels.dims[0]!}, (_, image) => image)
  const call = {geometry: geometryOf(model), images, seed: 0, words}
  const outputs = await session.run({
    pixel_values: pixels,
    ...Object.assign({}, ...steps.map((step) => step.inputs(call))),
  })
  await session.release()
  return {graph, outputs}
}

function cosine(a: Float32Array, b: Float32Array): number {
  const dot = (x: Float32Array, y: Float32Array) => x.reduce((sum, value, index) => sum + value * y[index]!, 0)
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b))
}
