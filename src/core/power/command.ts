/**
 * A meter of the user's own, through a command: a plug on the wall, a shunt, a baseboard controller. It prints readings,
 * one in each line: a number with its unit. `12.5 W` (or mW, kW) is power now; `1234 J` (or mJ, uJ, kJ, Wh, kWh) is
 * energy counted since any moment. A bare number is watts. Empty lines and those that begin with # say nothing.
 *
 * The command may go on printing until it is ended, or print once and end: then it is run again every second.
 */
import type {Meter} from './meter.js'
import type {Reading} from './readings.js'
import {openStream} from './stream-meter.js'
import type {PowerWorld} from './world.js'

const REPEAT_MS = 1000
const LONGEST_NAME = 60

const WATTS: Readonly<Record<string, number>> = {W: 1, mW: 1e-3, kW: 1e3}
const JOULES: Readonly<Record<string, number>> = {
  J: 1,
  mJ: 1e-3,
  uJ: 1e-6,
  µJ: 1e-6,
  kJ: 1e3,
  Wh: 3600,
  kWh: 3.6e6,
}

/** Runs in the user's shell. @throws {UsageError} `meter-silent`, `meter-line`. */
export async function openCommand(
  command: string,
  world: Pick<PowerWorld, 'openLines' | 'now' | 'sleep'>,
): Promise<Meter> {
  const source = world.openLines({program: command, shell: true, repeatMs: REPEAT_MS})
  const covers = command.length > LONGEST_NAME ? `${command.slice(0, LONGEST_NAME)}…` : command
  return openStream(source, {name: 'command', covers, parse: readingParser()}, world)
}

/** Of one command: all its lines are of one kind. The parser throws an `Error` with the reason. */
export function readingParser(): (text: string, atMs: number) => Reading | undefined {
  let kind: 'watts' | 'joules' | undefined
  return (text, atMs) => {
    const line = text.trim()
    if (line === '' || line.startsWith('#')) return undefined
    const [, digits, unit = 'W'] = /^([+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)\s*(\p{L}+)?$/iu.exec(line) ?? []
    const value = Number(digits)
    if (digits === undefined || !Number.isFinite(value)) throw new Error('a number and its unit are expected')
    const scale = WATTS[unit] ?? JOULES[unit]
    if (scale === undefined) throw new Error(`${unit} is no unit of power or energy`)
    if (value < 0) throw new Error('it is negative')
    const own = unit in WATTS ? 'watts' : 'joules'
    kind ??= own
    if (own !== kind) throw new Error(`${own} follow on ${kind}`)
    return own === 'watts' ? {atMs, watts: value * scale} : {atMs, joules: value * scale}
  }
}
