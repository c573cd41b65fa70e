import {mkdirSync, readdirSync, readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect, test} from 'vitest'
import {BugError, UsageError} from '../../../src/core/base/errors.js'
import {readInt64Tensor, readSafetensorsHeader, readTensor} from '../../../src/core/weights/safetensors.js'
import {writeAtomically, writeSafetensors} from '../../../src/core/weights/write.js'
import {temporaryFolder} from './files.js'

const counts = {name: 'counts', dtype: 'I64', shape: [2], data: BigInt64Array.of(7n, -1n)} as const
const words = {name: 'words', dtype: 'F32', shape: [2, 3], data: Float32Array.of(1, 2.5, -3, 0, 5e-8, 6)} as const

test('what is written is read back, with the metadata', async () => {
  const path = join(temporaryFolder(), 'deep', 'er', 'words.safetensors')
  await writeSafetensors(path, [counts, words], {format: 'test', ünusual: '"quoted"\n'})
  const {tensors, metadata} = await readSafetensorsHeader(path)
  expect(metadata).toEqual({format: 'test', ünusual: '"quoted"\n'})
  expect(await readTensor(tensors.get('words')!)).toEqual(words.data)
  expect(await readInt64Tensor(tensors.get('counts')!)).toEqual(counts.data)
})

test('the bytes are those of the format, worked by hand', async () => {
  const path = join(temporaryFolder(), 'one.safetensors')
  await writeSafetensors(path, [{name: 'a', dtype: 'U8', shape: [2], data: Uint8Array.of(3, 4)}])
  const header = '{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}' // 53 characters, filled to 56
  expect(readFileSync(path)).toEqual(Buffer.from(`\x38\0\0\0\0\0\0\0${header}   \x03\x04`, 'latin1'))
})

test('a view into a longer buffer is written as far as it reaches', async () => {
  const path = join(temporaryFolder(), 'view.safetensors')
  const data = Float32Array.of(9, 1, 2, 9).subarray(1, 3)
  await writeSafetensors(path, [{name: 'a', dtype: 'F32', shape: [2], data}])
  expect(await readTensor((await readSafetensorsHeader(path)).tensors.get('a')!)).toEqual(Float32Array.of(1, 2))
})

test('a failure half way leaves the old file and no other', async () => {
  const folder = temporaryFolder()
  const path = join(folder, 'words.safetensors')
  writeFileSync(path, 'old')
  const full = Object.assign(new Error('ENOSPC: no space left on device, write'), {code: 'ENOSPC', syscall: 'write'})
  const failing = writeAtomically(path, async (handle) => {
    await handle.write('half')
    throw full
  })
  await expect(failing).rejects.toThrow(/words\.safetensors cannot be written: ENOSPC: no space left .* Nothing of it/)
  await expect(failing).rejects.toBeInstanceOf(UsageError)
  expect(readdirSync(folder)).toEqual(['words.safetensors'])
  expect(readFileSync(path, 'utf8')).toBe('old')
})

test('a target that is a folder is refused and left alone', async () => {
  const folder = temporaryFolder()
  mkdirSync(join(folder, 'words.safetensors', 'kept'), {recursive: true})
  await expect(writeSafetensors(join(folder, 'words.safetensors'), [counts])).rejects.toMatchObject({
    code: 'write-failed',
  })
  expect(readdirSync(folder)).toEqual(['words.safetensors'])
})

test('data that does not fill its shape is our fault, and nothing is written', async () => {
  const folder = temporaryFolder()
  const short = {...words, shape: [3, 3]}
  await expect(writeSafetensors(join(folder, 'x.safetensors'), [short])).rejects.toBeInstanceOf(BugError)
  expect(readdirSync(folder)).toEqual([])
})

test('data made when its turn comes is written like data at hand, one tensor at a time', async () => {
  const folder = temporaryFolder()
  const events: string[] = []
  const lazy = (tensor: typeof counts | typeof words) => ({
    ...tensor,
    data: async () => {
      events.push(tensor.name)
      return tensor.data
    },
  })
  await writeSafetensors(join(folder, 'lazy'), [lazy(counts), lazy(words)])
  await writeSafetensors(join(folder, 'ready'), [counts, words])
  expect(readFileSync(join(folder, 'lazy'))).toEqual(readFileSync(join(folder, 'ready')))
  expect(events).toEqual(['counts', 'words'])
})

test('data made too short is our fault, and the old file stays', async () => {
  const folder = temporaryFolder()
  const path = join(folder, 'x.safetensors')
  writeFileSync(path, 'old')
  const short = {...words, data: async () => Float32Array.of(1)}
  await expect(writeSafetensors(path, [counts, short])).rejects.toBeInstanceOf(BugError)
  expect([readdirSync(folder), readFileSync(path, 'utf8')]).toEqual([['x.safetensors'], 'old'])
})

test('several writers of one file at once leave one whole file', async () => {
  const folder = temporaryFolder()
  const path = join(folder, 'x.safetensors')
  await Promise.all(Array.from({length: 8}, () => writeSafetensors(path, [counts, words])))
  expect(readdirSync(folder)).toEqual(['x.safetensors'])
  expect(await readTensor((await readSafetensorsHeader(path)).tensors.get('words')!)).toEqual(words.data)
})
