/** Windows of energy become figures of a row: watts, joules per image, and what both are against base. */
import {type Interval, medianInterval} from '../../metrics/bootstrap.js'
import {medianOf} from '../../metrics/quantile.js'
import type {Grade} from '../../power/meter.js'
import type {Energy} from './energy.js'
import type {EnergyPhase, EnergySample} from './windows.js'

export type Watts = {
  /** Over all windows of the encoder alone. */
  readonly mean: number
  /** The meter: `rapl: package-0`. */
  readonly source: string
  readonly grade: Grade
}

/** Medians over the windows. */
export type JoulesPerImage = {
  readonly gross: number
  /** Without what the machine draws at rest in the same time; null without a baseline. */
  readonly net: number | null
  /** Of `gross`; null when there is one window only. */
  readonly ci95: Interval | null
  readonly netCi95: Interval | null
}

export type RowEnergy = {
  readonly watts: Watts | null
  /** Encoder alone. */
  readonly joulesPerImage: JoulesPerImage | null
  /** From file to label scores. */
  readonly endToEndJoulesPerImage: JoulesPerImage | null
  readonly relative: {
    /** Method divided by base: medians over the blocks of the ratio within a block, encoder alone, gross. */
    readonly watts: number | null
    readonly joules: number | null
    /** Null for base itself. */
    readonly joulesCi95: Interval | null
  }
}

const NONE: RowEnergy = {
  watts: null,
  joulesPerImage: null,
  endToEndJoulesPerImage: null,
  relative: {watts: null, joules: null, joulesCi95: null},
}

/** @param energy undefined when none was measured.  @param base the method that others are held against. */
export function energyOfRow(
  energy: Energy | undefined,
  {method, batch}: {readonly method: string; readonly batch: number},
  base: string,
  {seed}: {readonly seed: number},
): RowEnergy {
  if (!energy) return NONE
  const {samples, summary} = energy
  const {source, grade, idle} = summary
  const own = windowsOf(samples, method, batch, 'encoder')
  if (source === null || grade === null || own.length === 0) return NONE
  const reference = windowsOf(samples, base, batch, 'encoder')
  const ratios = (of: (window: EnergySample) => number) =>
    own.map((window, index) => of(window) / of(reference[index]!))
  const joules = ratios(grossOf)
  const idleWatts = idle?.watts ?? null
  return {
    watts: {mean: (1000 * sum(own, 'joules')) / sum(own, 'ms'), source, grade},
    joulesPerImage: joulesOf(own, idleWatts, seed),
    endToEndJoulesPerImage: joulesOf(windowsOf(samples, method, batch, 'endToEnd'), idleWatts, seed),
    relative: {
      watts: medianOf(ratios(wattsOf)),
      joules: medianOf(joules),
      joulesCi95: method === base ? null : medianInterval(joules, {seed}),
    },
  }
}

function windowsOf(samples: readonly EnergySample[], method: string, batch: number, phase: EnergyPhase) {
  return samples
    .filter((sample) => sample.method === method && sample.batch === batch && sample.phase === phase)
    .sort((a, b) => a.block - b.block)
}

function joulesOf(windows: readonly EnergySample[], idleWatts: number | null, seed: number): JoulesPerImage | null {
  if (windows.length === 0) return null
  const gross = windows.map(grossOf)
  const net =
    idleWatts === null ? null : windows.map(({joules, ms, images}) => (joules - (idleWatts * ms) / 1000) / images)
  return {
    gross: medianOf(gross),
    net: net && medianOf(net),
    ci95: medianInterval(gross, {seed}),
    netCi95: net && medianInterval(net, {seed}),
  }
}

function grossOf({joules, images}: EnergySample): number {
  return joules / images
}

function wattsOf({joules, ms}: EnergySample): number {
  return (1000 * joules) / ms
}

function sum(windows: readonly EnergySample[], what: 'joules' | 'ms'): number {
  return windows.reduce((total, window) => total + window[what], 0)
}
