/**
 * Windows of energy, taken so that contestants can be compared: in blocks like those of time, but each turn fills windows
 * long enough for the meter, one of the encoder alone and one from file to label. Nothing else happens within a window.
 */
import {DeviceError} from '../../base/errors.js'
import {mixSeed, seededRandom} from '../../base/random.js'
import {shuffled} from '../../base/shuffle.js'
import type {Meter, WindowReading} from '../../power/meter.js'
import {
  type Contestant,
  type Cycle,
  checkStopped,
  type Encoder,
  type Pace,
  type PlacedImage,
  planCycles,
  prepareCycle,
  repeat,
  runChain,
  type Stages,
} from './timing.js'

export type EnergyPhase = 'encoder' | 'endToEnd'

/** One window. */
export type EnergySample = {
  readonly method: string
  readonly batch: number
  readonly block: number
  readonly phase: EnergyPhase
  /** That went through within it. */
  readonly images: number
  readonly ms: number
  /** Gross: what the machine draws at rest is in it. */
  readonly joules: number
}

export type EnergySettings = {
  readonly batches: readonly number[]
  readonly blocks: number
  readonly warmup: number
  readonly seed: number
  /** Windows last so long at least, and longer where the meter needs it. */
  readonly windowSeconds: number
  /** Seconds at rest before the first block; 0: none. */
  readonly idleSeconds: number
}

export type EnergyWorld = {
  readonly clock?: () => number
  readonly sleep?: (ms: number) => Promise<void>
  readonly signal?: AbortSignal | undefined
  /** Told after each turn. */
  readonly onTurn?: (method: string, block: number) => void
}

/** The machine settles before it is measured at rest. */
const SETTLE_MS = 500
/** Of a window in which the meter fell behind. */
const ATTEMPTS = 4
/** Windows end with the first whole round after the shortest length: so much longer, for clocks that differ. */
const MARGIN = 1.01

/** Power at rest. A rest shorter than the meter's shortest window is drawn out to it. */
export async function measureIdle(
  meter: Meter,
  seconds: number,
  {sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms)), signal}: EnergyWorld = {},
): Promise<{watts: number; seconds: number}> {
  checkStopped(signal)
  await sleep(SETTLE_MS)
  const endMs = windowMs(meter, {windowSeconds: seconds})
  const {reading} = await withinWindow(meter, async () => {
    // In steps, so that Ctrl-C need not wait for the end.
    for (let doneMs = 0; doneMs < endMs; ) {
      checkStopped(signal)
      const stepMs = Math.min(500, endMs - doneMs)
      await sleep(stepMs)
      doneMs += stepMs
    }
  })
  const {joules, ms} = reading
  return {watts: (1000 * joules) / ms, seconds: ms / 1000}
}

/**
 * Yields the windows of one block after the other; a block is complete or not yielded.
 * @throws {InterruptedError} the signal was aborted.  @throws {DeviceError} a window that cannot be trusted.
 */
export async function* energyBlocks(
  meter: Meter,
  contestants: readonly Contestant[],
  images: readonly PlacedImage[],
  stages: Stages,
  settings: EnergySettings,
  {clock = () => performance.now(), signal, onTurn = () => {}}: EnergyWorld = {},
): AsyncGenerator<EnergySample[]> {
  const {batches, warmup, seed, blocks} = settings
  const pace: Pace = {
    batches,
    warmup,
    runsPerTurn: 1,
    turnMs: windowMs(meter, settings),
    clock,
    checkStopped: () => checkStopped(signal),
  }
  const random = seededRandom(mixSeed(seed, 0xe9e1))
  const order = shuffled(images, random)
  const lengths = await planCycles(contestants[0]!, order, stages, pace)
  for (let block = 0; block < blocks; block += 1) {
    const cycles: Cycle[] = []
    for (const length of shuffled(lengths, random)) cycles.push(await prepareCycle(order, length, block, stages))
    const samples: EnergySample[] = []
    for (const {method, open} of shuffled(contestants, random)) {
      checkStopped(signal)
      const encoder = await open()
      try {
        for (const cycle of cycles) {
          const windows = await takeWindows(meter, encoder, cycle, stages, pace)
          samples.push(...windows.map((window) => ({method, batch: cycle.batch, block, ...window})))
        }
      } finally {
        await encoder.release()
      }
      onTurn(method, block)
    }
    yield samples
  }
}

/** A meter of the user's may fall behind on a crowded machine: a window with gaps is taken again, a few times. */
async function withinWindow<Result>(
  meter: Meter,
  work: () => Promise<Result>,
): Promise<{result: Result; reading: WindowReading}> {
  for (let attempt = 1; ; attempt += 1) {
    const window = await meter.begin()
    const result = await work()
    try {
      return {result, reading: await window.end()}
    } catch (error) {
      if (attempt === ATTEMPTS || !(error instanceof DeviceError && error.code === 'meter-gaps')) throw error
    }
  }
}

type Window = Pick<EnergySample, 'phase' | 'images' | 'ms' | 'joules'>

/** The warm-up lies before the window. */
async function takeWindows(
  meter: Meter,
  encoder: Encoder,
  cycle: Cycle,
  stages: Stages,
  pace: Pace,
): Promise<Window[]> {
  const {batch} = cycle
  const take = async <Item>(phase: EnergyPhase, items: readonly Item[], run: (item: Item) => Promise<unknown>) => {
    const {result: runs, reading} = await withinWindow(meter, () => repeat(items, pace, run))
    return {phase, images: runs.length * batch, ms: reading.ms, joules: reading.joules}
  }
  const first = cycle.encoder[0]!
  for (let run = 0; run < pace.warmup; run += 1) await encoder.run(first.pixels, first.places)
  const alone = await take('encoder', cycle.encoder, ({pixels, places}) => encoder.run(pixels, places))
  for (let run = 0; run < Math.min(pace.warmup, 1); run += 1)
    await runChain(encoder, cycle.chain[0]!, stages, pace.clock)
  return [alone, await take('endToEnd', cycle.chain, (lot) => runChain(encoder, lot, stages, pace.clock))]
}

/** Of one window, in milliseconds: as asked for, or what the meter needs. */
export function windowMs({shortestMs}: Meter, {windowSeconds}: Pick<EnergySettings, 'windowSeconds'>): number {
  return Math.max(1000 * windowSeconds, Math.ceil(shortestMs * MARGIN))
}
