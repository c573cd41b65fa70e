import {readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {crc32} from 'node:zlib'
import {expect, test} from 'vitest'
import {ModelError} from '../../../src/core/base/errors.js'
import {readTorchTensor} from '../../../src/core/weights/torch.js'
import {temporaryFolder} from './files.js'

const FOLDER = 'test/fixtures/torch'
type Golden = Record<string, {shape: number[]; dtype: string; data: number[]}>
const golden = JSON.parse(readFileSync(join(FOLDER, 'expected.json'), 'utf8')) as Golden

for (const [name, {shape, dtype, data}] of Object.entries(golden)) {
  test(`${name}.pt, saved by PyTorch, is read with its shape, type and values`, async () => {
    const tensor = await readTorchTensor(join(FOLDER, `${name}.pt`))
    expect({...tensor, data: [...tensor.data]}).toEqual({shape, dtype, data})
  })
}

const REFUSED: [string, RegExp][] = [
  ['old-format', /format of PyTorch before 1\.6; load it there and save it again/],
  ['plain-pickle', /format of PyTorch before 1\.6/],
  ['dictionary', /opcode 0x7d at byte 2 is none that torch.save writes for a tensor/],
  ['list', /opcode 0x5d at byte 2 is none/],
  ['parameter', /names "torch\._utils\._rebuild_parameter"/],
  ['module', /names "torch\.nn\.modules\.linear\.Linear"/],
  ['int32', /numbers are of type IntStorage, and words are DoubleStorage, FloatStorage/],
]
for (const [name, reason] of REFUSED) {
  test(`${name}.pt is refused with the reason`, async () => {
    const reading = readTorchTensor(join(FOLDER, `${name}.pt`))
    await expect(reading).rejects.toThrow(reason)
    await expect(reading).rejects.toMatchObject({code: 'torch-refused', oclif: {exit: 3}})
  })
}

const float32 = readFileSync(join(FOLDER, 'float32.pt'))

/** What reading these bytes is refused with. */
async function refusalOf(bytes: Uint8Array): Promise<string> {
  const path = join(temporaryFolder(), 'hostile.pt')
  writeFileSync(path, bytes)
  const error = await readTorchTensor(path).then(
    () => undefined,
    (reason: unknown) => reason,
  )
  expect(error).toBeInstanceOf(ModelError)
  return (error as ModelError).message
}

/** Offset of an entry's record in the central directory. */
function recordOf(bytes: Buffer, name: string): number {
  const at = bytes.lastIndexOf(name) - 46
  expect(bytes.toString('latin1', at, at + 4)).toBe('PK\x01\x02')
  return at
}

function changed(change: (bytes: Buffer) => void): Buffer {
  const bytes = Buffer.from(float32)
  change(bytes)
  return bytes
}

/** Other content of the same length in an entry, checksum included. */
function withContent(name: string, content: string): Buffer {
  return changed((bytes) => {
    const record = recordOf(bytes, name)
    const local = bytes.readUInt32LE(record + 42)
    const start = local + 30 + bytes.readUInt16LE(local + 26) + bytes.readUInt16LE(local + 28)
    expect(bytes.readUInt32LE(record + 24)).toBe(content.length)
    bytes.write(content, start, 'latin1')
    bytes.writeUInt32LE(crc32(Buffer.from(content, 'latin1')), record + 16)
  })
}

test('every length a file can be cut to is refused', async () => {
  for (let length = 0; length < float32.length; length += 97) {
    expect(await refusalOf(float32.subarray(0, length))).toMatch(/should be one tensor saved by torch\.save, but/)
  }
})

test('a flipped bit in the numbers is noticed', async () => {
  const bytes = changed((copy) => {
    const place = copy.indexOf(Buffer.from(Float32Array.of(-2, -1.875).buffer))
    copy[place + 2]! ^= 1
  })
  expect(await refusalOf(bytes)).toMatch('entry data/0 is damaged: the checksum differs')
})

test('names that climb out of the archive are refused', async () => {
  const bytes = changed((copy) => {
    for (let at = copy.indexOf('float32/'); at !== -1; at = copy.indexOf('float32/', at)) copy.write('../../t/', at)
  })
  expect(await refusalOf(bytes)).toMatch(/invalid relative path: \.\.\/\.\.\/t\/data\.pkl/)
})

test('a huge claimed size is refused before it is allotted', async () => {
  const claimed = changed((bytes) => {
    const record = recordOf(bytes, 'float32/data/0')
    bytes.writeUInt32LE(0xf000_0000, record + 20)
    bytes.writeUInt32LE(0xf000_0000, record + 24)
  })
  expect(await refusalOf(claimed)).toMatch('entry data/0 has 4026531840 bytes, which is not what it should hold')
  const pickle = changed((bytes) => {
    const record = recordOf(bytes, 'float32/data.pkl')
    bytes.writeUInt32LE(0xf000_0000, record + 20)
    bytes.writeUInt32LE(0xf000_0000, record + 24)
  })
  expect(await refusalOf(pickle)).toMatch('entry data.pkl has 4026531840 bytes')
})

test('a compressed entry is refused: torch.save never compresses', async () => {
  const bytes = changed((copy) => copy.writeUInt16LE(8, recordOf(copy, 'float32/data/0') + 10))
  expect(await refusalOf(bytes)).toMatch('entry data/0 is compressed')
})

test('the byte order of another machine is refused', async () => {
  expect(await refusalOf(withContent('float32/byteorder', 'bigbig'))).toMatch('byte order is "bigbig"')
})

test('an archive without its numbers, or with an entry twice, is refused', async () => {
  const renamed = (from: string, to: string) =>
    changed((bytes) => {
      for (let at = bytes.indexOf(from); at !== -1; at = bytes.indexOf(from, at + 1)) bytes.write(to, at)
    })
  expect(await refusalOf(renamed('float32/data/0', 'float32/data/1'))).toMatch('no entry data/0')
  expect(await refusalOf(renamed('float32/.storage_alignment', 'aaaaaaaaaaaaaaaaaa/version'))).toMatch(
    '"version" twice',
  )
})

test('a missing file is reported as missing', async () => {
  await expect(readTorchTensor('nowhere.pt')).rejects.toThrow('The file nowhere.pt does not exist.')
})
