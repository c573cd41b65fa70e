/** What a bench tells energy by: a meter of this machine, a command of the user's, watts taken for granted, or nothing. */
import {checkNumber} from '../../base/check.js'
import {UsageError} from '../../base/errors.js'
import type {Meter} from '../../power/meter.js'
import {openMeter} from '../../power/open.js'
import {type PowerWorld, thisMachine} from '../../power/world.js'
import {bestDevice} from '../../runtime/devices.js'
import type {DeviceChoice} from '../device.js'
import {deviceProbe} from '../device-probe.js'
import type {Gate} from './gate.js'

export const PROTOCOLS = ['vwt'] as const
export type Protocol = (typeof PROTOCOLS)[number]

/** The part of `BenchOptions` that is about energy. */
export type EnergyOptions = {
  /** False: look for no meter and take no windows; default true. */
  readonly energy?: boolean | undefined
  /** Seconds at rest before the windows, whose power net figures are without; 0: no net figures; default 5. */
  readonly idle?: number | undefined
  /** Prints power or counted energy, see `openCommand`. */
  readonly powerCommand?: string | undefined
  /** Watts taken for granted whatever runs. */
  readonly assumeWatts?: number | undefined
  /** Also measures power and time the way a paper did. */
  readonly protocol?: Protocol | undefined
}

export type EnergySource =
  | {readonly kind: 'meter'; readonly meter: Meter}
  | {readonly kind: 'assumed'; readonly watts: number}
  /** `reason` is a sentence. */
  | {readonly kind: 'none'; readonly reason: string}

export const DEFAULT_IDLE_SECONDS = 5

/** Before any work. @throws {UsageError} the options contradict each other or are out of range. */
export function checkEnergyOptions({
  energy = true,
  idle = DEFAULT_IDLE_SECONDS,
  powerCommand,
  assumeWatts,
}: EnergyOptions) {
  checkNumber('--idle', idle, {min: 0, max: 86_400})
  if (assumeWatts !== undefined) checkNumber('--assume-watts', assumeWatts, {min: 0.001, max: 1_000_000})
  if (powerCommand !== undefined && powerCommand.trim() === '') {
    throw new UsageError('--power-command should be a command that prints watts or joules, but is empty.', {
      code: 'out-of-range',
    })
  }
  const given = [
    ...(energy ? [] : ['--no-energy']),
    ...(powerCommand === undefined ? [] : ['--power-command']),
    ...(assumeWatts === undefined ? [] : ['--assume-watts']),
  ]
  if (given.length > 1) {
    throw new UsageError(`A bench should tell energy in one way, but is given ${given.join(' and ')}.`, {
      code: 'energy-twice',
      suggestions: ['Keep one of them.'],
    })
  }
}

/** What was found to tell energy by; opened when its turn comes, since meters that print readings take time of their own. */
export type EnergyPlan = {
  readonly kind: EnergySource['kind']
  /** Once for each use; whoever opens a meter closes it. */
  readonly open: () => Promise<EnergySource>
}

/**
 * Tries the meter of a bench, and whether the conditions on energy can be held against it.
 * @throws {UsageError} the user's command gives no readings; `require-unmeasured`.
 */
export async function planEnergy(
  options: EnergyOptions & {
    readonly device?: DeviceChoice | undefined
    readonly onWarning?: (message: string) => void
  },
  gates: readonly Gate[],
  world: PowerWorld = thisMachine,
): Promise<EnergyPlan> {
  const {energy = true, powerCommand, assumeWatts, device = 'auto', idle = DEFAULT_IDLE_SECONDS} = options
  const isSearched = energy && powerCommand === undefined && assumeWatts === undefined
  const where = isSearched && device === 'auto' ? await bestDevice(deviceProbe) : device
  const source = await openEnergySource(options, where, {
    world,
    ...(options.onWarning ? {onNote: options.onWarning} : {}),
  })
  if (source.kind === 'meter') await source.meter.close()
  const hasNet = source.kind === 'meter' && idle > 0
  for (const {text, names} of gates) {
    const missing = names.find((name) =>
      name === 'joules.net' ? !hasNet : source.kind === 'none' && /^(watts|joules)\./.test(name),
    )
    if (!missing) continue
    const reason = source.kind === 'none' ? source.reason : 'Net figures need a meter and a time at rest (--idle).'
    throw new UsageError(`The condition ${JSON.stringify(text)} needs ${missing}, which is not measured. ${reason}`, {
      code: 'require-unmeasured',
      suggestions: ['`vwt doctor` lists the meters of this machine.', '--power-command or --assume-watts.'],
    })
  }
  return {kind: source.kind, open: () => openEnergySource(options, where, {world})}
}

/**
 * @param device where the model runs.
 * @param onNote told what the meter leaves out.
 * @throws {UsageError} the user's command gives no readings.
 */
export async function openEnergySource(
  {energy = true, powerCommand, assumeWatts}: EnergyOptions,
  device: string,
  {world = thisMachine, onNote = () => {}}: {world?: PowerWorld; onNote?: (note: string) => void} = {},
): Promise<EnergySource> {
  if (!energy) return {kind: 'none', reason: 'Energy was not asked for.'}
  if (assumeWatts !== undefined) return {kind: 'assumed', watts: assumeWatts}
  const opened = await openMeter({device, powerCommand}, world)
  if (!opened.meter) return {kind: 'none', reason: opened.reason}
  if (opened.note) onNote(opened.note)
  return {kind: 'meter', meter: opened.meter}
}
