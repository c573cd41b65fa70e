import {mkdirSync, realpathSync, statSync, symlinkSync, truncateSync, writeFileSync} from 'node:fs'
import {basename, join, resolve} from 'node:path'
import {expect, test} from 'vitest'
import {BugError, ModelError} from '../../../src/core/base/errors.js'
import {
  openWeights,
  readInt64Tensor,
  readSafetensorsHeader,
  readTensor,
  requireTensor,
} from '../../../src/core/weights/safetensors.js'
import {folderWith, safetensorsBytes, temporaryFolder} from './files.js'

const TINY = resolve('test/fixtures/clip')
const patchEmbedding = 'vision_model.embeddings.patch_embedding.weight'

/** Two tensors, a [2, 2] float32 of 1, 2, 3, 4 and b [3] int64 of 5, 6, 7, as the format's description asks. */
const data = Buffer.concat([
  Buffer.from(new Float32Array([1, 2, 3, 4]).buffer),
  Buffer.from(new BigInt64Array([5n, 6n, 7n]).buffer),
])
const a = {dtype: 'F32', shape: [2, 2], data_offsets: [0, 16]}
const b = {dtype: 'I64', shape: [3], data_offsets: [16, 40]}
const good = {__metadata__: {format: 'pt'}, a, b}

test('a file made by hand gives spans, values and metadata', async () => {
  const header = JSON.stringify(good)
  const folder = folderWith(safetensorsBytes(`${header}   `, data))
  const weights = await openWeights(folder)
  expect([...weights.tensors.keys()]).toEqual(['a', 'b'])
  expect(weights.metadata).toEqual({format: 'pt'})
  expect(weights.totalBytes).toBe(8 + header.length + 3 + 40)
  expect(weights.tensors.get('b')).toEqual({
    name: 'b',
    dtype: 'I64',
    shape: [3],
    file: join(realpathSync(folder), 'model.safetensors'),
    offset: 8 + header.length + 3 + 16,
    byteLength: 24,
  })
  expect([...(await readTensor(weights.tensors.get('a')!))]).toEqual([1, 2, 3, 4])
  expect([...(await readInt64Tensor(weights.tensors.get('b')!))]).toEqual([5n, 6n, 7n])
  await expect(readTensor(weights.tensors.get('b')!)).rejects.toThrow(BugError)
})

// ln(1 / 0.07) = 2.6592 in each type, rounded by hand: half has steps of 2^-9 there, bfloat16 of 2^-6.
for (const [folder, dtype, value] of [
  ['patch16-f32', 'F32', Math.fround(2.6592)],
  ['patch14-f16', 'F16', 1362 / 512],
  ['patch32-legacy-bf16', 'BF16', 170 / 64],
] as const) {
  test(`logit_scale of ${folder} is read from ${dtype}`, async () => {
    const span = requireTensor(await openWeights(join(TINY, folder)), 'logit_scale', {})
    expect(span.dtype).toBe(dtype)
    expect([...(await readTensor(span))]).toEqual([value])
  })
}

test('shards are one set of weights, each span in its own file', async () => {
  const weights = await openWeights(join(TINY, 'patch16-sharded-f16'))
  expect(weights.files.map((file) => basename(file))).toEqual(
    [1, 2, 3].map((n) => `model-0000${n}-of-00003.safetensors`),
  )
  expect(weights.totalBytes).toBe(weights.files.reduce((sum, file) => sum + statSync(file).size, 0))
  const values = [...weights.tensors.values()].reduce((sum, span) => sum + span.byteLength / 2, 0)
  expect(values).toBe(55_169) // total_parameters of the index, counted by transformers
  expect(requireTensor(weights, patchEmbedding, {width: 24, channels: 3, rows: 16, columns: 16}).file).toBe(
    weights.files[1],
  )
})

test('a linked file gives its real path: ONNX Runtime refuses links', async () => {
  const folder = temporaryFolder()
  const blob = join(folder, 'blob')
  writeFileSync(blob, safetensorsBytes(JSON.stringify(good), data))
  mkdirSync(join(folder, 'snapshot'))
  symlinkSync(blob, join(folder, 'snapshot', 'model.safetensors'))
  expect((await openWeights(join(folder, 'snapshot'))).files).toEqual([realpathSync(blob)])
})

test('a tensor of another shape is refused with named axes and the file', async () => {
  const weights = await openWeights(join(TINY, 'patch32-legacy-bf16'))
  expect(() => requireTensor(weights, patchEmbedding, {width: 16, channels: 3, rows: 16, columns: 16})).toThrow(
    `${patchEmbedding} in ${weights.files[0]} should be [width=16, channels=3, rows=16, columns=16], but is [16, 3, 32, 32].`,
  )
  expect(() => requireTensor(weights, 'visual_projection', {})).toThrow(
    /should hold a tensor visual_projection, but do not/,
  )
  expect(() => requireTensor(weights, 'model.visual_projection.weight', {})).toThrow(
    /nearest of its 80 is visual_projection/,
  )
  const ids = 'vision_model.embeddings.position_ids'
  expect(() => requireTensor(weights, ids, {batch: 1, tokens: 10})).toThrow(/should be F32, F16, BF16, but is I64/)
})

