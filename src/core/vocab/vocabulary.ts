/** Vocabularies on disk: visual words with what they were learned from, one safetensors file each. */
import {isAbsolute, resolve} from 'node:path'
import {ModelError} from '../base/errors.js'
import type {SafetensorsFile, TensorSpan} from '../weights/header.js'
import {readInt64Tensor, readSafetensorsHeader, readTensor} from '../weights/safetensors.js'
import {writeSafetensors} from '../weights/write.js'
import {findVocabulary, type VocabularyPlaces, vocabularyPlaces} from './library.js'

/** The pixel space words live in: that of a model's input, after resizing, cropping and normalising. */
export type PixelSpace = {
  /** Side of a patch in pixels. */
  readonly patchSize: number
  /** Per channel: value = (byte / 255 - mean) / std. */
  readonly imageMean: readonly number[]
  readonly imageStd: readonly number[]
}

/** Where the words come from; null where it is not known, as for imported ones. */
export type Provenance = {
  /** Side of the images the patches were cut from, in pixels. */
  readonly imageSize: number
  readonly images: number | null
  readonly patches: number | null
  readonly seed: number | null
  /** Mean squared Euclidean distance of a patch to its word. */
  readonly inertia: number | null
  /** In words: which images, or which file. */
  readonly source: string
}

export type VocabularyData = PixelSpace &
  Provenance & {
    /** `[wordCount, wordLength]`, row-major; a word runs channel, row, column, in normalised pixel space. */
    readonly words: Float32Array
    /** Patches each word was learned from, `[wordCount]`; zeros where it is not known. */
    readonly counts: BigInt64Array
  }

export type Vocabulary = VocabularyData & {
  /** As `--vocab` takes it. */
  readonly name: string
  /** Absolute. */
  readonly path: string
  readonly wordCount: number
  /** Values of one word: 3 · patchSize². */
  readonly wordLength: number
  /** Of the file format. */
  readonly version: number
}

export const VOCABULARY_FORMAT = 'vwt-vocabulary'
export const VOCABULARY_VERSION = 1
/** Words of more values are a slip of the pen: 3 · 256². */
const MAX_PATCH_PX = 256
/** Tensors are read in rows that together stay below the reader's limit. */
const PIECE_BYTES = 32 * 1024 * 1024

/**
 * Opens a vocabulary and reads its words.
 *
 * @param nameOrFile as `--vocab` takes it: a shipped name, a name in vwt's data folder, or a file.
 * @throws {ModelError} it is missing, cut short, of another format or version, or holds what is no number.
 */
export async function openVocabulary(
  nameOrFile: string,
  places: VocabularyPlaces = vocabularyPlaces(),
): Promise<Vocabulary> {
  const {name, path} = await findVocabulary(nameOrFile, places)
  const header = await readVocabularyHeader(path)
  const words = await readRows(header.spans.words)
  checkFiniteWords(words, header.wordLength, path)
  const counts = await readInt64Tensor(header.spans.counts)
  const negative = counts.findIndex((count) => count < 0n)
  if (negative !== -1) throw damaged(path, `counts word ${negative} ${counts[negative]} times`)
  const {spans: _, ...facts} = header
  return {name, path, ...facts, words, counts}
}

type VocabularyHeader = PixelSpace &
  Provenance & {
    readonly wordCount: number
    readonly wordLength: number
    readonly version: number
    readonly spans: {readonly words: TensorSpan; readonly counts: TensorSpan}
  }

/** Everything but the words themselves, for lists. @throws {ModelError} likewise. */
export async function readVocabularyHeader(path: string): Promise<VocabularyHeader> {
  const file = await readSafetensorsHeader(path)
  const {metadata} = file
  if (metadata.format !== VOCABULARY_FORMAT) {
    const found = metadata.format === undefined ? 'names none' : `is ${JSON.stringify(metadata.format)}`
    throw new ModelError(
      `${path} should be a vocabulary (format ${JSON.stringify(VOCABULARY_FORMAT)} in its metadata), but its format ${found}.`,
      {code: 'vocab-format', suggestions: ['Words of the VWT authors (vocab.pt) are read with: vwt vocab import FILE']},
    )
  }
  const version = Number(metadata.version)
  if (version !== VOCABULARY_VERSION) {
    throw new ModelError(
      `${path} should be of vocabulary version ${VOCABULARY_VERSION}, but is of version ${metadata.version}.`,
      {code: 'vocab-version', suggestions: ['Use the vwt that wrote it, or build the vocabulary again.']},
    )
  }
  const patchSize = wholeIn(path, metadata, 'patch_size', 1, MAX_PATCH_PX)
  const wordLength = 3 * patchSize ** 2
  const words = spanIn(path, file, 'words', 'F32')
  const counts = spanIn(path, file, 'counts', 'I64')
  const [wordCount = 0, found] = words.shape
  if (words.shape.length !== 2 || wordCount < 1 || found !== wordLength) {
    throw damaged(path, `has words [${words.shape.join(', ')}] where [V, 3 · ${patchSize} · ${patchSize}] should be`)
  }
  if (counts.shape.length !== 1 || counts.shape[0] !== wordCount) {
    throw damaged(path, `has counts [${counts.shape.join(', ')}] for ${wordCount} words`)
  }
  return {
    wordCount,
    wordLength,
    version,
    patchSize,
    imageMean: tripleIn(path, metadata, 'image_mean'),
    imageStd: tripleIn(path, metadata, 'image_std'),
    imageSize: wholeIn(path, metadata, 'image_size', patchSize, 65_536),
    images: numberIn(path, metadata, 'images'),
    patches: numberIn(path, metadata, 'patches'),
    seed: numberIn(path, metadata, 'seed'),
    inertia: numberIn(path, metadata, 'inertia'),
    source: metadata.source ?? '',
    spans: {words, counts},
  }
}

