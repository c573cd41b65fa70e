/** Runs the built vwt as a user does, in a process of its own. `npm test` builds before it tests. */
import {type ChildProcess, spawn} from 'node:child_process'
import {existsSync} from 'node:fs'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))
const BIN = fileURLToPath(new URL('../../../bin/vwt.js', import.meta.url))

/** Caches beside the code instead of in the home of whoever runs the tests, and nobody's own settings. */
export const TEST_PLACES = {
  VWT_CACHE: join(ROOT, 'node_modules', '.cache', 'vwt'),
  XDG_CONFIG_HOME: join(ROOT, 'node_modules', '.cache', 'no-settings'),
}

export type Ended = {readonly stdout: string; readonly stderr: string; readonly status: number | null}
export type RunOptions = {
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
  readonly input?: Uint8Array | string
  /** Called with the process as soon as it runs. */
  readonly onStart?: (child: ChildProcess) => void
}

export function vwt(argv: readonly string[], {env = {}, cwd = ROOT, input, onStart}: RunOptions = {}): Promise<Ended> {
  if (!existsSync(new URL('../../../dist/commands/base/main.js', import.meta.url))) {
    throw new Error('vwt is not built: run npm run build first.')
  }
  const child = spawn(process.execPath, [BIN, ...argv], {cwd, env: {...inheritedEnvironment(), ...TEST_PLACES, ...env}})
  const written = {stdout: '', stderr: ''}
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      written[name] += text
    })
  }
  child.stdin.on('error', () => {}) // A command that reads no stdin may end before it is written.
  child.stdin.end(input)
  onStart?.(child)
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (status) => resolve({...written, status}))
  })
}

/** Without the variables that steer vwt, colours and test runners. */
function inheritedEnvironment(): NodeJS.ProcessEnv {
  const steering = /^(VWT_|VITEST|NODE_ENV$|FORCE_COLOR$|NO_COLOR$)/
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !steering.test(name)))
}
