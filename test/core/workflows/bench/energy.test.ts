import {expect, test} from 'vitest'
import {DeviceError} from '../../../../src/core/base/errors.js'
import {counterMeter} from '../../../../src/core/power/counter.js'
import type {Meter} from '../../../../src/core/power/meter.js'
import {measureEnergy} from '../../../../src/core/workflows/bench/energy.js'
import {energyOfRow} from '../../../../src/core/workflows/bench/energy-rows.js'
import type {Contestant, PlacedImage, Stages, TurnSamples} from '../../../../src/core/workflows/bench/timing.js'
import {type EnergySettings, energyBlocks, measureIdle} from '../../../../src/core/workflows/bench/windows.js'

const SETTINGS: EnergySettings = {batches: [1], blocks: 5, warmup: 2, seed: 1, windowSeconds: 0, idleSeconds: 2}
const images: PlacedImage[] = Array.from({length: 30}, (_, place) => ({input: {path: `${place}.png`}, place}))

/**
 * A machine whose time passes only where the work says so, and whose counter rises with the time by what the phase at
 * hand draws: 10 W at rest, 20 to decode and prepare, 15 for the head, 500 to open a session and in cold runs.
 */
class PoweredMachine {
  now = 0
  /** Microjoules; watts times milliseconds are millijoules. */
  counted = 0
  /** The counter is seen as it was at the last multiple of this. */
  refreshMs = 1
  private readonly history: [number, number][] = [[0, 0]]
  isFrozen = false
  readonly clock = () => this.now
  readonly sleep = async (ms: number) => this.spend(ms, 10)

  spend(ms: number, watts: number): void {
    for (let step = 0; step < ms; step += 1) {
      this.now += 1
      this.counted += watts * 1000
      if (this.now % this.refreshMs === 0) this.history.push([this.now, this.counted])
    }
  }

  meter(shortestMs = 1000): Meter {
    const read = () => (this.isFrozen ? 7 : this.history.at(-1)![1])
    return counterMeter({
      name: 'rapl',
      covers: 'package-0',
      refreshMs: this.refreshMs,
      shortestMs,
      stepJoules: 1e-6,
      counters: [{name: 'package-0', countJoules: 1e-6, highestCount: null, read}],
      now: this.clock,
    })
  }

  readonly stages: Stages = {
    sizePx: 1,
    decode: async ({path}) => {
      this.spend(3, 20)
      return {data: new Uint8Array(3), width: 1, height: 1, path, format: 'png'}
    },
    prepare: async () => {
      this.spend(2, 20)
      return new Float32Array(3)
    },
    head: () => this.spend(1, 15),
  }

  /** `ms` and `watts` of an image; the first `coldRuns` of a session draw 500 W for 100 ms. */
  contestant(method: string, ms: number, watts: number, coldRuns = 2): Contestant {
    return {
      method,
      open: async () => {
        this.spend(50, 500)
        let runs = 0
        return {
          run: async (_pixels, places) => {
            runs += 1
            if (runs <= coldRuns) this.spend(100, 500)
            else this.spend(ms * places.length, watts)
            return places.map(() => ({embedding: new Float32Array(1)}))
          },
          release: async () => this.spend(20, 500),
        }
      },
    }
  }

  measure(contestants: readonly Contestant[], settings: Partial<EnergySettings> = {}, meter = this.meter()) {
    const world = {clock: this.clock, sleep: this.sleep}
    const source = {kind: 'meter', meter} as const
    return measureEnergy(source, contestants, images, this.stages, {...SETTINGS, ...settings}, [], world)
  }
}

const joulesOf = (samples: readonly {joules: number; images: number}[]) =>
  new Set(samples.map(({joules, images: count}) => (joules / count).toFixed(9)))

test('a window of the encoder holds the encoder alone; one from file to label holds the whole chain, and no more', async () => {
  const machine = new PoweredMachine()
  const {samples} = await machine.measure([machine.contestant('base', 10, 100), machine.contestant('tome', 5, 80)])
  const windows = (method: string, phase: string) =>
    samples.filter((sample) => sample.method === method && sample.phase === phase)
  // 10 ms at 100 W, 5 ms at 80 W; with 5 ms at 20 W before and 1 ms at 15 W behind.
  expect(joulesOf(windows('base', 'encoder'))).toEqual(new Set(['1.000000000']))
  expect(joulesOf(windows('tome', 'encoder'))).toEqual(new Set(['0.400000000']))
  expect(joulesOf(windows('base', 'endToEnd'))).toEqual(new Set(['1.115000000']))
  expect(joulesOf(windows('tome', 'endToEnd'))).toEqual(new Set(['0.515000000']))
  expect(samples).toHaveLength(5 * 2 * 2)
  for (const {ms} of samples) expect(ms).toBeGreaterThanOrEqual(1000)
})

