import {join, resolve} from 'node:path'
import {expect, test} from 'vitest'
import {InterruptedError} from '../../../src/core/base/errors.js'
import {openWeights} from '../../../src/core/weights/safetensors.js'
import {checkFinite, scanWeights} from '../../../src/core/weights/scan.js'
import {folderWith, safetensorsBytes} from './files.js'

const weightsOf = (dtype: string, shape: number[], data: ArrayBufferView<ArrayBuffer>) => {
  const header = {
    before: {dtype: 'U8', shape: [3], data_offsets: [0, 3]}, // the tensor then starts at an odd byte
    w: {dtype, shape, data_offsets: [3, 3 + data.byteLength]},
  }
  const bytes = Buffer.concat([Buffer.alloc(3, 0xff), Buffer.from(data.buffer)])
  return openWeights(folderWith(safetensorsBytes(JSON.stringify(header), bytes)))
}

test('finite weights pass, and progress ends at all bytes', async () => {
  const weights = await openWeights(resolve('test/fixtures/clip/patch16-sharded-f16'))
  const seen: number[] = []
  const scan = await scanWeights(weights, {onProgress: ({scannedBytes}) => seen.push(scannedBytes)})
  expect(scan).toEqual({tensorCount: weights.tensors.size, scannedBytes: 2 * 55_169, nonFinite: []})
  expect(seen.at(-1)).toBe(2 * 55_169)
  expect(() => checkFinite(scan)).not.toThrow()
})

test('the largest finite values of each type are finite', async () => {
  for (const [dtype, data] of [
    ['F32', new Float32Array([3.4028234663852886e38, -3.4028234663852886e38])],
    ['F64', new Float64Array([Number.MAX_VALUE, -Number.MAX_VALUE])],
    ['F16', new Uint16Array([0x7bff, 0xfbff])],
    ['BF16', new Uint16Array([0x7f7f, 0xff7f])],
  ] as const) {
    expect((await scanWeights(await weightsOf(dtype, [2], data))).nonFinite, dtype).toEqual([])
  }
})

// Element 4 of [2, 3] lies at row 1, column 1.
for (const [dtype, data, value] of [
  ['F32', new Float32Array([0, 1, 2, 3, Number.NaN, Number.POSITIVE_INFINITY]), 'NaN'],
  ['F64', new Float64Array([0, 1, 2, 3, Number.NEGATIVE_INFINITY, Number.NaN]), '-Infinity'],
  ['F16', new Uint16Array([0, 1, 2, 3, 0x7c00, 0xfe00]), 'Infinity'],
  ['BF16', new Uint16Array([0, 1, 2, 3, 0xff80, 0x7fc0]), '-Infinity'],
] as const) {
  test(`${dtype}: the first value that is no number is named with its place`, async () => {
    const weights = await weightsOf(dtype, [2, 3], data)
    const scan = await scanWeights(weights)
    expect(scan.nonFinite).toEqual([{name: 'w', file: weights.files[0], position: [1, 1], value, count: 2}])
    expect(() => checkFinite(scan)).toThrow(
      `${weights.files[0]} should hold finite weights, but w[1, 1] is ${value} (2 such`,
    )
  })
}

test('a NaN behind the first piece of 4 MiB is found at its place', async () => {
  const data = new Float32Array(1_200_000)
  data[1_100_007] = Number.NaN
  const weights = await weightsOf('F32', [1200, 1000], data)
  const pieces: number[] = []
  const scan = await scanWeights(weights, {onProgress: ({scannedBytes}) => pieces.push(scannedBytes)})
  expect(scan.nonFinite[0]?.position).toEqual([1100, 7])
  expect(pieces).toEqual([4 * 1024 * 1024, 4_800_000])
})

test('a scan stops at once when told so', async () => {
  const weights = await openWeights(join('test/fixtures/clip', 'patch16-f32'))
  await expect(scanWeights(weights, {signal: AbortSignal.abort()})).rejects.toThrow(InterruptedError)
})
