/** Energy counters that only grow: read at both edges of a window, their difference is its joules. */
import {DeviceError, messageOf} from '../base/errors.js'
import {checkLength, describeMeter, type Meter, type WindowReading} from './meter.js'

export type Counter = {
  /** Of the part it counts: `package-0`. */
  readonly name: string
  /** Joules of one count. */
  readonly countJoules: number
  /** The highest count, after which it goes on from 0; null for a counter that never comes round. */
  readonly highestCount: number | null
  /** Whole counts. Reading may throw, as the counter does. */
  readonly read: () => number
}

export type CounterMeterOptions = Pick<Meter, 'name' | 'covers' | 'refreshMs' | 'shortestMs'> & {
  readonly stepJoules: number
  /** Together the joules of the meter. */
  readonly counters: readonly Counter[]
  /** Told beside them, not part of the sum. */
  readonly beside?: readonly Counter[]
  /** Power from a sensor of its own; without it `readWatts` takes what was counted since the last call. */
  readonly readWatts?: () => number
  readonly circumstances?: Meter['circumstances']
  readonly close?: () => void
  readonly now: () => number
}

/** No single counter's part draws more: a difference beyond it is a counter that was set back, not one that came round. */
const MOST_WATTS = 2000

export function counterMeter(options: CounterMeterOptions): Meter {
  const {name, covers, refreshMs, stepJoules, shortestMs, counters, beside = [], now} = options
  const all = [...counters, ...beside]
  const edge = () => ({atMs: now(), counts: all.map(readCount)})
  type Edge = ReturnType<typeof edge>
  let last: Edge | undefined
  const between = (from: Edge, to: Edge) =>
    all.map((counter, index) => joulesBetween(counter, from.counts[index]!, to.counts[index]!, to.atMs - from.atMs))
  return {
    name,
    covers,
    grade: 'measured',
    refreshMs,
    stepJoules,
    shortestMs,
    async begin() {
      const first = edge()
      return {
        async end(): Promise<WindowReading> {
          const second = edge()
          const ms = second.atMs - first.atMs
          checkLength(options, ms)
          const joules = between(first, second)
          const summed = joules.slice(0, counters.length)
          const frozen = summed.indexOf(0)
          if (frozen >= 0) throw frozenCounter(options, counters[frozen]!, ms)
          return {
            joules: summed.reduce((sum, value) => sum + value, 0),
            ms,
            parts: Object.fromEntries(all.map((counter, index) => [counter.name, joules[index]!])),
          }
        },
      }
    },
    async readWatts() {
      if (options.readWatts) return options.readWatts()
      const next = edge()
      const previous = last
      if (previous && next.atMs - previous.atMs < 2 * refreshMs) return null
      last = next
      if (!previous) return null
      const joules = between(previous, next).slice(0, counters.length)
      return (1000 * joules.reduce((sum, value) => sum + value, 0)) / (next.atMs - previous.atMs)
    },
    circumstances: options.circumstances,
    async close() {
      options.close?.()
    },
  }
}

/**
 * Joules from one count to a later one. A counter that comes round does so once at most: a window in which it could
 * have done so twice is refused, and so is a jump that no part of a machine can draw.
 *
 * @throws {DeviceError} `meter-window`, `meter-reset`.
 */
export function joulesBetween(counter: Counter, first: number, second: number, ms: number): number {
  const {name, countJoules, highestCount} = counter
  const most = (MOST_WATTS * ms) / 1000
  if (highestCount !== null && most > highestCount * countJoules) {
    throw new DeviceError(
      `An energy window of ${name} should be shorter than ${((highestCount * countJoules) / MOST_WATTS).toFixed(0)} s, within which its counter cannot come round twice, but lasted ${(ms / 1000).toFixed(0)} s.`,
      {code: 'meter-window', suggestions: ['Use a smaller --batch, so that a turn is shorter.']},
    )
  }
  if (second >= first) return (second - first) * countJoules
  const joules = highestCount === null ? Number.POSITIVE_INFINITY : (highestCount - first + second) * countJoules
  if (joules <= most) return joules
  throw new DeviceError(
    `The energy counter of ${name} should only grow, but fell from ${first} to ${second} within ${ms.toFixed(0)} ms: it was set back, by a driver that was loaded anew or a machine that slept.`,
    {code: 'meter-reset', suggestions: ['Run it again.']},
  )
}

function readCount({name, read}: Counter): number {
  try {
    return read()
  } catch (error) {
    throw new DeviceError(`The energy counter of ${name} cannot be read any more: ${messageOf(error)}`, {
      code: 'meter-unreadable',
      cause: error,
    })
  }
}

function frozenCounter(meter: Pick<Meter, 'name' | 'covers'>, {name}: Counter, ms: number): DeviceError {
  return new DeviceError(
    `The energy counter of ${name} (${describeMeter(meter)}) should move, but stood still for ${ms.toFixed(0)} ms: it is frozen, which virtual machines show.`,
    {code: 'meter-frozen', suggestions: ['Use --power-command with a meter of your own, or --assume-watts.']},
  )
}
