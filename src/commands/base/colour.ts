/** Whether a stream gets colours: the flag, then FORCE_COLOR, NO_COLOR, TERM and the terminal itself decide. */
import {Chalk, type ChalkInstance, type ColorSupportLevel} from 'chalk'

export type ColourQuestion = {
  readonly argv: readonly string[]
  readonly env: Readonly<Record<string, string | undefined>>
  readonly isTerminal: boolean
}

/** 0 none, 1 sixteen colours, 2 256 colours, 3 all. NO_COLOR counts when it is not empty (no-color.org). */
export function colourLevel({argv, env, isTerminal}: ColourQuestion): ColorSupportLevel {
  const flags = argv.slice(0, argv.includes('--') ? argv.indexOf('--') : argv.length)
  if (flags.includes('--no-color')) return 0
  if (env.FORCE_COLOR !== undefined) return forcedLevel(env.FORCE_COLOR)
  if (env.NO_COLOR || env.TERM === 'dumb') return 0
  if (flags.includes('--color')) return Math.max(1, terminalLevel(env)) as ColorSupportLevel
  return isTerminal ? terminalLevel(env) : 0
}

export function painterFor(stream: NodeJS.WriteStream, argv: readonly string[], env = process.env): ChalkInstance {
  return new Chalk({level: colourLevel({argv, env, isTerminal: stream.isTTY === true})})
}

function forcedLevel(value: string): ColorSupportLevel {
  if (value === '0' || value === 'false') return 0
  return value === '2' ? 2 : value === '3' ? 3 : 1
}

function terminalLevel(env: ColourQuestion['env']): ColorSupportLevel {
  if (env.COLORTERM === 'truecolor' || env.COLORTERM === '24bit') return 3
  return /-256(color)?$/i.test(env.TERM ?? '') ? 2 : 1
}
