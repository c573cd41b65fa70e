/**
 * The header of one safetensors file, checked against the file before anything is done with it: after this, every span
 * lies inside the file, spans neither overlap nor leave holes, and each is as long as its shape and type ask for.
 *
 * @see https://github.com/huggingface/safetensors (format): 8 bytes header length, little-endian; JSON; tensor bytes.
 */
import {type FileHandle, open, realpath} from 'node:fs/promises'
import {basename, resolve} from 'node:path'
import {ModelError, messageOf} from '../base/errors.js'
import type {ExternalTensor} from '../base/tensor.js'
import {duplicateKeyOf} from './duplicate-key.js'

/** Bytes per element of the types vwt can address. Types of less than a byte (F4, F6) are refused. */
export const DTYPE_BYTES = {
  BOOL: 1,
  U8: 1,
  I8: 1,
  F8_E4M3: 1,
  F8_E5M2: 1,
  F8_E8M0: 1,
  U16: 2,
  I16: 2,
  F16: 2,
  BF16: 2,
  U32: 4,
  I32: 4,
  F32: 4,
  U64: 8,
  I64: 8,
  F64: 8,
  C64: 8,
} as const

export type TensorDtype = keyof typeof DTYPE_BYTES

/** Where one tensor lies: nothing of it has been read. */
export type TensorSpan = ExternalTensor & {readonly dtype: TensorDtype}

export type SafetensorsFile = {
  /** Absolute, symbolic links resolved. */
  readonly file: string
  readonly fileBytes: number
  readonly tensors: ReadonlyMap<string, TensorSpan>
  readonly metadata: Readonly<Record<string, string>>
}

/** The limit of the reference implementation; the header of a model of 100 billion weights has about a megabyte. */
export const MAX_HEADER_BYTES = 100_000_000
const MAX_AXES = 32
const LENGTH_BYTES = 8
const LFS_POINTER = 'version https://git-lfs'

/** @throws {ModelError} the file is missing, unreadable, cut short or not what the format promises. */
export async function readSafetensorsHeader(path: string): Promise<SafetensorsFile> {
  const file = await realpath(path).catch((error: unknown) => fail(path, 'weights-missing', reasonOf(error), error))
  const handle = await open(file).catch((error: unknown) => fail(path, 'weights-unreadable', reasonOf(error), error))
  try {
    const status = await handle.stat()
    if (!status.isFile()) fail(path, 'weights-unreadable', 'should be a file, but is a folder or a device.')
    const text = await readHeaderText(handle, path, status.size)
    return {file, fileBytes: status.size, ...parseHeader(text, path, file, status.size)}
  } finally {
    await handle.close()
  }
}

async function readHeaderText(handle: FileHandle, path: string, fileBytes: number): Promise<Uint8Array> {
  const start = await readBytes(handle, 0, Math.min(fileBytes, LFS_POINTER.length))
  if (start.toString('latin1') === LFS_POINTER) {
    fail(path, 'weights-not-downloaded', 'is a Git LFS pointer, not the weights; run "git lfs pull" in its folder.')
  }
  if (fileBytes < LENGTH_BYTES) {
    fail(path, 'weights-cut-short', `should begin with 8 bytes of header length, but is ${fileBytes} bytes long.`)
  }
  const length = start.readBigUInt64LE(0)
  if (length > MAX_HEADER_BYTES) {
    const limit = `a header of at most ${MAX_HEADER_BYTES} bytes`
    fail(path, 'weights-header', `should have ${limit}, but claims ${length}; is it a safetensors file?`)
  }
  if (LENGTH_BYTES + Number(length) > fileBytes) {
    const needed = `its header alone should end at byte ${LENGTH_BYTES + Number(length)}`
    failShort(path, `is cut short: ${needed}, but the file has ${fileBytes} bytes.`)
  }
  return readBytes(handle, LENGTH_BYTES, Number(length))
}

async function readBytes(handle: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length)
  let done = 0
  while (done < length) {
    const {bytesRead} = await handle.read(buffer, done, length - done, position + done)
    if (bytesRead === 0) break
    done += bytesRead
  }
  return buffer.subarray(0, done)
}

function parseHeader(bytes: Uint8Array, path: string, file: string, fileBytes: number) {
  const text = decodeHeader(bytes, path)
  let header: unknown
  try {
    header = JSON.parse(text)
  } catch (error) {
    fail(path, 'weights-header', `should have a JSON header, but ${messageOf(error)}; is it a safetensors file?`, error)
  }
  if (!isRecord(header)) fail(path, 'weights-header', 'should have a JSON object as header, but has another value.')
  const twice = duplicateKeyOf(text)
  if (twice !== undefined) fail(path, 'weights-header', `should name each tensor once, but names "${twice}" twice.`)
  const dataStart = LENGTH_BYTES + bytes.length
  const spans = Object.entries(header)
    .filter(([name]) => name !== '__metadata__')
    .map(([name, entry]) => spanOf(name, entry, {path, file, dataStart}))
  checkCover(spans, path, dataStart, fileBytes)
  return {tensors: new Map(spans.map((span) => [span.name, span])), metadata: metadataOf(header, path)}
}

