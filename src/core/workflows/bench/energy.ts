/** Energy of a bench: the windows of a meter, or watts taken for granted, or the reason why there is none. */
import {InterruptedError, messageOf, VwtError} from '../../base/errors.js'
import {assumedReading} from '../../power/assumed.js'
import {type Circumstances, describeMeter, type Grade} from '../../power/meter.js'
import type {EnergySource} from './meter.js'
import type {Contestant, PlacedImage, Stages, TurnSamples} from './timing.js'
import {
  type EnergySample,
  type EnergySettings,
  type EnergyWorld,
  energyBlocks,
  measureIdle,
  windowMs,
} from './windows.js'

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

/** Repeats of each window. */
export const ENERGY_BLOCKS = 5
/** Why there is nothing when Ctrl-C came first. */
export const STOPPED = 'It was stopped before energy was measured.'
const NOTHING = {source: null, grade: null, idle: null, windowSeconds: null, blocks: null, refreshMs: null}

/**
 * The windows of a meter; for assumed watts, the turns of the timing. A meter that cannot be trusted ends it: then there
 * are no figures, but the reason.
 *
 * @param turns complete blocks of the timing.
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
    if (error instanceof InterruptedError) {
      const kept = samples.length > 0 ? {summary: summary(), samples} : without(STOPPED)
      return {...kept, incomplete: true}
    }
    if (!(error instanceof VwtError && error.code.startsWith('meter-'))) throw error
    return without(messageOf(error))
  }
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