const without = (key: string) => JSON.stringify({...good, [key]: undefined})
const withA = (change: object) => JSON.stringify({...good, a: {...a, ...change}})
const refused: Array<[string, Uint8Array, string, RegExp]> = [
  ['an empty file', Buffer.alloc(0), 'weights-cut-short', /begin with 8 bytes.*but is 0 bytes/],
  [
    'a header of 2 GB',
    safetensorsBytes('{}', data, 2_000_000_000n),
    'weights-header',
    /at most 100000000 bytes, but claims 2000000000/,
  ],
  [
    'a header longer than the file',
    safetensorsBytes('{}', data, 100n),
    'weights-cut-short',
    /end at byte 108, but the file has 50/,
  ],
  ['a header that is not JSON', safetensorsBytes('{"a":', data), 'weights-header', /should have a JSON header/],
  ['a header that is a list', safetensorsBytes('[]', data), 'weights-header', /should have a JSON object/],
  ['a header that is not UTF-8', safetensorsBytes(Buffer.from([0x7b, 0xff, 0x7d]), data), 'weights-header', /UTF-8/],
  ['a web page', Buffer.from('<!DOCTYPE html><html>404</html>'), 'weights-header', /is it a safetensors file/],
  [
    'a Git LFS pointer',
    Buffer.from('version https://git-lfs.github.com/spec/v1\noid'),
    'weights-not-downloaded',
    /git lfs pull/,
  ],
  [
    'data cut short',
    safetensorsBytes(JSON.stringify(good), data.subarray(0, 39)),
    'weights-cut-short',
    /it should have (\d+) bytes, but has/,
  ],
  ['a type nobody knows', safetensorsBytes(withA({dtype: 'F33'}), data), 'weights-header', /but has "F33".*tensor "a"/],
  [
    'a type named like a method',
    safetensorsBytes(withA({dtype: 'toString'}), data),
    'weights-header',
    /but has "toString"/,
  ],
  [
    'a shape that is not its bytes',
    safetensorsBytes(withA({shape: [2, 3]}), data),
    'weights-header',
    /hold 24 bytes for F32 \[2, 3\], but its span has 16/,
  ],
  [
    'a shape beyond all numbers',
    safetensorsBytes(withA({shape: [2 ** 40, 2 ** 40]}), data),
    'weights-header',
    /its span has 16/,
  ],
  [
    'a negative length',
    safetensorsBytes(withA({shape: [-2, -2]}), data),
    'weights-header',
    /whole lengths, but has \[-2,-2\]/,
  ],
  [
    'a broken length',
    safetensorsBytes(withA({shape: [1.5]}), data),
    'weights-header',
    /whole lengths, but has \[1.5\]/,
  ],
  [
    '33 axes',
    safetensorsBytes(withA({shape: [4, ...Array(32).fill(1)]}), data),
    'weights-header',
    /at most 32 whole lengths/,
  ],
  [
    'a span that ends before it begins',
    safetensorsBytes(withA({data_offsets: [16, 0]}), data),
    'weights-header',
    /\[begin, end\], but has \[16,0\]/,
  ],
  [
    'a span below the data',
    safetensorsBytes(withA({data_offsets: [-16, 0]}), data),
    'weights-header',
    /but has \[-16,0\]/,
  ],
  ['a tensor that is no object', safetensorsBytes(JSON.stringify({a: 5}), data), 'weights-header', /by an object/],
  [
    'spans that overlap',
    safetensorsBytes(JSON.stringify({a, b: {...b, data_offsets: [8, 32]}}), data.subarray(0, 32)),
    'weights-spans',
    /b overlaps a by 8 bytes/,
  ],
  [
    'a hole at the start',
    safetensorsBytes(without('a'), data),
    'weights-spans',
    /b leaves a hole after the header of 16 bytes/,
  ],
  [
    'a hole between',
    safetensorsBytes(JSON.stringify({a, b: {...b, data_offsets: [20, 44]}}), Buffer.alloc(44)),
    'weights-spans',
    /hole after a of 4 bytes/,
  ],
  ['bytes after the last tensor', safetensorsBytes(without('b'), data), 'weights-spans', /with a, but has/],
  [
    'a name given twice',
    safetensorsBytes(`{"a":${JSON.stringify(a)},"b":${JSON.stringify(b)},"\\u0061":${JSON.stringify(a)}}`, data),
    'weights-header',
    /names "a" twice/,
  ],
  [
    'metadata that is not text',
    safetensorsBytes(JSON.stringify({...good, __metadata__: {n: 1}}), data),
    'weights-header',
    /text values in __metadata__/,
  ],
]

