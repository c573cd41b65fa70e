/**
 * Struct arrays of MATLAB's version 5 files, as far as the development kit of ImageNet needs them: text and numbers in
 * the fields, compressed or not, in little-endian order.
 *
 * @see MathWorks, MAT-File Format, version 5.
 */
import {inflateSync} from 'node:zlib'
import {messageOf} from '../../base/errors.js'
import {invalidData} from './files.js'

/** One element of a struct array; a field of another kind is null. */
export type MatStruct = Readonly<Record<string, string | readonly number[] | null>>

const HEADER_BYTES = 128
const MOST_INFLATED_BYTES = 64 * 1024 * 1024
const MATRIX = 14
const COMPRESSED = 15
const STRUCT_CLASS = 2
const CHAR_CLASS = 4
/** double to uint64. */
const NUMBER_CLASSES = {first: 6, last: 15}

/** How numbers lie in an element, by its type. */
const READERS: Readonly<Record<number, readonly [bytes: number, read: (data: Buffer, at: number) => number]>> = {
  1: [1, (data, at) => data.readInt8(at)],
  2: [1, (data, at) => data.readUInt8(at)],
  3: [2, (data, at) => data.readInt16LE(at)],
  4: [2, (data, at) => data.readUInt16LE(at)],
  5: [4, (data, at) => data.readInt32LE(at)],
  6: [4, (data, at) => data.readUInt32LE(at)],
  7: [4, (data, at) => data.readFloatLE(at)],
  9: [8, (data, at) => data.readDoubleLE(at)],
  12: [8, (data, at) => Number(data.readBigInt64LE(at))],
  13: [8, (data, at) => Number(data.readBigUInt64LE(at))],
  16: [1, (data, at) => data.readUInt8(at)],
  17: [2, (data, at) => data.readUInt16LE(at)],
}

type Element = {readonly type: number; readonly data: Buffer}

/**
 * The struct array of the given name, element by element.
 * @throws {UsageError} `data-invalid`: the file is none of that kind, is cut off, or has no such array.
 */
export function parseMatStructs(file: string, bytes: Buffer, name: string): MatStruct[] {
  try {
    if (bytes.length < HEADER_BYTES || bytes.toString('latin1', 126, 128) !== 'IM')
      throw new Error('its header is another')
    for (const element of elementsOf(bytes.subarray(HEADER_BYTES))) {
      const [matrix] = element.type === COMPRESSED ? elementsOf(inflate(element.data)) : [element]
      const structs = matrix?.type === MATRIX ? structsOf(matrix.data, name) : undefined
      if (structs) return structs
    }
  } catch (error) {
    throw invalidData(`${file} should be a MATLAB file of version 5, but cannot be read as one: ${messageOf(error)}.`, [
      'It may have been cut off: fetch it again.',
    ])
  }
  throw invalidData(`${file} should hold the struct array ${name}, but does not.`)
}

function inflate(data: Buffer): Buffer {
  return inflateSync(data, {maxOutputLength: MOST_INFLATED_BYTES})
}

/** A tag of eight bytes and data padded to eight, or both in eight bytes when the data are four at most. */
function elementsOf(bytes: Buffer): Element[] {
  const elements: Element[] = []
  let at = 0
  while (at < bytes.length) {
    const first = bytes.readUInt32LE(at)
    const isSmall = first >>> 16 > 0
    const size = isSmall ? first >>> 16 : bytes.readUInt32LE(at + 4)
    const type = isSmall ? first & 0xffff : first
    const start = at + (isSmall ? 4 : 8)
    if (start + size > bytes.length || (isSmall && size > 4)) throw new Error(`an element at byte ${at} is cut off`)
    elements.push({type, data: bytes.subarray(start, start + size)})
    const isPadded = !isSmall && type !== COMPRESSED
    at = isSmall ? at + 8 : start + (isPadded ? Math.ceil(size / 8) * 8 : size)
  }
  return elements
}

/** @returns undefined for an array of another name or class. */
function structsOf(data: Buffer, wanted: string): MatStruct[] | undefined {
  const [flags, dimensions, name, nameLength, names, ...cells] = elementsOf(data)
  if (!flags || flags.data.readUInt8(0) !== STRUCT_CLASS || name?.data.toString('latin1') !== wanted) return undefined
  if (!nameLength || !names || !dimensions) throw new Error('a struct array has no fields')
  const length = nameLength.data.readInt32LE(0)
  if (length < 1) throw new Error('the names of its fields are empty')
  const fields = Array.from({length: Math.floor(names.data.length / length)}, (_, index) =>
    names.data.toString('latin1', index * length, (index + 1) * length).replace(/\0.*$/s, ''),
  )
  const count = numbersOf(dimensions).reduce((product, size) => product * size, 1)
  if (cells.length !== count * fields.length) throw new Error(`it has ${cells.length} fields for ${count} elements`)
  return Array.from({length: count}, (_, index) =>
    Object.fromEntries(fields.map((field, place) => [field, contentOf(cells[index * fields.length + place]!)])),
  )
}

function contentOf({type, data}: Element): MatStruct[string] {
  if (type !== MATRIX || data.length === 0) return null
  const [flags, , , content] = elementsOf(data)
  const kind = flags?.data.readUInt8(0) ?? 0
  if (!content) return kind === CHAR_CLASS ? '' : []
  if (kind === CHAR_CLASS) {
    return content.type === 16 ? content.data.toString('utf8') : String.fromCharCode(...numbersOf(content))
  }
  return kind >= NUMBER_CLASSES.first && kind <= NUMBER_CLASSES.last ? numbersOf(content) : null
}

function numbersOf({type, data}: Element): number[] {
  const reader = READERS[type]
  if (!reader) throw new Error(`numbers of type ${type} are unknown`)
  const [bytes, read] = reader
  return Array.from({length: Math.floor(data.length / bytes)}, (_, index) => read(data, index * bytes))
}
