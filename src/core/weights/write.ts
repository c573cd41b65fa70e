/** Writes safetensors files whole or not at all: a temporary file beside the target, flushed, then renamed. */
import {randomBytes} from 'node:crypto'
import {type FileHandle, mkdir, open, rename, rm} from 'node:fs/promises'
import {dirname, join, resolve} from 'node:path'
import {BugError, messageOf, UsageError} from '../base/errors.js'
import {elementCount} from '../base/tensor.js'
import {DTYPE_BYTES, type TensorDtype} from './header.js'

/** One tensor to write, row-major; `data` is taken as the bytes it is made of, little-endian. */
export type TensorToWrite = {
  readonly name: string
  readonly dtype: TensorDtype
  readonly shape: readonly number[]
  /** The bytes, or how to make them when their turn comes: then one tensor is in memory at a time. */
  readonly data: ArrayBufferView | (() => Promise<ArrayBufferView>)
}

/** The header is filled with spaces so that tensors begin at a multiple of this, which lets readers map them. */
const ALIGNMENT_BYTES = 8
const PIECE_BYTES = 16 * 1024 * 1024

/**
 * Writes one safetensors file. The same tensors and metadata give the same bytes. While it is written, and whenever
 * writing fails, the target is what it was before.
 *
 * @param tensors written in this order; put wider types first to keep all of them aligned.
 * @throws {UsageError} `write-failed`: the file cannot be written (no such folder, no permission, disk full).
 * @throws {BugError} a tensor's data is not as long as its shape says.
 */
export async function writeSafetensors(
  path: string,
  tensors: readonly TensorToWrite[],
  metadata: Readonly<Record<string, string>> = {},
): Promise<void> {
  const header = headerBytes(tensors, metadata)
  await writeAtomically(path, async (handle) => {
    await writeAll(handle, header)
    for (const tensor of tensors) await writeAll(handle, await bytesOf(tensor))
  })
}

/**
 * Gives `write` an empty temporary file beside `path` and puts it in the place of `path` once it is safe on disk.
 * @throws {UsageError} `write-failed`, with the reason; the temporary file is gone and `path` is untouched.
 */
export async function writeAtomically(path: string, write: (handle: FileHandle) => Promise<void>): Promise<void> {
  const target = resolve(path)
  // Several writers of one target, in one process or in many, each have a file of their own; the last one stays.
  const temporary = `${target}.${process.pid}-${randomBytes(4).toString('hex')}.tmp`
  try {
    await mkdir(dirname(target), {recursive: true})
    const handle = await open(temporary, 'w')
    try {
      await write(handle)
      await handle.sync()
    } finally {
      await handle.close()
    }
    await rename(temporary, target)
    await syncFolder(dirname(target))
  } catch (error) {
    await rm(temporary, {force: true}).catch(() => {})
    if (typeof (error as NodeJS.ErrnoException).code !== 'string' || !('syscall' in (error as object))) throw error
    throw writeError(target, error as NodeJS.ErrnoException)
  }
}

function headerBytes(tensors: readonly TensorToWrite[], metadata: Readonly<Record<string, string>>): Uint8Array {
  const header: Record<string, unknown> = {}
  if (Object.keys(metadata).length > 0) header.__metadata__ = metadata
  let begin = 0
  for (const tensor of tensors) {
    const {name, dtype, shape, data} = tensor
    if (typeof data !== 'function') checkLength(tensor, data)
    const needed = bytesNeeded(tensor)
    header[name] = {dtype, shape, data_offsets: [begin, begin + needed]}
    begin += needed
  }
  const text = Buffer.from(JSON.stringify(header))
  const bytes = Buffer.alloc(8 + Math.ceil(text.length / ALIGNMENT_BYTES) * ALIGNMENT_BYTES, ' ')
  bytes.writeBigUInt64LE(BigInt(bytes.length - 8))
  text.copy(bytes, 8)
  return bytes
}

async function bytesOf(tensor: TensorToWrite): Promise<Uint8Array> {
  const data = typeof tensor.data === 'function' ? await tensor.data() : tensor.data
  checkLength(tensor, data)
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
}

function checkLength(tensor: TensorToWrite, {byteLength}: ArrayBufferView): void {
  const {name, dtype, shape} = tensor
  const needed = bytesNeeded(tensor)
  if (needed === byteLength) return
  throw new BugError(`${name} should have ${needed} bytes for ${dtype} [${shape.join(', ')}], not ${byteLength}.`)
}

function bytesNeeded({dtype, shape}: TensorToWrite): number {
  return elementCount(shape) * DTYPE_BYTES[dtype]
}

/** In pieces: a single write may be cut short by the system. */
async function writeAll(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const piece = bytes.subarray(done, done + PIECE_BYTES)
    done += (await handle.write(piece, 0, piece.length)).bytesWritten
  }
}

/** Makes the new name last through a power cut, where the system lets folders be opened. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(join(folder, '.')).catch(() => undefined)
  try {
    await handle?.sync().catch(() => {})
  } finally {
    await handle?.close()
  }
}

function writeError(target: string, error: NodeJS.ErrnoException): UsageError {
  const cures: Readonly<Record<string, string>> = {
    ENOSPC: 'Free some space, or write to another disk.',
    EDQUOT: 'Free some of your quota, or write to another disk.',
    EACCES: 'Write to a folder you may write to.',
    EROFS: 'Write to a folder you may write to.',
    EISDIR: 'Name a file, not a folder.',
    ENOTDIR: 'A part of the path is a file; name another folder.',
  }
  const cure = cures[error.code ?? '']
  return new UsageError(`${target} cannot be written: ${messageOf(error)}. Nothing of it was kept.`, {
    code: 'write-failed',
    suggestions: cure ? [cure] : [],
    cause: error,
  })
}
