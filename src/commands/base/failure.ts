/** Whatever was thrown becomes one failure: an exit status, a stable code, one clear message, cures. */
import {Errors} from '@oclif/core'
import {VwtError} from '../../core/base/errors.js'
import {nearest} from '../../core/base/nearest.js'
import type {Failure} from '../../core/report/document.js'

/** Codes of the parser's errors; their classes are not all exported, so they are told apart by class name. */
const PARSER_CODES: Readonly<Record<string, string>> = {
  NonExistentFlagsError: 'flag-unknown',
  FlagInvalidOptionError: 'flag-value',
  ArgInvalidOptionError: 'argument-value',
  RequiredArgsError: 'argument-missing',
  UnexpectedArgsError: 'argument-unexpected',
  FailedFlagValidationError: 'flag-conflict',
}

/**
 * @param helpHint the command that shows the help in question, such as `vwt classify --help`.
 * @returns status 2 for what the parser refuses, the error's own status for those of vwt, 70 for anything else.
 */
export function failureOf(error: unknown, helpHint: string): Failure {
  if (error instanceof VwtError) {
    const {code, suggestions, stack} = error
    const exit = error.oclif.exit
    const message = cleanMessage(error.message)
    return exit === 70
      ? {status: 70, code, message, suggestions, stack: stack ?? message}
      : {status: exit, code, message, suggestions}
  }
  if (error instanceof Errors.CLIError) {
    return {status: 2, ...parserFailure(error), suggestions: [...meantFlag(error), helpHint]}
  }
  const message = error instanceof Error ? cleanMessage(error.message) || error.name : String(error)
  const stack = error instanceof Error ? (error.stack ?? message) : message
  return {
    status: 70,
    code: 'bug',
    message: `vwt failed in a way it should not: ${message}`,
    suggestions: ['Please report this with the stack and the output of vwt doctor --json.'],
    stack,
  }
}

/** The flag that was probably meant by an unknown one; the parser hands over what it knows. */
function meantFlag(error: unknown): string[] {
  const {flags, parse} = error as {flags?: readonly string[]; parse?: {input?: {flags?: object}}}
  const known = Object.keys(parse?.input?.flags ?? {})
  const meant = flags?.length === 1 ? nearest(flags[0]!.replace(/^--?/, '').replace(/=.*$/, ''), known) : undefined
  return meant ? [`--${meant}`] : []
}

/** The parser wraps what a flag's own check says in two more lines; the middle one is the message. */
function cleanMessage(message: string): string {
  return message
    .replace(/^Parsing --\S+ \n\t/, '')
    .replace(/\nSee more help with --help$/, '')
    .trim()
}

function parserFailure(error: Error): {code: string; message: string} {
  const kind = error.constructor.name
  const code = PARSER_CODES[kind] ?? 'usage'
  if (kind === 'RequiredArgsError') return {code, message: missingArguments(error)}
  const text = cleanMessage(error.message)
  const choice = /^Expected --(\S+?)=(.*) to be one of: (.*)$/s.exec(text)
  if (choice) return {code, message: `--${choice[1]} should be one of ${choice[3]}, but is ${choice[2]}.`}
  const unknown = /^Nonexistent flags?: (.*)$/s.exec(text)
  if (unknown) return {code, message: `There is no flag ${unknown[1]} here.`}
  const missing = /^The following.*?Missing required flag (\S+)/s.exec(text)
  if (missing) return {code: 'flag-missing', message: `--${missing[1]} should be given, but is missing.`}
  const conflict = /^The following errors? occurred:\s*(.*)$/s.exec(text)
  return {code, message: (conflict?.[1] ?? text).replaceAll(/\s*\n\s*/g, ' ')}
}

function missingArguments(error: unknown): string {
  const {args} = error as {args: readonly {readonly name: string; readonly multiple?: boolean}[]}
  const names = args.map(({name, multiple}) => `${name.toUpperCase()}${multiple ? '...' : ''}`)
  return `${names.join(' ')} should be given, but is missing.`
}
