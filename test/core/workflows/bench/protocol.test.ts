import {expect, test} from 'vitest'
import type {Meter} from '../../../../src/core/power/meter.js'
import {runVwtProtocol} from '../../../../src/core/workflows/bench/protocol.js'
import type {Contestant, PlacedImage, Stages} from '../../../../src/core/workflows/bench/timing.js'

const images: PlacedImage[] = Array.from({length: 5}, (_, place) => ({input: {path: `${place}.png`}, place}))

/** Decoding takes 3 ms; the encoder 10 ms and 2 ms more for every further image of a batch. */
function machine() {
  const state = {now: 0, runs: [] as {places: readonly number[]; first: number}[], events: [] as string[]}
  const stages: Stages = {
    sizePx: 2,
    decode: async ({path}) => {
      state.now += 3
      state.events.push('decode')
      return {data: new Uint8Array(3), width: 1, height: 1, path, format: 'png'}
    },
    prepare: async ({path}) => new Float32Array(12).fill(Number.parseInt(path, 10)),
  }
  const contestant: Contestant = {
    method: 'base',
    open: async () => ({
      run: async (pixels, places) => {
        state.now += 8 + 2 * places.length
        state.runs.push({places, first: pixels.data[0] as number})
        state.events.push('run')
        return places.map(() => ({embedding: new Float32Array(1)}))
      },
      release: async () => {},
    }),
  }
  return {state, stages, contestant, clock: () => state.now}
}

test('50 warm-up runs over random pixels, then every image once for the time and once for the power', async () => {
  const {state, stages, contestant, clock} = machine()
  let watts = 0
  const readWatts = async () => {
    state.events.push('read')
    watts += 10
    return watts
  }
  const source = {kind: 'meter', meter: {readWatts} as unknown as Meter} as const
  const rows = await runVwtProtocol(source, [contestant], images, stages, {batches: [1], seed: 3, clock})
  expect(state.runs).toHaveLength(50 + 5 + 5)
  expect(state.runs.slice(0, 50).every(({first}) => Math.abs(first) < 1 && first !== 0)).toBe(true)
  expect(state.runs.slice(50).map(({places}) => places[0])).toEqual([0, 1, 2, 3, 4, 0, 1, 2, 3, 4])
  expect(state.events.slice(50).join(' ')).toBe(
    `${Array(5).fill('decode run').join(' ')} ${Array(5).fill('decode run read').join(' ')}`,
  )
  expect(rows).toEqual([
    {
      name: 'vwt',
      method: 'base',
      batch: 1,
      ms: {count: 5, mean: 10, std: 0, min: 10, max: 10},
      watts: {count: 5, mean: 30, std: expect.closeTo(Math.sqrt(250), 12), min: 10, max: 50},
    },
  ])
})

test('an image counts the time and the power of its whole batch; the last batch may be smaller', async () => {
  const {stages, contestant, clock} = machine()
  const read = [40, 80, null]
  const source = {kind: 'meter', meter: {readWatts: async () => read.shift()} as unknown as Meter} as const
  const [row] = await runVwtProtocol(source, [contestant], images, stages, {batches: [2], seed: 0, clock})
  // Batches of 2, 2 and 1: 12, 12 and 10 ms; the third reading told nothing.
  expect([row!.ms.count, row!.ms.mean]).toEqual([5, expect.closeTo((4 * 12 + 10) / 5, 12)])
  expect(row!.watts).toMatchObject({count: 4, mean: 60})
})

test('assumed watts stay what they are; without a meter there is the time alone', async () => {
  const {stages, contestant, clock} = machine()
  const options = {batches: [1], seed: 0, clock}
  const [assumed] = await runVwtProtocol({kind: 'assumed', watts: 33}, [contestant], images, stages, options)
  expect(assumed!.watts).toMatchObject({mean: 33, std: 0})
  const [none] = await runVwtProtocol({kind: 'none', reason: ''}, [contestant], images, stages, options)
  expect([none!.watts, none!.ms.mean]).toEqual([null, 10])
})

test('an abort ends it, and the session is closed', async () => {
  const {stages, contestant, clock} = machine()
  let released = 0
  const closing: Contestant = {
    ...contestant,
    open: async () => ({
      ...(await contestant.open()),
      release: async () => {
        released += 1
      },
    }),
  }
  const work = runVwtProtocol({kind: 'none', reason: ''}, [closing], images, stages, {
    batches: [1],
    seed: 0,
    clock,
    signal: AbortSignal.abort(),
  })
  await expect(work).rejects.toMatchObject({code: 'interrupted'})
  expect(released).toBe(1)
})
