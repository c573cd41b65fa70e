/**
 * Energy, taken so that contestants can be compared: in blocks like those of time, but each turn fills windows long enough
 * for the meter, one of the encoder alone and one from file to label. Nothing else happens within a window. First the
 * machine is left at rest for a while, for what it draws anyway.
 */
import {DeviceError, InterruptedError, messageOf, VwtError} from '../base/errors.js'
import {mixSeed, seededRandom} from '../base/random.js'
import {shuffled} from '../base/shuffle.js'
import {assumedReading} from '../power/assumed.js'
import {type Circumstances, describeMeter, type Grade, type Meter, type WindowReading} from '../power/meter.js'
import type {EnergySource} from './bench-meter.js'
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
  type TurnSamples,
} from './bench-timing.js'

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

/** How energy was told, or why not. */
export type EnergySummary = {
  /** `rapl: package-0`; null when nothing was measured. */
  readonly source: string | null
  readonly grade: Grade | null
  /** Watts at rest, and for how long they were measured; null without a baseline. */
  readonly idle: {readonly watts: number; readonly seconds: number} | null
  /** Shortest window in seconds, and repeats of each; null where energy was worked out from times. */
  readonly windowSeconds: number | null
  readonly blocks: number | null
  /** Between two updates of the meter. */
  readonly refreshMs: number | null
  /** Power limit, temperature, clock, driver, as far as the meter knows them, before the first window and behind the last. */
  readonly circumstances?: {readonly atStart: Circumstances; readonly atEnd: Circumstances}
  /** Why there are no figures, as a sentence; null when there are. */
  readonly reason: string | null
}

export type Energy = {
  readonly summary: EnergySummary
  readonly samples: readonly EnergySample[]
  /** Present when it was stopped before all blocks were done. */
  readonly incomplete?: true
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

/** Repeats of each window. */
export const ENERGY_BLOCKS = 5
/** The machine settles before it is measured at rest. */
const SETTLE_MS = 500
const ATTEMPTS = 4
/** Windows end with the first whole round after the shortest length: so much longer, for clocks that differ. */
const MARGIN = 1.01

const NOTHING = {source: null, grade: null, idle: null, windowSeconds: null, blocks: null, refreshMs: null}

/**
 * The windows of a meter; for assumed watts, the turns of the timing. A meter that cannot be trusted ends it: then there
 * are no figures, but the reason.
 *
 * @param turns complete blocks of the timing.
 * @throws {InterruptedError} stopped before the first block was complete.
 */
export async function measureEnergy(
  source: EnergySource,
  contestants: readonly Contestant[],
  images: readonly PlacedImage[],
  stages: Stages,
  settings: EnergySettings,
  turns: readonly TurnSamples[],
  world: EnergyWorld = {},
): Promise<Energy> {
  if (source.kind === 'none') return without(source.reason)
  if (source.kind === 'assumed') return assume(source.watts, turns)
  const {meter} = source
  const samples: EnergySample[] = []
  let idle: EnergySummary['idle'] = null
  const atStart = meter.circumstances?.() ?? {}
  const summary = (): EnergySummary => ({
    source: describeMeter(meter),
    grade: meter.grade,
    idle,
    windowSeconds: windowMs(meter, settings) / 1000,
    blocks: new Set(samples.map(({block}) => block)).size,
    refreshMs: meter.refreshMs,
    ...(Object.keys(atStart).length > 0 ? {circumstances: {atStart, atEnd: meter.circumstances?.() ?? {}}} : {}),
    reason: null,
  })
  try {
    if (settings.idleSeconds > 0) idle = await measureIdle(meter, settings.idleSeconds, world)
    for await (const block of energyBlocks(meter, contestants, images, stages, settings, world)) samples.push(...block)
    return {summary: summary(), samples}
  } catch (error) {
    if (error instanceof InterruptedError)
      return {
        ...(samples.length > 0 ? {summary: summary(), samples} : without('It was stopped before energy was measured.')),
        incomplete: true,
      }
    if (!(error instanceof VwtError && error.code.startsWith('meter-'))) throw error
    return without(messageOf(error))
  }
}

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

/** Time times watts: what was timed already says it all. */
function assume(watts: number, turns: readonly TurnSamples[]): Energy {
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0)
  const samples = turns.flatMap(({method, batch, block, encoderMs, endToEndMs}) =>
    (
      [
        ['encoder', encoderMs],
        ['endToEnd', endToEndMs],
      ] as const
    ).map(([phase, times]) => {
      const {joules, ms} = assumedReading(watts, sum(times))
      return {method, batch, block, phase, images: times.length * batch, ms, joules}
    }),
  )
  const summary = {...NOTHING, source: `--assume-watts ${watts}`, grade: 'assumed' as const, reason: null}
  return {summary, samples}
}

function without(reason: string): Energy {
  return {summary: {...NOTHING, reason}, samples: []}
}

function windowMs({shortestMs}: Meter, {windowSeconds}: Pick<EnergySettings, 'windowSeconds'>): number {
  return Math.max(1000 * windowSeconds, Math.ceil(shortestMs * MARGIN))
}