test('the machine is measured at rest before any session is opened', async () => {
  const machine = new PoweredMachine()
  const {summary} = await machine.measure([machine.contestant('base', 10, 100)])
  expect(summary).toEqual({
    source: 'rapl: package-0',
    grade: 'measured',
    idle: {watts: expect.closeTo(10, 9), seconds: 2},
    windowSeconds: 1.01,
    blocks: 5,
    refreshMs: 1,
    reason: null,
  })
})

test('a window in which the meter fell behind is taken again, one that goes on falling behind ends it', async () => {
  for (const failures of [3, 4]) {
    const machine = new PoweredMachine()
    const steady = machine.meter()
    let left = failures
    const behind = () => {
      left -= 1
      throw new DeviceError('gaps', {code: 'meter-gaps'})
    }
    const meter = {
      ...steady,
      begin: async () => {
        const window = await steady.begin()
        return {end: async () => (left > 0 ? behind() : window.end())}
      },
    }
    const {summary, samples} = await machine.measure(
      [machine.contestant('base', 10, 100)],
      {blocks: 1, idleSeconds: 0},
      meter,
    )
    expect([summary.reason, samples.length]).toEqual(failures === 3 ? [null, 2] : ['gaps', 0])
  }
})

test('limit and temperature are told as they were at the start and at the end', async () => {
  const machine = new PoweredMachine()
  let temperatureC = 40
  const meter = {...machine.meter(), circumstances: () => ({limitWatts: 700, temperatureC: temperatureC++})}
  const {summary} = await machine.measure([machine.contestant('base', 10, 100)], {blocks: 1}, meter)
  expect(summary.circumstances).toEqual({
    atStart: {limitWatts: 700, temperatureC: 40},
    atEnd: {limitWatts: 700, temperatureC: 41},
  })
})

test('windows last as long as is asked for where the meter would do with less', async () => {
  const machine = new PoweredMachine()
  const asked = {windowSeconds: 1.5, blocks: 1}
  const {summary, samples} = await machine.measure([machine.contestant('base', 10, 100)], asked)
  expect(summary.windowSeconds).toBe(1.5)
  for (const {ms} of samples) expect(ms).toBeGreaterThanOrEqual(1500)
})

test('a rest shorter than the meter can tell is drawn out; without a rest there is no baseline', async () => {
  const machine = new PoweredMachine()
  expect(await measureIdle(machine.meter(3000), 0.1, {sleep: machine.sleep})).toEqual({
    watts: expect.closeTo(10, 9),
    seconds: 3.03,
  })
  const {summary} = await machine.measure([machine.contestant('base', 10, 100)], {idleSeconds: 0})
  expect(summary.idle).toBeNull()
})

test('without warm-up the cold runs are in the window, with it they are not', async () => {
  const machine = new PoweredMachine()
  const [cold] = (await machine.measure([machine.contestant('base', 10, 100)], {warmup: 0, blocks: 1})).samples
  expect(cold!.joules / cold!.images).toBeGreaterThan(1.5)
})

test('every block gives each method its windows, in an order that changes and one session at a time', async () => {
  const machine = new PoweredMachine()
  const methods = ['a', 'b', 'c']
  const orders: string[] = []
  const contestants = methods.map((method) => machine.contestant(method, 10, 50))
  for await (const block of energyBlocks(
    machine.meter(),
    contestants,
    images,
    machine.stages,
    {...SETTINGS, blocks: 6},
    {
      clock: machine.clock,
    },
  )) {
    expect(block.map(({method, phase}) => `${method} ${phase}`).sort()).toEqual(
      methods.flatMap((method) => [`${method} encoder`, `${method} endToEnd`]),
    )
    orders.push(block.map(({method}) => method).join(''))
  }
  expect(new Set(orders).size).toBeGreaterThan(2)
})

test('batch sizes have windows of their own, joules are those of an image', async () => {
  const machine = new PoweredMachine()
  const {samples} = await machine.measure([machine.contestant('base', 10, 100)], {batches: [1, 4], blocks: 2})
  for (const batch of [1, 4]) {
    const own = samples.filter((sample) => sample.batch === batch && sample.phase === 'encoder')
    expect(own).toHaveLength(2)
    expect(joulesOf(own)).toEqual(new Set(['1.000000000']))
    for (const {images: count} of own) expect(count % batch).toBe(0)
  }
})

test('a counter that is renewed every 100 ms is off by its step at both edges, no more', async () => {
  const machine = new PoweredMachine()
  machine.refreshMs = 100
  const {samples} = await machine.measure([machine.contestant('base', 7, 90)], {}, machine.meter(5000))
  for (const {joules, ms, phase} of samples.filter((sample) => sample.phase === 'encoder'))
    expect(Math.abs(joules / (ms / 1000) - 90), phase).toBeLessThanOrEqual(500 * (0.1 / 5))
})

test('a frozen counter gives no figures but the reason', async () => {
  const machine = new PoweredMachine()
  machine.isFrozen = true
  const {summary, samples} = await machine.measure([machine.contestant('base', 10, 100)])
  expect([summary.source, summary.idle, samples]).toEqual([null, null, []])
  expect(summary.reason).toMatch(/stood still/)
})

