/** Looks through all weights for values that are no numbers. Reads in pieces: memory stays at a few megabytes. */
import {type FileHandle, open} from 'node:fs/promises'
import {InterruptedError, ModelError} from '../base/errors.js'
import {shortened, type TensorDtype, type TensorSpan, type Weights} from './safetensors.js'

/** A tensor that holds NaN or infinities, and its first one. */
export type NonFinite = {
  readonly name: string
  readonly file: string
  /** Index of the first one along each axis; `[]` for a scalar. */
  readonly position: readonly number[]
  readonly value: 'NaN' | 'Infinity' | '-Infinity'
  /** How many values of the tensor are NaN or infinite. */
  readonly count: number
}

export type WeightsScan = {
  readonly tensorCount: number
  readonly scannedBytes: number
  /** In the order of the file; empty when all is well. */
  readonly nonFinite: readonly NonFinite[]
}

export type ScanOptions = {
  /** Called after each piece, with bytes. */
  readonly onProgress?: (done: {readonly scannedBytes: number; readonly totalBytes: number}) => void
  readonly signal?: AbortSignal
}

const PIECE_BYTES = 4 * 1024 * 1024

/** How an element says that it is no number: all exponent bits set; any fraction bit then means NaN. */
type Format = {readonly bytes: 2 | 4 | 8; readonly exponent: number; readonly fraction: number; readonly sign: number}
const FORMATS: Partial<Record<TensorDtype, Format>> = {
  F16: {bytes: 2, exponent: 0x7c00, fraction: 0x03ff, sign: 0x8000},
  BF16: {bytes: 2, exponent: 0x7f80, fraction: 0x007f, sign: 0x8000},
  F32: {bytes: 4, exponent: 0x7f80_0000, fraction: 0x007f_ffff, sign: 0x8000_0000},
  F64: {bytes: 8, exponent: 0x7ff0_0000, fraction: 0x000f_ffff, sign: 0x8000_0000},
}

/**
 * Reads every float tensor once (F16, BF16, F32, F64; others hold no NaN or are not computed with).
 *
 * @throws {ModelError} a file has become shorter.  @throws {InterruptedError} `signal` was raised.
 */
export async function scanWeights(weights: Weights, options: ScanOptions = {}): Promise<WeightsScan> {
  const spans = [...weights.tensors.values()]
    .filter((span) => FORMATS[span.dtype])
    .sort((a, b) => weights.files.indexOf(a.file) - weights.files.indexOf(b.file) || a.offset - b.offset)
  const totalBytes = spans.reduce((sum, span) => sum + span.byteLength, 0)
  const piece = new ArrayBuffer(PIECE_BYTES)
  const nonFinite: NonFinite[] = []
  let scannedBytes = 0
  for (const file of weights.files) {
    const handle = await open(file)
    try {
      for (const span of spans.filter((candidate) => candidate.file === file)) {
        const found = await scanTensor(handle, span, piece, (bytes) => {
          scannedBytes += bytes
          options.onProgress?.({scannedBytes, totalBytes})
          if (options.signal?.aborted) throw new InterruptedError()
        })
        if (found) nonFinite.push(found)
      }
    } finally {
      await handle.close()
    }
  }
  return {tensorCount: spans.length, scannedBytes, nonFinite}
}

/** @throws {ModelError} the scan found values that are no numbers; names the first tensor and place. */
export function checkFinite(scan: WeightsScan): void {
  const [first, ...others] = scan.nonFinite
  if (!first) return
  const more = others.length > 0 ? `; so do ${others.length} more tensors` : ''
  const at = `${first.name}[${first.position.join(', ')}]`
  throw new ModelError(
    `${first.file} should hold finite weights, but ${at} is ${first.value} (${first.count} such in this tensor${more}).`,
    {
      code: 'weights-not-finite',
      suggestions: ['Download or save the weights again: nothing useful can come of these.'],
    },
  )
}

async function scanTensor(
  handle: FileHandle,
  span: TensorSpan,
  piece: ArrayBuffer,
  onBytes: (bytes: number) => void,
): Promise<NonFinite | undefined> {
  const format = FORMATS[span.dtype]!
  let count = 0
  let first: {element: number; value: NonFinite['value']} | undefined
  for (let start = 0; start < span.byteLength; start += PIECE_BYTES) {
    const bytes = new Uint8Array(piece, 0, Math.min(PIECE_BYTES, span.byteLength - start))
    await fill(handle, bytes, span, start)
    for (const {element, value} of nonFiniteIn(bytes, format)) {
      first ??= {element: start / format.bytes + element, value}
      count++
    }
    onBytes(bytes.length)
  }
  if (!first) return undefined
  return {name: span.name, file: span.file, position: positionOf(first.element, span.shape), value: first.value, count}
}

function* nonFiniteIn(bytes: Uint8Array, {bytes: size, exponent, fraction, sign}: Format) {
  const words =
    size === 2 ? new Uint16Array(bytes.buffer, 0, bytes.length / 2) : new Uint32Array(bytes.buffer, 0, bytes.length / 4)
  const step = size === 8 ? 2 : 1
  for (let at = step - 1; at < words.length; at += step) {
    const word = words[at]!
    if ((word & exponent) !== exponent) continue
    const notANumber = (word & fraction) !== 0 || (size === 8 && words[at - 1] !== 0)
    const value: NonFinite['value'] = notANumber ? 'NaN' : (word & sign) === 0 ? 'Infinity' : '-Infinity'
    yield {element: (at - step + 1) / step, value}
  }
}

async function fill(handle: FileHandle, bytes: Uint8Array, span: TensorSpan, start: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const {bytesRead} = await handle.read(bytes, done, bytes.length - done, span.offset + start + done)
    if (bytesRead === 0) throw shortened(span)
    done += bytesRead
  }
}

/** Row-major index to one index per axis. */
function positionOf(element: number, shape: readonly number[]): number[] {
  let rest = element
  return [...shape]
    .reverse()
    .map((length) => {
      const index = rest % length
      rest = Math.floor(rest / length)
      return index
    })
    .reverse()
}
