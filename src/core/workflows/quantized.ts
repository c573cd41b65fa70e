/**
 * The int8 copy of a model's tower: made once beside the model, or in the cache where that folder is not writable, and
 * used again as long as the weights it was made from are the same.
 */
import {createHash} from 'node:crypto'
import {join} from 'node:path'
import {UsageError} from '../base/errors.js'
import {cacheFolder} from '../base/places.js'
import type {QuantizedKind} from '../methods/quantize.js'
import {towerOf} from '../models/architectures.js'
import type {ModelFolder} from '../models/folder.js'
import {hashFiles, stampFiles} from '../weights/fingerprint.js'
import {readSafetensorsHeader, readTensorBytes, type SafetensorsFile, type Weights} from '../weights/safetensors.js'
import {type TensorToWrite, writeSafetensors} from '../weights/write.js'
import {describeMachine, type InstructionSets} from './machine.js'
import {quantizedTensors, type Smoothing} from './quantized-tensors.js'

export type QuantizedModel = {
  /** The tower alone, its linear layers int8. */
  readonly weights: Weights
  readonly kind: QuantizedKind
  /** Absolute. */
  readonly file: string
  /** Null when it was made without images. */
  readonly smoothing: {readonly alpha: number; readonly images: number} | null
  /** False when it was there already. */
  readonly isNew: boolean
}

export type QuantizedOptions = {
  /** Default: what this processor computes without cutting off, see `quantizedKind`. */
  readonly kind?: QuantizedKind | undefined
  readonly onWarning?: ((message: string) => void) | undefined
}

const FILES: Readonly<Record<QuantizedKind, string>> = {
  u8s8: 'model.q8.safetensors',
  u8s7: 'model.q8-s7.safetensors',
}
const FORMAT = 'vwt-q8'
/** Changes when the same weights would give another file. */
const VERSION = '1'

/** Full int8 weights where products are summed in 32 bits: VNNI, AMX, 64-bit ARM. Where that is unknown: the safe ones. */
export function quantizedKind({vnni, amx, neon}: InstructionSets = describeMachine().cpu.instructions): QuantizedKind {
  return vnni || amx || neon ? 'u8s8' : 'u8s7'
}

/**
 * The int8 weights of a model's vision tower, made now if there are none that fit.
 *
 * @throws {ModelError} weights are missing or not finite.  @throws {UsageError} they can be written nowhere.
 */
export async function openQuantized(folder: ModelFolder, options: QuantizedOptions = {}): Promise<QuantizedModel> {
  const {kind = quantizedKind(), onWarning} = options
  const {files} = folder.weights
  const candidates = await findCandidates(folder, kind)
  const stamp = await stampFiles(files)
  const untouched = candidates.find(({metadata}) => metadata.source_stamp === stamp)
  if (untouched) return describe(untouched, kind, false)
  if (candidates.length > 0) {
    // Copied or checked out again: other times, perhaps the same bytes.
    const hash = await hashFiles(files)
    const equal = candidates.find(({metadata}) => metadata.source_sha256 === hash)
    if (equal) return restamp(folder, equal, kind, stamp)
    if (candidates.some(({metadata}) => metadata.smoothing)) {
      onWarning?.(
        `The weights of ${folder.name} have changed since they were calibrated for q8; they are quantised anew without calibration. To calibrate again: vwt models quantize ${folder.name} --calibrate IMAGE...`,
      )
    }
  }
  return writeQuantized(folder, {kind})
}

/** Makes the file anew, whatever is there. @throws like `openQuantized`. */
export async function writeQuantized(
  folder: ModelFolder,
  {
    kind = quantizedKind(),
    smoothing,
  }: {readonly kind?: QuantizedKind | undefined; readonly smoothing?: Smoothing | undefined} = {},
): Promise<QuantizedModel> {
  const {files} = folder.weights
  const tensors = quantizedTensors(folder.weights, towerOf(folder), {kind, smoothing})
  // Taken before the weights are read: whoever changes them meanwhile gets another stamp.
  const source = {source_stamp: await stampFiles(files), source_sha256: await hashFiles(files)}
  const calibration = smoothing && {smoothing: JSON.stringify({alpha: smoothing.alpha, images: smoothing.imageCount})}
  return writeSomewhere(folder, kind, tensors, {format: FORMAT, version: VERSION, kind, ...source, ...calibration})
}

/** The place beside the model first, then the one in the cache. */
function placesOf({path}: ModelFolder, kind: QuantizedKind): string[] {
  const key = createHash('sha256').update(path).digest('hex').slice(0, 16)
  return [join(path, FILES[kind]), join(cacheFolder(), 'quantized', key, FILES[kind])]
}

/** Files of this format and kind, whatever weights they belong to; calibrated ones first. Damaged ones do not count. */
async function findCandidates(folder: ModelFolder, kind: QuantizedKind): Promise<SafetensorsFile[]> {
  const headers = await Promise.all(
    placesOf(folder, kind).map((place) => readSafetensorsHeader(place).catch(() => undefined)),
  )
  return headers
    .filter((header) => header !== undefined)
    .filter(({metadata}) => metadata.format === FORMAT && metadata.version === VERSION && metadata.kind === kind)
    .sort((a, b) => Number(b.metadata.smoothing !== undefined) - Number(a.metadata.smoothing !== undefined))
}

/** Remembers new times for the same bytes, where it can be remembered. */
async function restamp(
  folder: ModelFolder,
  header: SafetensorsFile,
  kind: QuantizedKind,
  stamp: string,
): Promise<QuantizedModel> {
  const tensors = [...header.tensors.values()].map((span): TensorToWrite => {
    const {name, dtype, shape} = span
    return {name, dtype, shape, data: async () => new Uint8Array(await readTensorBytes(span))}
  })
  try {
    return await writeSomewhere(folder, kind, tensors, {...header.metadata, source_stamp: stamp}, false)
  } catch (error) {
    if (!isWriteFailure(error)) throw error
    return describe(header, kind, false)
  }
}

async function writeSomewhere(
  folder: ModelFolder,
  kind: QuantizedKind,
  tensors: readonly TensorToWrite[],
  metadata: Readonly<Record<string, string>>,
  isNew = true,
): Promise<QuantizedModel> {
  const [beside, cached] = placesOf(folder, kind) as [string, string]
  try {
    await writeSafetensors(beside, tensors, metadata)
    return describe(await readSafetensorsHeader(beside), kind, isNew)
  } catch (error) {
    if (!isWriteFailure(error)) throw error
  }
  try {
    await writeSafetensors(cached, tensors, metadata)
  } catch (error) {
    if (!isWriteFailure(error)) throw error
    throw new UsageError(
      `The int8 weights of ${folder.name} can be written neither to ${beside} nor to ${cached}: ${error.message}`,
      {code: 'write-failed', suggestions: ['Set VWT_CACHE to a folder you can write.'], cause: error},
    )
  }
  return describe(await readSafetensorsHeader(cached), kind, isNew)
}

function isWriteFailure(error: unknown): error is UsageError {
  return error instanceof UsageError && error.code === 'write-failed'
}

function describe(header: SafetensorsFile, kind: QuantizedKind, isNew: boolean): QuantizedModel {
  const {file, fileBytes, tensors, metadata} = header
  const smoothing = metadata.smoothing ? (JSON.parse(metadata.smoothing) as QuantizedModel['smoothing']) : null
  const weights = {folder: join(file, '..'), files: [file], tensors, metadata, totalBytes: fileBytes}
  return {weights, kind, file, smoothing, isNew}
}
