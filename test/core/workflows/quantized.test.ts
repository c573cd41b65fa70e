import {copyFileSync, cpSync, mkdirSync, readdirSync, readFileSync, statSync, truncateSync, utimesSync} from 'node:fs'
import {join} from 'node:path'
import {beforeEach, describe, expect, test, vi} from 'vitest'
import {scaleName} from '../../../src/core/methods/q8.js'
import {parseMethodSpec} from '../../../src/core/methods/spec.js'
import {readModelFolder} from '../../../src/core/models/folder.js'
import {readSafetensorsHeader, readTensor, readTensorBytes} from '../../../src/core/weights/safetensors.js'
import {writeSafetensors} from '../../../src/core/weights/write.js'
import {openQuantized, quantizedKind, writeQuantized} from '../../../src/core/workflows/quantized.js'
import {VisionRunner} from '../../../src/core/workflows/vision.js'
import {wideClip, writeWideWeights} from '../models/wide-clip.js'
import {temporaryFolder} from '../weights/files.js'

const FILE = 'model.q8.safetensors'
let cache: string

beforeEach(() => {
  cache = temporaryFolder()
  vi.stubEnv('VWT_CACHE', cache)
  return () => vi.unstubAllEnvs()
})

const open = async (path: string, onWarning?: (message: string) => void) =>
  openQuantized(await readModelFolder(path), {kind: 'u8s8', onWarning})

const quantizedFilesIn = (path: string) => readdirSync(path).filter((name) => name.includes('q8'))

describe('the file', () => {
  test('holds the tower alone: linear layers as int8 with scales, the rest to the byte', async () => {
    const path = await wideClip()
    const {weights: source} = await readModelFolder(path)
    const {weights, file} = await open(path)
    expect(file).toBe(join(path, FILE))
    expect([...weights.tensors.keys()].filter((name) => name.startsWith('text_model'))).toEqual([])
    for (const [name, span] of source.tensors) {
      if (name.startsWith('text_model')) continue
      const made = weights.tensors.get(name)!
      if (/_proj\.weight|fc[12]\.weight/.test(name)) {
        expect([made.dtype, ...made.shape]).toEqual(['I8', ...[...span.shape].reverse()])
        expect(weights.tensors.get(scaleName(name))!.shape).toEqual([span.shape[0]])
      } else {
        expect([made.dtype, made.shape]).toEqual([span.dtype, span.shape])
        expect(Buffer.from(await readTensorBytes(made)).equals(Buffer.from(await readTensorBytes(span)))).toBe(true)
      }
    }
  })

  test('is made once and used again', async () => {
    const path = await wideClip()
    expect((await open(path)).isNew).toBe(true)
    const written = statSync(join(path, FILE))
    const again = await open(path)
    expect([again.isNew, again.file]).toEqual([false, join(path, FILE)])
    expect(statSync(join(path, FILE))).toMatchObject({ino: written.ino, mtimeMs: written.mtimeMs})
  })

  test('is made anew when the weights have changed, and the text tower is part of "the weights"', async () => {
    const path = await wideClip({seed: 1})
    const {weights: before} = await open(path)
    const bytes = await readTensorBytes(before.tensors.get('vision_model.encoder.layers.0.mlp.fc1.weight')!)
    await writeWideWeights(path, {seed: 2})
    const after = await open(path)
    expect(after.isNew).toBe(true)
    const changed = await readTensorBytes(after.weights.tensors.get('vision_model.encoder.layers.0.mlp.fc1.weight')!)
    expect(Buffer.from(changed).equals(Buffer.from(bytes))).toBe(false)
  })

  test('survives a copy of the folder: other times, the same bytes', async () => {
    const path = await wideClip()
    await open(path)
    utimesSync(join(path, 'model.safetensors'), new Date(2001, 1), new Date(2001, 1))
    expect((await open(path)).isNew).toBe(false)
    // And the new time is remembered: nothing is hashed or written again.
    const {mtimeMs} = statSync(join(path, FILE))
    await open(path)
    expect(statSync(join(path, FILE)).mtimeMs).toBe(mtimeMs)
  })

  test('cut short is made anew', async () => {
    const path = await wideClip()
    await open(path)
    truncateSync(join(path, FILE), 5000)
    expect((await open(path)).isNew).toBe(true)
    await readSafetensorsHeader(join(path, FILE))
  })

  test('goes to the cache where none can be put beside the model, and is found there', async () => {
    const path = await wideClip()
    mkdirSync(join(path, FILE, 'in the way'), {recursive: true})
    const first = await open(path)
    expect(first.isNew).toBe(true)
    expect(first.file.startsWith(cache)).toBe(true)
    const again = await open(path)
    expect([again.isNew, again.file]).toEqual([false, first.file])
    expect(quantizedFilesIn(path)).toEqual([FILE])
  })

  test('that can be put nowhere is an error that names both places and a cure', async () => {
    const path = await wideClip()
    mkdirSync(join(path, FILE, 'in the way'), {recursive: true})
    copyFileSync(join(path, 'config.json'), join(cache, 'quantized'))
    await expect(open(path)).rejects.toMatchObject({code: 'write-failed', suggestions: [/VWT_CACHE/]})
  })

  test('is whole and alone after several at once have made it', async () => {
    const path = await wideClip()
    const opened = await Promise.all([open(path), open(path), open(path), open(path)])
    expect(quantizedFilesIn(path)).toEqual([FILE])
    const bytes = readFileSync(join(path, FILE))
    for (const {weights} of opened) expect(weights.totalBytes).toBe(bytes.length)
    const alone = await writeQuantized(await readModelFolder(path), {kind: 'u8s8'})
    expect(readFileSync(alone.file).equals(bytes)).toBe(true)
  })

  test('of the narrow kind lies under its own name', async () => {
    const path = await wideClip()
    const {weights} = await openQuantized(await readModelFolder(path), {kind: 'u8s7'})
    expect(quantizedFilesIn(path)).toEqual(['model.q8-s7.safetensors'])
    const span = weights.tensors.get('vision_model.encoder.layers.3.mlp.fc2.weight')!
    expect(Math.max(...new Int8Array(await readTensorBytes(span)).map(Math.abs))).toBe(64)
  })
})

