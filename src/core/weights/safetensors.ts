/** The weights of a model folder: named, checked byte spans. Tensors stay in their files; only headers are read. */
import {lstat, open, readFile, realpath, stat} from 'node:fs/promises'
import {basename, join, resolve} from 'node:path'
import {BugError, ModelError, messageOf} from '../base/errors.js'
import {bfloat16ToFloat32, float16ToFloat32} from './floats.js'
import {readSafetensorsHeader, type SafetensorsFile, type TensorDtype, type TensorSpan} from './header.js'

export type {SafetensorsFile, TensorDtype, TensorSpan} from './header.js'
export {readSafetensorsHeader} from './header.js'

export type Weights = {
  /** Absolute, symbolic links resolved. */
  readonly folder: string
  /** Absolute, symbolic links resolved, in the order of the shards' names. */
  readonly files: readonly string[]
  readonly tensors: ReadonlyMap<string, TensorSpan>
  readonly metadata: Readonly<Record<string, string>>
  /** Size of all files together. */
  readonly totalBytes: number
}

export const WEIGHTS_FILE = 'model.safetensors'
export const WEIGHTS_INDEX_FILE = 'model.safetensors.index.json'
const MAX_INDEX_BYTES = 100_000_000
/** The word embeddings of a BLIP decoder take 94 MB in float32. */
const MAX_READ_BYTES = 256 * 1024 * 1024
const FLOAT_DTYPES: readonly TensorDtype[] = ['F32', 'F16', 'BF16']

/**
 * Opens `model.safetensors`, or the shards that `model.safetensors.index.json` lists; reads headers only.
 *
 * @throws {ModelError} neither is there, or a header, a span or the index is not what it should be.
 */
export async function openWeights(folder: string): Promise<Weights> {
  const single = join(folder, WEIGHTS_FILE)
  const files = (await exists(single)) ? [await readSafetensorsHeader(single)] : await openShards(folder)
  return {
    folder: await realpath(folder),
    files: files.map((file) => file.file),
    tensors: mergeTensors(folder, files),
    metadata: Object.assign({}, ...files.map((file) => file.metadata)) as Record<string, string>,
    totalBytes: files.reduce((sum, file) => sum + file.fileBytes, 0),
  }
}

/**
 * The span of a tensor that must be there with this shape, in a type that graphs compute with (F32, F16, BF16).
 *
 * @param shape axis name to length, in the order of the axes; the names serve the message.
 * @throws {ModelError} it is missing, or its shape or type is another.
 */
export function requireTensor(weights: Weights, name: string, shape: Readonly<Record<string, number>>): TensorSpan {
  const span = weights.tensors.get(name)
  if (!span) throw missingTensor(weights, name)
  const expected = Object.entries(shape)
  const same =
    span.shape.length === expected.length && expected.every(([, length], axis) => span.shape[axis] === length)
  const place = `${name} in ${span.file}`
  if (!same) {
    const named = expected.map(([axis, length]) => `${axis}=${length}`).join(', ')
    throw new ModelError(`${place} should be [${named}], but is [${span.shape.join(', ')}].`, {
      code: 'tensor-shape',
      suggestions: ['Do config.json and the weights belong to the same model?'],
    })
  }
  if (!FLOAT_DTYPES.includes(span.dtype)) {
    throw new ModelError(`${place} should be ${FLOAT_DTYPES.join(', ')}, but is ${span.dtype}.`, {
      code: 'tensor-dtype',
      suggestions: ['Save the model again in float32, float16 or bfloat16.'],
    })
  }
  return span
}

/**
 * Copies one tensor of at most 256 MiB (a scale, a vocabulary, one weight to quantise) into memory as float32. Graphs
 * do not need it: they point at spans.
 *
 * @throws {ModelError} the file has become shorter.  @throws {BugError} the tensor is too large or not of floats.
 */
export async function readTensor(span: TensorSpan): Promise<Float32Array> {
  const bytes = await readTensorBytes(span)
  if (span.dtype === 'F32') return new Float32Array(bytes)
  const halves = new Uint16Array(bytes)
  if (span.dtype === 'F16') return float16ToFloat32(halves)
  if (span.dtype === 'BF16') return bfloat16ToFloat32(halves)
  throw new BugError(`${span.name} is ${span.dtype}, and only F32, F16 and BF16 are read as floats.`)
}

/** The same for a tensor of type I64 (counts, token ids). */
export async function readInt64Tensor(span: TensorSpan): Promise<BigInt64Array> {
  if (span.dtype !== 'I64') throw new BugError(`${span.name} is ${span.dtype}, not I64.`)
  return new BigInt64Array(await readTensorBytes(span))
}

