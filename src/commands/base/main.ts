/** From the words of the command line to a command or to help; what fails before a command runs is reported here. */
import {fileURLToPath} from 'node:url'
import {Config, Help} from '@oclif/core'
import {UsageError} from '../../core/base/errors.js'
import {nearest} from '../../core/base/nearest.js'
import {environmentName, truthOf} from './defaults.js'
import {failureOf} from './failure.js'
import {endWhenNothingCanBeWritten, writeFailure} from './output.js'

const PACKAGE_ROOT = fileURLToPath(new URL('../../..', import.meta.url))

/** Runs vwt. Never throws; the outcome is `process.exitCode` and what was written. */
export async function main(argv: readonly string[]): Promise<void> {
  endWhenNothingCanBeWritten()
  const fail = (error: unknown) => reportFailure(error, argv)
  const crash = (error: unknown) => {
    fail(error)
    process.exit()
  }
  process.once('uncaughtException', crash)
  process.once('unhandledRejection', crash)
  try {
    await dispatch(argv, await Config.load({root: PACKAGE_ROOT}))
  } catch (error) {
    fail(error)
  }
}

async function dispatch(words: readonly string[], config: Config): Promise<void> {
  const argv = words[0] === 'help' ? [...words.slice(1), '--help'] : words
  const target = findTarget(argv, config)
  if (target.kind === 'command' && !asksForHelp(argv)) {
    await config.runCommand(target.id, [...target.rest])
    return
  }
  if (target.kind === 'unknown') throw unknownCommand(target.words, config)
  if (target.kind === 'topic' && asksForJson(argv) && !asksForHelp(argv)) {
    throw new UsageError('A command is needed, but none was given.', {
      code: 'command-missing',
      suggestions: ['vwt --help lists the commands.'],
    })
  }
  await new Help(config, {hideCommandSummaryInDescription: true}).showHelp([...argv])
}

type Target =
  | {readonly kind: 'command'; readonly id: string; readonly rest: readonly string[]}
  | {readonly kind: 'topic'}
  | {readonly kind: 'unknown'; readonly words: readonly string[]}

/** The longest run of leading words that names a command; no words or a topic alone mean help. */
function findTarget(argv: readonly string[], config: Config): Target {
  const firstFlag = argv.findIndex((word) => word.startsWith('-'))
  const words = firstFlag === -1 ? argv : argv.slice(0, firstFlag)
  for (let length = words.length; length > 0; length--) {
    const id = words.slice(0, length).join(':')
    if (config.findCommand(id)) return {kind: 'command', id, rest: argv.slice(length)}
  }
  if (words.length === 0) return isHelpOrNothing(argv) ? {kind: 'topic'} : {kind: 'unknown', words: argv.slice(0, 1)}
  return config.findTopic(words.join(':')) ? {kind: 'topic'} : {kind: 'unknown', words}
}

function isHelpOrNothing(argv: readonly string[]): boolean {
  return argv.every((word) => ['--help', '-h', '--json', '--color', '--no-color'].includes(word))
}

function asksForHelp(argv: readonly string[]): boolean {
  const words = argv.includes('--') ? argv.slice(0, argv.indexOf('--')) : argv
  return words.includes('--help') || words.includes('-h')
}

function asksForJson(argv: readonly string[]): boolean {
  const words = argv.includes('--') ? argv.slice(0, argv.indexOf('--')) : argv
  return words.includes('--json') || truthOf(process.env[environmentName('json')] ?? '') === true
}

function unknownCommand(words: readonly string[], config: Config): UsageError {
  const isFlag = words[0]!.startsWith('-')
  const commands = config.commandIDs.map((id) => id.replaceAll(':', ' '))
  const meant = nearest(words.slice(0, 2).join(' '), commands) ?? nearest(words[0]!, commands)
  return new UsageError(
    isFlag
      ? `A command should come first, but ${words[0]} does.`
      : `There is no command ${words.slice(0, 2).join(' ')}.`,
    {
      code: 'command-unknown',
      suggestions: [...(meant && !isFlag ? [`vwt ${meant}`] : []), 'vwt --help lists the commands.'],
    },
  )
}

function reportFailure(error: unknown, argv: readonly string[]): void {
  writeFailure(failureOf(error, 'vwt --help'), asksForJson(argv), argv)
}
