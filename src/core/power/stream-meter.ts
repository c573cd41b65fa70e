/** A meter that prints readings of its own accord, on and on: windows are cut out of what it printed. */
import {DeviceError, messageOf, UsageError} from '../base/errors.js'
import type {LineSource} from './lines.js'
import {checkLength, describeMeter, type Meter, type WindowReading} from './meter.js'
import {energyBetween, latestWatts, type Reading} from './readings.js'
import type {PowerWorld} from './world.js'

export type StreamOptions = Pick<Meter, 'name' | 'covers'> & {
  /**
   * What a line says; undefined when it says nothing. May keep in mind what lines before it said.
   * @throws {Error} it is not a line such a meter prints.
   */
  readonly parse: (text: string, atMs: number) => Reading | undefined
  /** `measured` for a count of joules; by default told from the first reading. */
  readonly grade?: 'measured' | 'sampled'
}

/** Readings before the first window, to learn how often they come. */
const FIRST_READINGS = 4
const FIRST_WAIT_MS = 15_000
const SHORTEST_MS = 1000
/** A window holds so many readings of power at least, and no gap of more than a fifth of it. */
const WINDOW_READINGS = 10
const LARGEST_GAP = 1 / 5
const POLL_MS = 20

type World = Pick<PowerWorld, 'now' | 'sleep'>

/**
 * Waits for the first readings.
 * @param source is closed with the meter, or when this throws.
 * @throws {UsageError} `meter-silent`, `meter-line`: nothing comes, the program ended, or what comes is no reading.
 */
export async function openStream(source: LineSource, options: StreamOptions, world: World): Promise<Meter> {
  const stream = new Stream(source, options, world)
  try {
    await stream.waitFor(() => stream.readings.length >= FIRST_READINGS, FIRST_WAIT_MS, 'the first readings')
  } catch (error) {
    await source.close()
    throw error
  }
  return stream.meter()
}

class Stream {
  /** Ascending; from the last before the open window on. */
  readings: Reading[] = []
  private taken = 0

  constructor(
    private readonly source: LineSource,
    private readonly options: StreamOptions,
    private readonly world: World,
  ) {}

  meter(): Meter {
    const {name, covers} = this.options
    const counts = 'joules' in this.readings[0]!
    const refreshMs = Math.round(medianGap(this.readings))
    const shortestMs = Math.max(SHORTEST_MS, WINDOW_READINGS * refreshMs)
    const meter = {
      name,
      covers,
      grade: this.options.grade ?? (counts ? ('measured' as const) : ('sampled' as const)),
      refreshMs,
      stepJoules: null,
      shortestMs,
    }
    return {
      ...meter,
      begin: async () => {
        await this.pull()
        const fromMs = this.world.now()
        this.readings = this.readings.slice(-2)
        return {
          end: async () => {
            const toMs = this.world.now()
            checkLength(meter, toMs - fromMs)
            await this.waitFor(() => this.readings.at(-1)!.atMs >= toMs, 2000 + 5 * refreshMs, 'a reading')
            return this.cut(fromMs, toMs)
          },
        }
      },
      readWatts: async () => {
        await this.pull()
        return latestWatts(this.readings)
      },
      close: () => this.source.close(),
    }
  }

  async waitFor(isThere: () => boolean, mostMs: number, what: string): Promise<void> {
    const start = this.world.now()
    for (;;) {
      const ended = await this.pull()
      if (isThere()) return
      const who = describeMeter(this.options)
      if (ended !== null) throw this.silent(`${who} should go on printing readings, but ${ended}.`)
      if (this.world.now() - start > mostMs) {
        throw this.silent(`${who} should print ${what} within ${(mostMs / 1000).toFixed(0)} s, but did not.`)
      }
      await this.world.sleep(POLL_MS)
    }
  }

  /** Takes what was printed. @returns how the program ended, or null. */
  private async pull(): Promise<string | null> {
    const {lines, ended} = await this.source.take()
    for (const {text, atMs} of lines) {
      this.taken += 1
      const reading = this.parse(text, atMs)
      if (reading) this.readings.push(reading)
    }
    return ended
  }

  private parse(text: string, atMs: number): Reading | undefined {
    try {
      return this.options.parse(text, atMs)
    } catch (error) {
      const line = JSON.stringify(text.slice(0, 80))
      throw new UsageError(`Line ${this.taken} of ${describeMeter(this.options)} is ${line}: ${messageOf(error)}.`, {
        code: 'meter-line',
        suggestions: ['A line is a number and W, mW, kW, J, mJ, uJ, kJ, Wh or kWh: 12.5 W.'],
      })
    }
  }

  private cut(fromMs: number, toMs: number): WindowReading {
    const who = describeMeter(this.options)
    const refuse = (reason: string, code: string) =>
      new DeviceError(`${who} ${reason}.`, {code, suggestions: ['Look at what it prints; run it again.']})
    let curve: ReturnType<typeof energyBetween>
    try {
      curve = energyBetween(this.readings, fromMs, toMs)
    } catch (error) {
      throw refuse(`gives no energy for a window: ${messageOf(error)}`, 'meter-reset')
    }
    const ms = toMs - fromMs
    if (curve.joules === 0) throw refuse(`says 0 J for a window of ${ms.toFixed(0)} ms`, 'meter-frozen')
    // A count tells the same with fewer readings: only its edges matter.
    const least = 'joules' in this.readings[0]! ? 2 : WINDOW_READINGS - 1
    if (curve.readings < least || curve.longestGapMs > LARGEST_GAP * ms) {
      const seen = `${curve.readings} readings in ${ms.toFixed(0)} ms, the longest gap ${curve.longestGapMs.toFixed(0)} ms`
      throw refuse(
        `should give readings evenly within a window, but gave ${seen}; longer windows or a calmer machine help`,
        'meter-gaps',
      )
    }
    if (curve.moves < WINDOW_READINGS / 2) {
      throw refuse(`counts too coarsely: it moved ${curve.moves} times in ${ms.toFixed(0)} ms`, 'meter-frozen')
    }
    return {joules: curve.joules, ms, parts: {[this.options.covers]: curve.joules}}
  }

  private silent(message: string): UsageError {
    return new UsageError(message, {
      code: 'meter-silent',
      suggestions: ['Try the command by itself: it should print a line such as 12.5 W, at once.'],
    })
  }
}

function medianGap(readings: readonly Reading[]): number {
  const gaps = readings.slice(1).map(({atMs}, index) => atMs - readings[index]!.atMs)
  return gaps.sort((a, b) => a - b)[gaps.length >> 1]!
}