for (const [title, bytes, code, message] of refused) {
  test(`${title} is refused as ${code}`, async () => {
    const folder = folderWith(bytes)
    const error = await openWeights(folder).then(
      () => undefined,
      (thrown: unknown) => thrown,
    )
    expect(error).toBeInstanceOf(ModelError)
    expect(error).toMatchObject({code, oclif: {exit: 3}, message: expect.stringMatching(message)})
    expect((error as Error).message).toContain(join(folder, 'model.safetensors'))
  })
}

test('an empty tensor and a scalar are legal', async () => {
  const header = {
    e: {dtype: 'F16', shape: [0, 7], data_offsets: [0, 0]},
    s: {dtype: 'F16', shape: [], data_offsets: [0, 2]},
  }
  const weights = await openWeights(folderWith(safetensorsBytes(JSON.stringify(header), Buffer.from([0x00, 0xc2]))))
  expect([...(await readTensor(weights.tensors.get('e')!))]).toEqual([])
  expect([...(await readTensor(weights.tensors.get('s')!))]).toEqual([-3]) // 0xc200: sign, 2^1, 1 + 512/1024
})

test('a file that shrinks after it was opened is noticed', async () => {
  const folder = folderWith(safetensorsBytes(JSON.stringify(good), data))
  const weights = await openWeights(folder)
  truncateSync(weights.files[0]!, weights.totalBytes - 30)
  await expect(readTensor(weights.tensors.get('a')!)).rejects.toThrow(/become shorter while in use: a/)
})

const shard = safetensorsBytes(JSON.stringify(good), data)
const indexed = (index: unknown, ...shards: string[]) => {
  const folder = folderWith(
    Buffer.from(typeof index === 'string' ? index : JSON.stringify(index)),
    'model.safetensors.index.json',
  )
  for (const name of shards) writeFileSync(join(folder, name), shard)
  return folder
}
const badIndexes: Array<[string, () => string, RegExp]> = [
  [
    'a folder without weights',
    () => temporaryFolder(),
    /should hold model.safetensors or .*index.json, but holds neither/,
  ],
  [
    'a folder of pickles',
    () => folderWith(Buffer.alloc(1), 'pytorch_model.bin'),
    /a Python pickle, which vwt does not run/,
  ],
  ['an index that is not JSON', () => indexed('{'), /index.json should be JSON/],
  ['an index that says null', () => indexed('null'), /weight_map from tensor to shard, but has none/],
  ['an index without a map', () => indexed({weight_map: {}}), /weight_map from tensor to shard, but has none/],
  [
    'a shard above the folder',
    () => indexed({weight_map: {a: '../x.safetensors'}}),
    /own folder, but says "..\/x.safetensors" for a/,
  ],
  [
    'a shard at an absolute path',
    () => indexed({weight_map: {a: '/x.safetensors'}}),
    /own folder, but says "\/x.safetensors" for a/,
  ],
  ['a shard that is no text', () => indexed({weight_map: {a: 1}}), /own folder, but says 1 for a/],
  [
    'a missing shard',
    () => indexed({weight_map: {a: 'x.safetensors'}}),
    /x.safetensors should hold the weights, but does not exist/,
  ],
  [
    'a tensor its shard lacks',
    () => indexed({weight_map: {c: 'x.safetensors'}}, 'x.safetensors'),
    /says that c is in x.safetensors, but it is not/,
  ],
  [
    'a tensor in two shards',
    () => indexed({weight_map: {a: 'x.safetensors', b: 'y.safetensors'}}, 'x.safetensors', 'y.safetensors'),
    /a is in x.safetensors and y.safetensors/,
  ],
]
for (const [title, make, message] of badIndexes) {
  test(`${title} is refused`, async () => {
    const error: unknown = await openWeights(make()).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(ModelError)
    expect((error as Error).message).toMatch(message)
  })
}

test('a folder in the place of the file, and a broken link, are named', async () => {
  const folder = temporaryFolder()
  mkdirSync(join(folder, 'model.safetensors'))
  await expect(openWeights(folder)).rejects.toThrow(/model.safetensors should be a file/)
  const other = temporaryFolder()
  symlinkSync(join(other, 'gone'), join(other, 'model.safetensors'))
  await expect(openWeights(other)).rejects.toThrow(/model.safetensors should hold the weights, but does not exist/)
})

test('one file can be opened by itself', async () => {
  const golden = await readSafetensorsHeader(join(TINY, 'patch16-f32', 'golden.safetensors'))
  expect(golden.tensors.get('pixel_values')).toMatchObject({dtype: 'F16', shape: [3, 3, 64, 64]})
  expect(JSON.parse(golden.metadata.texts!)).toHaveLength(6)
})
