import {existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import type {ExternalTensor, TensorSpec} from '../../../src/core/base/tensor.js'
import {Graph} from '../../../src/core/graph/graph.js'
import {checkInputs, openSession} from '../../../src/core/runtime/session.js'
import {stageGraph} from '../../../src/core/runtime/staging.js'

let folder: string
let weight: ExternalTensor
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'vwt-session-'))
  process.env.VWT_CACHE = join(folder, 'cache')
  const file = join(folder, 'model.bin')
  writeFileSync(file, new Uint8Array(new Float32Array([0, 0, 0, 1, 2, 3, 4]).buffer))
  weight = {name: 'w', dtype: 'F32', shape: [2, 2], file, offset: 12, byteLength: 16}
})
afterAll(() => {
  delete process.env.VWT_CACHE
  rmSync(folder, {recursive: true, force: true})
})

function weightedGraph() {
  const g = new Graph('weighted')
  g.output('y', g.matMul(g.input('x', 'float32', ['rows', 2]), g.external(weight)), 'float32', ['rows', 2])
  return g.finish()
}

test('weights are read where they lie, and nothing staged stays behind', async () => {
  const session = await openSession(weightedGraph())
  const {y} = await session.run({x: {type: 'float32', dims: [1, 2], data: Float32Array.of(1, 10)}})
  expect([...y!.data]).toEqual([31, 42]) // [1, 10] · [[1, 2], [3, 4]]
  expect(readdirSync(join(folder, 'cache', 'staged'))).toEqual([])
  expect(readdirSync(folder).sort()).toEqual(['cache', 'model.bin'])
  await session.release()
})

describe('a graph is staged', () => {
  test('by hard links where the cache shares the file system', async () => {
    const staged = await stageGraph(weightedGraph(), join(folder, 'stage'))
    expect(staged.how).toBe('linked')
    expect(statSync(join(staged.path, '..', 'model.bin')).ino).toBe(statSync(weight.file).ino)
    await staged.dispose()
    expect(existsSync(staged.path)).toBe(false)
  })
  test('beside the weights where no folder can be made, and is gone afterwards', async () => {
    const blocked = join(folder, 'blocked')
    writeFileSync(blocked, 'a file where the cache folder should be')
    const staged = await stageGraph(weightedGraph(), blocked)
    expect(staged.how).toBe('beside')
    await staged.dispose()
    expect(readdirSync(folder).filter((name) => name.startsWith('.vwt'))).toEqual([])
  })
  test('after clearing what a killed process left', async () => {
    const stage = join(folder, 'leftovers')
    mkdirSync(join(stage, '4194304-1-x'), {recursive: true}) // above the largest process id of Linux
    const staged = await stageGraph(weightedGraph(), stage)
    expect(readdirSync(stage)).toHaveLength(1)
    await staged.dispose()
  })
})

describe('inputs are checked before the run', () => {
  const specs: TensorSpec[] = [
    {name: 'a', type: 'float32', dims: ['batch', 2]},
    {name: 'b', type: 'int64', dims: ['batch']},
  ]
  const a = {type: 'float32', dims: [3, 2], data: new Float32Array(6)} as const
  const b = {type: 'int64', dims: [3], data: new BigInt64Array(3)} as const
  const check = (inputs: Parameters<typeof checkInputs>[2]) => () => checkInputs('graph', specs, inputs)
  test('and pass when they fit', () => expect(check({a, b})).not.toThrow())
  test('missing', () => expect(check({a})).toThrow(/input b of the graph graph is missing/))
  test('unknown', () => expect(check({a, b, c: a})).toThrow(/has no input c: it takes a, b/))
  test('of another type', () =>
    expect(check({a: {...a, type: 'int64'}, b})).toThrow(/float32 \[batch, 2\], but is int64 \[3, 2\]/))
  test('of another length', () => expect(check({a: {...a, dims: [2, 3]}, b})).toThrow(/but is float32 \[2, 3\]/))
  test('of a length that contradicts another input', () =>
    expect(check({a, b: {...b, dims: [2], data: new BigInt64Array(2)}})).toThrow(
      /int64 \[batch\] with batch = 3, but is int64 \[2\]/,
    ))
  test('with too few values', () => expect(check({a: {...a, data: new Float32Array(5)}, b})).toThrow(/holds 5 values/))
})

test('a released session says so', async () => {
  const session = await openSession(weightedGraph())
  await session.release()
  await expect(session.run({})).rejects.toThrow(/is released/)
})

test('a device that does not exist here is an error with a cure', async () => {
  const opening = openSession(weightedGraph(), {device: process.platform === 'darwin' ? 'cuda' : 'coreml'})
  await expect(opening).rejects.toMatchObject({name: 'DeviceError', oclif: {exit: 5}})
})
