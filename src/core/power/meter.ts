/**
 * What every energy meter offers: windows, at whose edges it is read. Joules of a window are those of everything the
 * meter covers, whatever caused them; an idle baseline is the caller's to subtract.
 */
import {DeviceError} from '../base/errors.js'

/** `measured`: an energy counter. `sampled`: power readings, added up. `assumed`: watts the user gave. Best first. */
export const GRADES = ['measured', 'sampled', 'assumed'] as const
export type Grade = (typeof GRADES)[number]

export type MeterName = 'rapl' | 'nvml' | 'nvidia-smi' | 'powermetrics' | 'emi' | 'command'

export type WindowReading = {
  readonly joules: number
  /** Length of the window by the clock. */
  readonly ms: number
  /** Joules by part (`package-0`); a part may lie beside the total, as `dram` does. */
  readonly parts: Readonly<Record<string, number>>
}

export type EnergyWindow = {
  /** @throws {DeviceError} the window cannot be trusted: `meter-window`, `meter-frozen`, `meter-reset`, `meter-gaps`. */
  end(): Promise<WindowReading>
}

/** What a reading depends on, by name with its unit: `limitWatts`, `temperatureC`, `driver`. */
export type Circumstances = Readonly<Record<string, string | number>>

export type Meter = {
  readonly name: MeterName
  /** `package-0, package-1` or `NVIDIA H200`. */
  readonly covers: string
  readonly grade: Grade
  /** Milliseconds from one update of the counter, or one reading, to the next. */
  readonly refreshMs: number
  /** The least a counter can move; null for power readings. */
  readonly stepJoules: number | null
  /** Milliseconds a window must last at least. */
  readonly shortestMs: number
  begin(): Promise<EnergyWindow>
  /** Power as of now, for protocols that read it after every run; null when there is nothing yet to tell it from. */
  readWatts(): Promise<number | null>
  /** As of now; undefined when the meter knows of none. */
  readonly circumstances?: (() => Circumstances) | undefined
  close(): Promise<void>
}

/** Milliseconds, monotonic, the same in every thread of the process. */
export function steadyNow(): number {
  return Number(process.hrtime.bigint()) / 1e6
}

/** @throws {DeviceError} `meter-window`: too short for what the meter can tell apart. */
export function checkLength(meter: Pick<Meter, 'name' | 'covers' | 'refreshMs' | 'shortestMs'>, ms: number): void {
  if (ms >= meter.shortestMs) return
  throw new DeviceError(
    `An energy window of ${describeMeter(meter)} should last ${meter.shortestMs} ms at least, because it is updated every ${meter.refreshMs} ms, but lasted ${ms.toFixed(1)} ms.`,
    {code: 'meter-window', suggestions: ['Measure for longer.']},
  )
}

/** `nvml: NVIDIA H200`. */
export function describeMeter({name, covers}: Pick<Meter, 'name' | 'covers'>): string {
  return `${name}: ${covers}`
}

/**
 * Several meters of different parts of a machine as one: joules add up, the grade is that of the worst.
 * @param meters at least one, of parts that do not overlap.
 */
export function addMeters(meters: readonly Meter[]): Meter {
  const [first, ...rest] = meters
  if (rest.length === 0) return first!
  const worst = Math.max(...meters.map(({grade}) => GRADES.indexOf(grade)))
  const steps = meters.map(({stepJoules}) => stepJoules)
  return {
    name: first!.name,
    covers: [first!.covers, ...rest.map(describeMeter)].join(' + '),
    grade: GRADES[worst]!,
    refreshMs: Math.max(...meters.map(({refreshMs}) => refreshMs)),
    stepJoules: steps.includes(null) ? null : steps.reduce<number>((sum, step) => sum + step!, 0),
    shortestMs: Math.max(...meters.map(({shortestMs}) => shortestMs)),
    async begin() {
      const windows: EnergyWindow[] = []
      for (const meter of meters) windows.push(await meter.begin())
      return {
        async end() {
          const readings: WindowReading[] = []
          for (const window of windows) readings.push(await window.end())
          return {
            // Each has edges of its own, microseconds apart: power is what adds up.
            joules: readings.reduce((sum, {joules, ms}) => sum + joules * (readings[0]!.ms / ms), 0),
            ms: readings[0]!.ms,
            parts: Object.assign({}, ...readings.map(({parts}) => parts)),
          }
        },
      }
    },
    async readWatts() {
      const watts: (number | null)[] = []
      for (const meter of meters) watts.push(await meter.readWatts())
      return watts.includes(null) ? null : watts.reduce<number>((sum, value) => sum + value!, 0)
    },
    circumstances: () => Object.assign({}, ...meters.map((meter) => meter.circumstances?.())),
    async close() {
      for (const meter of meters) await meter.close()
    },
  }
}
