/**
 * Defaults that are not in the code: a flag left out is taken from the environment (`VWT_<FLAG>`), then from
 * `vwt.config.json` in the working directory, then from the one in the user's config folder.
 */
import {readFileSync} from 'node:fs'
import {join} from 'node:path'
import type {Interfaces} from '@oclif/core'
import {messageOf, UsageError} from '../../core/base/errors.js'
import {nearest} from '../../core/base/nearest.js'
import {joinList} from './list.js'

export const CONFIG_FILE = 'vwt.config.json'

type FlagDefinitions = Readonly<Record<string, Interfaces.Flag<unknown>>>
/** One place that gives defaults. `where` names it for messages. */
export type DefaultSource = {
  readonly get: (flag: string) => Default | undefined
}

/** `items` when the value was written as a list: a flag that may be repeated is, any other takes them joined. */
type Default = {readonly value: string; readonly items?: readonly string[]; readonly where: string}

/** `batch-size` → `VWT_BATCH_SIZE`. */
export function environmentName(flag: string): string {
  return `VWT_${flag.replaceAll('-', '_').toUpperCase()}`
}

/** An empty variable counts as not set. */
export function environmentDefaults(env: Readonly<Record<string, string | undefined>>): DefaultSource {
  return {
    get(flag) {
      const where = environmentName(flag)
      const value = env[where]
      return value ? {value, where} : undefined
    },
  }
}

/**
 * Reads `vwt.config.json` of `folder`: an object of flag names without dashes, values as on the command line; lists
 * may be arrays. No file, no defaults.
 *
 * @param knownFlags flags of all commands: one file serves them all, a key that no command has is a mistake.
 * @throws {UsageError} `config-invalid`: not JSON, not an object, an unknown key, a value of a wrong kind.
 */
export function configFileDefaults(folder: string, knownFlags: readonly string[]): DefaultSource {
  const file = join(folder, CONFIG_FILE)
  const text = readIfThere(file)
  if (text === undefined) return {get: () => undefined}
  const entries = parseConfig(file, text)
  for (const [key, value] of Object.entries(entries)) checkEntry(file, key, value, knownFlags)
  return {
    get(flag) {
      const value = entries[flag] as ConfigValue | undefined
      if (value === undefined) return undefined
      const where = `${flag} in ${file}`
      if (!Array.isArray(value)) return {value: String(value), where}
      const items = value.map(String)
      return {value: joinList(items), items, where}
    },
  }
}

/**
 * `argv` with the defaults of `sources` put in front as flags, so that one parser checks them all alike. A default
 * gives way when a flag that excludes it was given by the user or by an earlier source.
 *
 * @throws {UsageError} a default is no legal value of its flag; the message names where it came from.
 */
export async function withDefaults(
  argv: readonly string[],
  flags: FlagDefinitions,
  sources: readonly DefaultSource[],
): Promise<string[]> {
  const given = flagsIn(argv, flags)
  const added: string[] = []
  for (const source of sources) {
    const found: string[] = []
    for (const [name, flag] of Object.entries(flags)) {
      const entry = source.get(name)
      if (!entry || given.has(name) || flag.exclusive?.some((other) => given.has(other))) continue
      added.push(...(await asArgument(name, flag, entry)))
      found.push(name)
    }
    for (const name of found) given.add(name)
  }
  return [...added, ...argv]
}

/** Names of the flags that stand in `argv` before `--`. */
function flagsIn(argv: readonly string[], flags: FlagDefinitions): Set<string> {
  const words = argv.slice(0, argv.includes('--') ? argv.indexOf('--') : argv.length)
  const isGiven = (name: string, flag: Interfaces.Flag<unknown>): boolean =>
    words.some(
      (word) =>
        word === `--${name}` ||
        word === `--no-${name}` ||
        word.startsWith(`--${name}=`) ||
        (flag.char !== undefined && /^-[^-]/.test(word) && word[1] === flag.char),
    )
  return new Set(Object.entries(flags).flatMap(([name, flag]) => (isGiven(name, flag) ? [name] : [])))
}

async function asArgument(name: string, flag: Interfaces.Flag<unknown>, entry: Default): Promise<string[]> {
  const {value, items, where} = entry
  if (flag.type === 'boolean') {
    const wanted = truthOf(value)
    if (wanted === undefined) throw badDefault(`--${name} should be true or false, but is ${value}`, where)
    return wanted ? [`--${name}`] : flag.allowNo ? [`--no-${name}`] : []
  }
  const values = flag.multiple && items ? items : [value]
  for (const one of values) await checkValue(name, flag, one, where)
  return values.map((one) => `--${name}=${one}`)
}

async function checkValue(
  name: string,
  flag: Interfaces.OptionFlag<unknown>,
  value: string,
  where: string,
): Promise<void> {
  if (flag.options && !flag.options.includes(value))
    throw badDefault(`--${name} should be one of ${flag.options.join(', ')}, but is ${value}`, where)
  try {
    await flag.parse(value, {} as never, {...flag, name} as never)
  } catch (error) {
    throw badDefault(messageOf(error).replace(/\.$/, ''), where)
  }
}

/** What `true`, `1`, `yes`, `on` and their opposites mean; anything else means nothing. */
export function truthOf(text: string): boolean | undefined {
  const word = text.toLowerCase()
  if (['true', '1', 'yes', 'on'].includes(word)) return true
  return ['false', '0', 'no', 'off'].includes(word) ? false : undefined
}

function badDefault(what: string, where: string): UsageError {
  return new UsageError(`${what} (from ${where}).`, {
    code: 'default-invalid',
    suggestions: [`Correct or remove ${where}.`],
  })
}

type ConfigValue = string | number | boolean | readonly (string | number)[]

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined
    throw new UsageError(`${file} cannot be read: ${messageOf(error)}.`, {code: 'config-invalid'})
  }
}

function parseConfig(file: string, text: string): Record<string, unknown> {
  let parsed: unknown
  try {
    parsed = JSON.parse(text.replace(/^\uFEFF/, ''))
  } catch (error) {
    throw new UsageError(`${file} should be JSON, but is not: ${messageOf(error)}.`, {code: 'config-invalid'})
  }
  if (parsed !== null && typeof parsed === 'object' && !Array.isArray(parsed)) return parsed as Record<string, unknown>
  throw new UsageError(`${file} should hold one object of flag names and values, like {"method": "base"}.`, {
    code: 'config-invalid',
  })
}

function checkEntry(file: string, key: string, value: unknown, knownFlags: readonly string[]): void {
  if (!knownFlags.includes(key)) {
    const meant = nearest(key, knownFlags)
    throw new UsageError(`${file} has the key ${key}, which is no flag of vwt.`, {
      code: 'config-invalid',
      suggestions: [meant ? `Did you mean ${meant}?` : `Keys are flag names without dashes: ${knownFlags.join(', ')}.`],
    })
  }
  const isScalar = (item: unknown) => typeof item === 'string' || (typeof item === 'number' && Number.isFinite(item))
  if (isScalar(value) || typeof value === 'boolean' || (Array.isArray(value) && value.every(isScalar))) return
  throw new UsageError(
    `${key} in ${file} should be text, a number, true, false or a list of those, but is ${JSON.stringify(value)}.`,
    {code: 'config-invalid'},
  )
}
