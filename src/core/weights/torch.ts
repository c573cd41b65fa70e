/** Reads one tensor from a file of `torch.save`, without Python and without running anything the file says. */
import {createReadStream} from 'node:fs'
import {crc32} from 'node:zlib'
import type {Entry, ZipFile} from 'yauzl'
import {ModelError, messageOf} from '../base/errors.js'
import {elementCount} from '../base/tensor.js'
import {bfloat16ToNumber, float16ToNumber} from './floats.js'
import {type PickledTensor, PickleError, parsePickledTensor} from './pickle.js'

export type TorchTensor = {
  readonly shape: readonly number[]
  /** Row-major; from other types rounded to float32. */
  readonly data: Float32Array
  /** As it was saved. */
  readonly dtype: 'float64' | 'float32' | 'float16' | 'bfloat16'
}

type Format = {
  readonly dtype: TorchTensor['dtype']
  readonly bytes: number
  readonly read: (view: DataView, index: number) => number
}

const FORMATS: Readonly<Record<string, Format>> = {
  DoubleStorage: {dtype: 'float64', bytes: 8, read: (view, index) => view.getFloat64(index * 8, true)},
  FloatStorage: {dtype: 'float32', bytes: 4, read: (view, index) => view.getFloat32(index * 4, true)},
  HalfStorage: {dtype: 'float16', bytes: 2, read: (view, index) => float16ToNumber(view.getUint16(index * 2, true))},
  BFloat16Storage: {
    dtype: 'bfloat16',
    bytes: 2,
    read: (view, index) => bfloat16ToNumber(view.getUint16(index * 2, true)),
  },
}

/** 100,000 words of 16-pixel patches and some room; more is a hostile claim. */
const MAX_ELEMENTS = 2 ** 27
const MAX_PICKLE_BYTES = 1_000_000
/** A saved tensor has six or seven. */
const MAX_ENTRIES = 1000

/**
 * Reads the tensor of a zip file as `torch.save(tensor, path)` writes it since PyTorch 1.6. Entries are found by name
 * in memory; no name of the archive becomes a path.
 *
 * @throws {ModelError} `torch-refused`: cut short, damaged, another file, another content, or more than `torch.save`
 *   writes for one tensor; the message says what.
 */
export async function readTorchTensor(path: string): Promise<TorchTensor> {
  await checkIsZip(path)
  const {openPromise} = (await import('yauzl')).default
  try {
    const zip = await openPromise(path, {autoClose: false, strictFileNames: true})
    try {
      return await readArchive(zip)
    } finally {
      zip.close()
    }
  } catch (error) {
    if (error instanceof ModelError) throw error
    throw refusal(
      path,
      error instanceof PickleError ? `its pickle is refused: ${messageOf(error)}` : messageOf(error),
      error,
    )
  }
}

/** Something the archive should not hold; named with the file by the caller. */
class ArchiveError extends Error {}

async function readArchive(zip: ZipFile): Promise<TorchTensor> {
  if (zip.entryCount > MAX_ENTRIES) throw new ArchiveError(`it holds ${zip.entryCount} entries, and a tensor has seven`)
  const entries = new Map<string, Entry>()
  for await (const entry of zip.eachEntry()) {
    const name = entry.fileName.slice(entry.fileName.indexOf('/') + 1) // Below the archive's one folder.
    if (entries.has(name)) throw new ArchiveError(`it holds ${JSON.stringify(name)} twice`)
    entries.set(name, entry)
  }
  const pickle = await readEntry(zip, entries, 'data.pkl', (length) => length <= MAX_PICKLE_BYTES)
  const tensor = parsePickledTensor(pickle)
  const format = FORMATS[tensor.storageType]
  if (!format) {
    throw new ArchiveError(
      `its numbers are of type ${tensor.storageType}, and words are ${Object.keys(FORMATS).join(', ')}`,
    )
  }
  checkView(tensor)
  if (entries.has('byteorder')) {
    const order = Buffer.from(await readEntry(zip, entries, 'byteorder', (length) => length < 16)).toString('latin1')
    if (order !== 'little')
      throw new ArchiveError(`its byte order is ${JSON.stringify(order)}, and only "little" is read`)
  }
  const bytes = tensor.storageCount * format.bytes
  const storage = await readEntry(zip, entries, `data/${tensor.storageKey}`, (length) => length === bytes)
  return {shape: tensor.shape, data: gather(tensor, format, storage), dtype: format.dtype}
}