function decodeHeader(bytes: Uint8Array, path: string): string {
  try {
    return new TextDecoder('utf-8', {fatal: true}).decode(bytes)
  } catch (error) {
    fail(path, 'weights-header', 'should have a header in UTF-8, but has other bytes; is it a safetensors file?', error)
  }
}

function metadataOf(header: Record<string, unknown>, path: string): Record<string, string> {
  const metadata = header.__metadata__ ?? {}
  if (!isRecord(metadata) || Object.values(metadata).some((value) => typeof value !== 'string')) {
    fail(path, 'weights-header', 'should have text values in __metadata__, but has others.')
  }
  return metadata as Record<string, string>
}

type Place = {readonly path: string; readonly file: string; readonly dataStart: number}

function spanOf(name: string, entry: unknown, {path, file, dataStart}: Place): TensorSpan {
  const bad = (text: string): never => fail(path, 'weights-header', `${text} (tensor ${JSON.stringify(name)})`)
  if (!isRecord(entry)) return bad('should describe each tensor by an object, but has another value.')
  const {dtype, shape, data_offsets: offsets} = entry
  if (typeof dtype !== 'string' || !Object.hasOwn(DTYPE_BYTES, dtype)) {
    return bad(`should have tensors of type ${Object.keys(DTYPE_BYTES).join(', ')}, but has ${JSON.stringify(dtype)}.`)
  }
  if (!isCounts(shape) || shape.length > MAX_AXES) {
    return bad(`should have shapes of at most ${MAX_AXES} whole lengths, but has ${shorten(shape)}.`)
  }
  if (!isCounts(offsets) || offsets.length !== 2 || offsets[0]! > offsets[1]!) {
    return bad(`should have data_offsets [begin, end], but has ${shorten(offsets)}.`)
  }
  const [begin, end] = offsets as [number, number]
  const needed = shape.reduce((product, length) => product * length, DTYPE_BYTES[dtype as TensorDtype])
  if (needed !== end - begin) {
    return bad(`should hold ${needed} bytes for ${dtype} [${shape.join(', ')}], but its span has ${end - begin}.`)
  }
  return {name, dtype: dtype as TensorDtype, shape, file, offset: dataStart + begin, byteLength: needed}
}

/** Spans must cover the data from its first to its last byte, each byte once. */
function checkCover(spans: readonly TensorSpan[], path: string, dataStart: number, fileBytes: number): void {
  const ordered = [...spans].sort((a, b) => a.offset - b.offset || a.byteLength - b.byteLength)
  const last = ordered.reduce((end, span) => Math.max(end, span.offset + span.byteLength), dataStart)
  if (last > fileBytes) {
    failShort(path, `is cut short: it should have ${last} bytes, but has ${fileBytes}.`)
  }
  let end = dataStart
  let before = 'the header'
  for (const span of ordered) {
    if (span.offset !== end) {
      const fault = span.offset < end ? `overlaps ${before} by` : `leaves a hole after ${before} of`
      const bytes = Math.abs(span.offset - end)
      fail(path, 'weights-spans', `should hold its tensors end to end, but ${span.name} ${fault} ${bytes} bytes.`)
    }
    end = span.offset + span.byteLength
    before = span.name
  }
  if (end < fileBytes) {
    fail(path, 'weights-spans', `should end at byte ${end} with ${before}, but has ${fileBytes} bytes.`)
  }
}

function fail(path: string, code: string, text: string, cause?: unknown): never {
  throw new ModelError(`${resolve(path)} ${text}`, {code, suggestions: copyAgain(path), cause})
}

function failShort(path: string, text: string): never {
  throw new ModelError(`${resolve(path)} ${text}`, {code: 'weights-cut-short', suggestions: copyAgain(path)})
}

function copyAgain(path: string): string[] {
  return [`Download or copy ${basename(path)} again.`]
}

function reasonOf(error: unknown): string {
  const code = (error as NodeJS.ErrnoException | undefined)?.code
  if (code === 'ENOENT') return 'should hold the weights, but does not exist.'
  return `cannot be opened: ${messageOf(error)}.`
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((item) => Number.isSafeInteger(item) && item >= 0)
}

function shorten(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing'
  return text.length > 80 ? `${text.slice(0, 77)}...` : text
}