/** The bytes of one tensor, at most 256 MiB, as they are in the file. @throws like `readTensor`. */
export async function readTensorBytes(span: TensorSpan): Promise<ArrayBuffer> {
  if (span.byteLength > MAX_READ_BYTES) {
    throw new BugError(`${span.name} has ${span.byteLength} bytes: too many to read, point a graph at it.`)
  }
  const handle = await open(span.file)
  try {
    const bytes = new Uint8Array(span.byteLength)
    for (let done = 0; done < bytes.length; ) {
      const {bytesRead} = await handle.read(bytes, done, bytes.length - done, span.offset + done)
      if (bytesRead === 0) throw shortened(span)
      done += bytesRead
    }
    return bytes.buffer
  } finally {
    await handle.close()
  }
}

/** The file was whole when it was opened and is not any more. */
export function shortened(span: TensorSpan): ModelError {
  return new ModelError(`${span.file} has become shorter while in use: ${span.name} can no longer be read.`, {
    code: 'weights-cut-short',
  })
}

async function openShards(folder: string): Promise<SafetensorsFile[]> {
  const map = await readIndex(folder)
  const names = [...new Set(map.values())].sort()
  const files = await Promise.all(names.map((name) => readSafetensorsHeader(join(folder, name))))
  for (const [tensor, name] of map) {
    if (files[names.indexOf(name)]!.tensors.has(tensor)) continue
    throw badIndex(folder, `says that ${tensor} is in ${name}, but it is not.`)
  }
  return files
}

/** Tensor name to shard name, each shard a plain file name of this folder. */
async function readIndex(folder: string): Promise<Map<string, string>> {
  const path = join(folder, WEIGHTS_INDEX_FILE)
  const status = await stat(path).catch(() => undefined)
  if (!status) throw await noWeights(folder)
  if (status.size > MAX_INDEX_BYTES) throw badIndex(folder, `has ${status.size} bytes, more than ${MAX_INDEX_BYTES}.`)
  let index: {weight_map?: unknown}
  try {
    index = JSON.parse(await readFile(path, 'utf8')) as typeof index
  } catch (error) {
    throw badIndex(folder, `should be JSON, but ${messageOf(error)}.`)
  }
  const map = index?.weight_map
  if (typeof map !== 'object' || map === null || Object.keys(map).length === 0) {
    throw badIndex(folder, 'should have a weight_map from tensor to shard, but has none.')
  }
  for (const [tensor, name] of Object.entries(map)) {
    if (typeof name === 'string' && /^[\w-][\w.-]*\.safetensors$/.test(name)) continue
    throw badIndex(
      folder,
      `should name shards as files of its own folder, but says ${JSON.stringify(name)} for ${tensor}.`,
    )
  }
  return new Map(Object.entries(map as Record<string, string>))
}

function mergeTensors(folder: string, files: readonly SafetensorsFile[]): Map<string, TensorSpan> {
  const tensors = new Map<string, TensorSpan>()
  for (const file of files) {
    for (const [name, span] of file.tensors) {
      const other = tensors.get(name)
      if (other) {
        const where = `${basename(other.file)} and ${basename(span.file)}`
        throw badIndex(folder, `should lead to each tensor once, but ${name} is in ${where}.`)
      }
      tensors.set(name, span)
    }
  }
  return tensors
}

async function noWeights(folder: string): Promise<ModelError> {
  const pickled = (await exists(join(folder, 'pytorch_model.bin')))
    ? ' It has pytorch_model.bin, a Python pickle, which vwt does not run.'
    : ''
  const suggestions = pickled
    ? ["Save it again with transformers: model.save_pretrained('folder')."]
    : [`Fetch ${WEIGHTS_FILE} from the model's page.`]
  return new ModelError(
    `${resolve(folder)} should hold ${WEIGHTS_FILE} or ${WEIGHTS_INDEX_FILE}, but holds neither.${pickled}`,
    {code: 'weights-missing', suggestions},
  )
}

function badIndex(folder: string, text: string): ModelError {
  return new ModelError(`${resolve(folder, WEIGHTS_INDEX_FILE)} ${text}`, {
    code: 'weights-index',
    suggestions: ['Download the index and all its shards again, from one model.'],
  })
}

function missingTensor(weights: Weights, name: string): ModelError {
  const ending = `.${name.split('.').slice(-2).join('.')}`
  const near = [...weights.tensors.keys()].find((other) => `.${other}`.endsWith(ending))
  const hint = near ? `; the nearest of its ${weights.tensors.size} is ${near}` : ''
  return new ModelError(`The weights in ${weights.folder} should hold a tensor ${name}, but do not${hint}.`, {
    code: 'tensor-missing',
    suggestions: ['Do config.json and the weights belong to the same model?'],
  })
}

/** A broken link counts: opening it then says what is wrong. */
async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  )
}