/**
 * Writes a vocabulary, whole or not at all; the same data gives the same bytes.
 * @throws {UsageError} `write-failed`: the file cannot be written.
 */
export async function writeVocabulary(path: string, data: VocabularyData): Promise<void> {
  const wordLength = 3 * data.patchSize ** 2
  const {images, patches, seed, inertia} = data
  const known = Object.entries({images, patches, seed, inertia}).filter(([, value]) => value !== null)
  const metadata: Record<string, string> = {
    format: VOCABULARY_FORMAT,
    version: String(VOCABULARY_VERSION),
    patch_size: String(data.patchSize),
    image_mean: JSON.stringify(data.imageMean),
    image_std: JSON.stringify(data.imageStd),
    image_size: String(data.imageSize),
    ...Object.fromEntries(known.map(([key, value]) => [key, String(value)])),
    source: data.source,
  }
  await writeSafetensors(
    path,
    [
      {name: 'counts', dtype: 'I64', shape: [data.counts.length], data: data.counts},
      {name: 'words', dtype: 'F32', shape: [data.words.length / wordLength, wordLength], data: data.words},
    ],
    metadata,
  )
}

/** @throws {ModelError} `vocab-not-finite`, naming the first value that is NaN or infinite. */
export function checkFiniteWords(words: Float32Array, wordLength: number, path: string): void {
  for (let index = 0; index < words.length; index += 1) {
    if (Number.isFinite(words[index])) continue
    const place = `value ${index % wordLength} of word ${Math.floor(index / wordLength)}`
    throw new ModelError(`${path} should hold finite numbers, but ${place} is ${words[index]}.`, {
      code: 'vocab-not-finite',
      suggestions: ['Fetch, import or build the vocabulary again.'],
    })
  }
}

/** Reads a float tensor `[rows, columns]` of any size, as float32. */
export async function readRows(span: TensorSpan): Promise<Float32Array> {
  const [rows = 0, columns = 0] = span.shape
  const rowBytes = span.byteLength / rows
  const rowsPerPiece = Math.max(1, Math.floor(PIECE_BYTES / rowBytes))
  const words = new Float32Array(rows * columns)
  for (let row = 0; row < rows; row += rowsPerPiece) {
    const count = Math.min(rowsPerPiece, rows - row)
    const piece = {...span, shape: [count, columns], offset: span.offset + row * rowBytes, byteLength: count * rowBytes}
    words.set(await readTensor(piece), row * columns)
  }
  return words
}

function spanIn(path: string, {tensors}: SafetensorsFile, name: string, dtype: 'F32' | 'I64'): TensorSpan {
  const span = tensors.get(name)
  if (!span) throw damaged(path, `has no tensor ${name}`)
  if (span.dtype !== dtype) throw damaged(path, `has ${name} of type ${span.dtype} where ${dtype} should be`)
  return span
}

type Metadata = Readonly<Record<string, string>>

function wholeIn(path: string, metadata: Metadata, key: string, min: number, max: number): number {
  const value = Number(metadata[key])
  if (metadata[key] !== undefined && Number.isInteger(value) && value >= min && value <= max) return value
  throw damaged(
    path,
    `has ${key} ${JSON.stringify(metadata[key])} where a whole number from ${min} to ${max} should be`,
  )
}

function numberIn(path: string, metadata: Metadata, key: string): number | null {
  if (metadata[key] === undefined) return null
  const value = Number(metadata[key])
  if (metadata[key].trim() !== '' && Number.isFinite(value) && value >= 0) return value
  throw damaged(path, `has ${key} ${JSON.stringify(metadata[key])} where a number should be`)
}

function tripleIn(path: string, metadata: Metadata, key: string): number[] {
  let value: unknown
  try {
    value = JSON.parse(metadata[key] ?? '')
  } catch {
    value = undefined
  }
  const isTriple = Array.isArray(value) && value.length === 3 && value.every((item) => Number.isFinite(item))
  if (isTriple) return value as number[]
  throw damaged(path, `has ${key} ${JSON.stringify(metadata[key])} where three numbers should be`)
}

function damaged(path: string, what: string): ModelError {
  return new ModelError(`The vocabulary ${isAbsolute(path) ? path : resolve(path)} is damaged: it ${what}.`, {
    code: 'vocab-damaged',
    suggestions: ['Fetch, import or build the vocabulary again.'],
  })
}