test('a fault that is not the meter’s is passed on', async () => {
  const machine = new PoweredMachine()
  const failing = {method: 'base', open: () => Promise.reject(new Error('no memory'))}
  await expect(machine.measure([failing])).rejects.toThrow('no memory')
})

test('stopped, complete blocks are kept; before the first there is a reason', async () => {
  for (const [stopAt, blocks, reason] of [
    [2, 2, null],
    [0, null, 'It was stopped before energy was measured.'],
  ] as const) {
    const machine = new PoweredMachine()
    const controller = new AbortController()
    const source = {kind: 'meter', meter: machine.meter()} as const
    const result = await measureEnergy(
      source,
      [machine.contestant('base', 10, 100), machine.contestant('b', 10, 100)],
      images,
      machine.stages,
      SETTINGS,
      [],
      {
        clock: machine.clock,
        sleep: machine.sleep,
        signal: controller.signal,
        onTurn: (_method, block) => block === stopAt && controller.abort(),
      },
    )
    expect([result.incomplete, result.summary.blocks, result.summary.reason]).toEqual([true, blocks, reason])
    expect(result.samples).toHaveLength((blocks ?? 0) * 4)
  }
})

const turn = (method: string, block: number, encoderMs: readonly number[], batch = 1): TurnSamples => ({
  method,
  batch,
  block,
  turn: 0,
  encoderMs,
  endToEndMs: encoderMs.map((ms) => ms + 10),
  decodeMs: [],
  preprocessMs: [],
  encodeMs: [],
  headMs: [],
})

test('assumed watts: time alone makes the difference, and the grade says so', async () => {
  const turns = [0, 1, 2].flatMap((block) => [turn('base', block, [20, 20], 4), turn('x', block, [10, 10], 4)])
  const energy = await measureEnergy({kind: 'assumed', watts: 50}, [], [], new PoweredMachine().stages, SETTINGS, turns)
  expect(energy.summary).toMatchObject({source: '--assume-watts 50', grade: 'assumed', idle: null, reason: null})
  const row = energyOfRow(energy, {method: 'x', batch: 4}, 'base', {seed: 0})
  expect(row).toEqual({
    watts: {mean: expect.closeTo(50, 12), source: '--assume-watts 50', grade: 'assumed'},
    // 50 W for 10 ms over 4 images; end to end 20 ms.
    joulesPerImage: {gross: 0.125, net: null, ci95: [0.125, 0.125], netCi95: null},
    endToEndJoulesPerImage: {gross: 0.25, net: null, ci95: [0.25, 0.25], netCi95: null},
    relative: {watts: 1, joules: 0.5, joulesCi95: [0.5, 0.5]},
  })
})

test('rows, worked by hand: medians over windows, net of what is drawn at rest, ratios within blocks', () => {
  const window = (method: string, block: number, phase: 'encoder' | 'endToEnd', joules: number) => ({
    method,
    batch: 1,
    block,
    phase,
    images: 100,
    ms: 2000,
    joules,
  })
  // The machine draws more from block to block; the method always three quarters.
  const samples = [100, 120, 160].flatMap((joules, block) => [
    window('base', block, 'encoder', joules),
    window('x', block, 'encoder', 0.75 * joules),
    window('x', block, 'endToEnd', 2 * joules),
  ])
  const summary = {
    source: 'rapl: package-0',
    grade: 'measured',
    idle: {watts: 10, seconds: 5},
    windowSeconds: 1.01,
    blocks: 3,
    refreshMs: 1,
    reason: null,
  } as const
  const energy = {summary, samples}
  const base = energyOfRow(energy, {method: 'base', batch: 1}, 'base', {seed: 0})
  // 380 J in 6 s; 20 J of each window are drawn anyway.
  expect(base.watts).toEqual({mean: expect.closeTo(380 / 6, 9), source: 'rapl: package-0', grade: 'measured'})
  expect(base.joulesPerImage).toMatchObject({gross: 1.2, net: 1})
  expect(base.relative).toEqual({watts: 1, joules: 1, joulesCi95: null})
  const row = energyOfRow(energy, {method: 'x', batch: 1}, 'base', {seed: 0})
  expect(row.joulesPerImage).toMatchObject({gross: 0.9, net: 0.7})
  expect(row.joulesPerImage!.ci95![0]).toBeLessThanOrEqual(0.9)
  expect(row.joulesPerImage!.ci95![1]).toBeGreaterThanOrEqual(0.9)
  expect(row.endToEndJoulesPerImage).toMatchObject({gross: 2.4, net: 2.2})
  const ends = [expect.closeTo(0.75, 12), expect.closeTo(0.75, 12)]
  expect(row.relative).toEqual({watts: 0.75, joules: 0.75, joulesCi95: ends})
  expect(energyOfRow({...energy, samples: []}, {method: 'x', batch: 1}, 'base', {seed: 0}).watts).toBeNull()
})
