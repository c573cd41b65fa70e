/** Runs a command class in this process and catches what it writes. */
import {fileURLToPath} from 'node:url'
import {type Command, Config} from '@oclif/core'
import {vi} from 'vitest'
import {TEST_PLACES} from './process.js'

export type Ran = {readonly stdout: string; readonly stderr: string; readonly status: number}

const root = fileURLToPath(new URL('../../..', import.meta.url))
let config: Promise<Config> | undefined

/** @param env added to the environment while the command runs. */
export async function runCommand(
  command: new (argv: string[], config: Config) => Command,
  argv: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Ran> {
  config ??= Config.load({root})
  const written = {stdout: '', stderr: ''}
  const catching = (['stdout', 'stderr'] as const).map((name) =>
    vi.spyOn(process[name], 'write').mockImplementation((chunk) => {
      written[name] += String(chunk)
      return true
    }),
  )
  for (const [name, value] of Object.entries({...TEST_PLACES, ...env})) vi.stubEnv(name, value)
  try {
    const instance = new command([...argv], await config)
    instance.id ??= command.name.toLowerCase()
    await (instance as unknown as {_run(): Promise<unknown>})._run()
    return {...written, status: Number(process.exitCode ?? 0)}
  } finally {
    process.exitCode = undefined
    for (const spy of catching) spy.mockRestore()
    vi.unstubAllEnvs()
  }
}
