/** Runs the built vwt as a user does, in a process of its own. `npm test` builds before it tests. */
import {type ChildProcess, spawn} from 'node:child_process'
import {existsSync} from 'node:fs'
import {fileURLToPath} from 'node:url'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))
const BIN = fileURLToPath(new URL('../../../bin/vwt.js', import.meta.url))

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
  const {VITEST: _vitest, NODE_ENV: _nodeEnv, FORCE_COLOR: _force, NO_COLOR: _no, ...inherited} = process.env
  const child = spawn(process.execPath, [BIN, ...argv], {cwd, env: {...inherited, ...env}})
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