/** Every element the tensor names must lie in its storage, and there must not be more than anyone needs. */
function checkView({shape, strides, offset, storageCount}: PickledTensor): void {
  const count = elementCount(shape)
  if (!(count <= MAX_ELEMENTS && storageCount <= MAX_ELEMENTS)) {
    const claim = `[${shape.join(', ')}] in a storage of ${storageCount}`
    throw new ArchiveError(`it claims ${claim}, and at most ${MAX_ELEMENTS} numbers are read`)
  }
  const last = shape.reduce((sum, length, axis) => sum + (length - 1) * strides[axis]!, offset)
  if (count > 0 && !(last < storageCount)) {
    throw new ArchiveError(`its tensor reaches to element ${last}, but its storage has ${storageCount}`)
  }
}

/** Row-major, whatever the strides. */
function gather({shape, strides, offset}: PickledTensor, format: Format, storage: Uint8Array): Float32Array {
  const view = new DataView(storage.buffer, storage.byteOffset, storage.byteLength)
  const data = new Float32Array(elementCount(shape))
  const place = shape.map(() => 0)
  let from = offset
  for (let to = 0; to < data.length; to += 1) {
    data[to] = format.read(view, from)
    for (let axis = shape.length - 1; axis >= 0; axis -= 1) {
      place[axis]! += 1
      from += strides[axis]!
      if (place[axis]! < shape[axis]!) break
      from -= place[axis]! * strides[axis]!
      place[axis] = 0
    }
  }
  return data
}

async function readEntry(
  zip: ZipFile,
  entries: ReadonlyMap<string, Entry>,
  name: string,
  isLength: (bytes: number) => boolean,
): Promise<Uint8Array> {
  const entry = entries.get(name)
  if (!entry) throw new ArchiveError(`it has no entry ${name}, which torch.save writes`)
  // torch.save stores as is: so nothing can swell, and a claimed size can be no larger than the file.
  if (entry.compressionMethod !== 0)
    throw new ArchiveError(`its entry ${name} is compressed, which torch.save never does`)
  if (!isLength(entry.uncompressedSize)) {
    throw new ArchiveError(`its entry ${name} has ${entry.uncompressedSize} bytes, which is not what it should hold`)
  }
  if (entry.uncompressedSize > zip.fileSize) {
    throw new ArchiveError(`its entry ${name} claims ${entry.uncompressedSize} bytes in a file of ${zip.fileSize}`)
  }
  const bytes = new Uint8Array(entry.uncompressedSize)
  let done = 0
  for await (const chunk of (await zip.openReadStreamPromise(entry)) as AsyncIterable<Uint8Array>) {
    bytes.set(chunk, done)
    done += chunk.length
  }
  if (crc32(bytes) !== entry.crc32) throw new ArchiveError(`its entry ${name} is damaged: the checksum differs`)
  return bytes
}

async function checkIsZip(path: string): Promise<void> {
  const chunks: Buffer[] = []
  try {
    for await (const chunk of createReadStream(path, {end: 63}) as AsyncIterable<Buffer>) chunks.push(chunk)
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    const reason = code === 'ENOENT' ? 'does not exist' : `cannot be read: ${messageOf(error)}`
    throw new ModelError(`The file ${path} ${reason}.`, {code: 'torch-missing', cause: error})
  }
  const start = Buffer.concat(chunks).toString('latin1')
  if (start.startsWith('PK')) return
  if (start.startsWith('version https://git-lfs')) {
    throw refusal(path, 'it is a Git LFS pointer, not the words; run "git lfs pull" in its folder')
  }
  if (start.startsWith('\x80')) {
    throw refusal(path, 'it is in the format of PyTorch before 1.6; load it there and save it again')
  }
  throw refusal(path, start === '' ? 'it is empty' : 'it is no zip file')
}

function refusal(path: string, why: string, cause?: unknown): ModelError {
  return new ModelError(`${path} should be one tensor saved by torch.save, but ${why.replace(/\.$/, '')}.`, {
    code: 'torch-refused',
    cause,
  })
}