test('weights that are no numbers are named, and nothing is written', async () => {
  const path = await wideClip()
  const {weights} = await readModelFolder(path)
  const tensors = await Promise.all(
    [...weights.tensors.values()].map(async ({name, dtype, shape}) => {
      const data = await readTensor(weights.tensors.get(name)!)
      if (name.endsWith('layers.2.self_attn.k_proj.weight')) data[300] = Number.NaN
      return {name, dtype, shape, data}
    }),
  )
  await writeSafetensors(join(path, 'model.safetensors'), tensors)
  await expect(open(path)).rejects.toThrow(/element 300 of .*layers\.2\.self_attn\.k_proj\.weight is NaN/)
  expect(quantizedFilesIn(path)).toEqual([])
})

describe('the kind', () => {
  const none = {avx2: true, avx512: true, vnni: false, amx: false, neon: false, dotprod: false, i8mm: false}
  for (const [what, sets, kind] of [
    ['AVX-512 without VNNI', none, 'u8s7'],
    ['VNNI', {...none, vnni: true}, 'u8s8'],
    ['AMX', {...none, amx: true}, 'u8s8'],
    ['64-bit ARM', {...none, avx2: false, avx512: false, neon: true, dotprod: null, i8mm: null}, 'u8s8'],
    ['a processor that does not say', {...none, avx2: null, avx512: null, vnni: null, amx: null}, 'u8s7'],
  ] as const) {
    test(`of ${what} is ${kind}`, () => {
      expect(quantizedKind(sets)).toBe(kind)
    })
  }
})

test('a sharded model in float16 is read shard by shard', async () => {
  const path = join(temporaryFolder(), 'sharded')
  cpSync('test/fixtures/clip/patch16-sharded-f16', path, {recursive: true})
  const {weights: source} = await readModelFolder(path)
  const {weights} = await open(path)
  const name = 'vision_model.encoder.layers.1.mlp.fc1.weight'
  const [outputs, inputs] = source.tensors.get(name)!.shape as [number, number]
  const exact = await readTensor(source.tensors.get(name)!)
  const values = new Int8Array(await readTensorBytes(weights.tensors.get(name)!))
  const scales = await readTensor(weights.tensors.get(scaleName(name))!)
  const errors = Array.from(exact, (value, at) => {
    const [output, input] = [Math.floor(at / inputs), at % inputs]
    return Math.abs(values[input * outputs + output]! * scales[output]! - value) / scales[output]!
  })
  expect(Math.max(...errors)).toBeLessThanOrEqual(0.5001)
  expect(weights.tensors.get('vision_model.post_layernorm.weight')!.dtype).toBe('F16')
})

test('q8 runs on the processor: auto takes it, another device asked for by name is refused with the reason', async () => {
  const folder = await readModelFolder(await wideClip())
  const spec = parseMethodSpec('intra:0.5+q8')
  const runner = await VisionRunner.open(folder, {spec})
  expect([runner.device, runner.quantized?.file]).toEqual([
    'cpu',
    join(folder.path, runner.quantized!.kind === 'u8s8' ? FILE : 'model.q8-s7.safetensors'),
  ])
  await runner.release()
  await expect(VisionRunner.open(folder, {spec, device: 'webgpu'})).rejects.toMatchObject({
    code: 'method-device',
    suggestions: [expect.stringContaining('--method intra:0.5')],
  })
})
