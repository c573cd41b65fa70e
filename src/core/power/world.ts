/** What the meters see of the machine they run on, as parameters, so that a test can be another machine. */
import {execFile} from 'node:child_process'
import {readdirSync, readFileSync} from 'node:fs'
import {join} from 'node:path'
import {type LineSource, openLines, type Program} from './lines.js'
import {steadyNow} from './meter.js'
import {loadNvml, type NvmlLibrary} from './nvml-library.js'

export type PowerWorld = {
  readonly platform: string
  readonly isRoot: boolean
  readonly env: Readonly<Record<string, string | undefined>>
  /** Both throw as the file system does. */
  readonly listFolder: (path: string) => readonly string[]
  readonly readText: (path: string) => string
  /** Standard output of a program, or undefined when it does not exist, fails or hangs. */
  readonly run: (program: string, args: readonly string[]) => Promise<string | undefined>
  /** The driver's library, initialised. Throws an `Error` with the reason when it is not there or does not start. */
  readonly loadNvml: () => Promise<NvmlLibrary>
  /** Lines of a program that goes on running, stamped as they come even while this thread computes. */
  readonly openLines: (program: Program) => LineSource
  /** Milliseconds, monotonic. */
  readonly now: () => number
  readonly sleep: (ms: number) => Promise<void>
}

export const thisMachine: PowerWorld = {
  platform: process.platform,
  isRoot: process.getuid?.() === 0,
  env: process.env,
  ...filesUnder(''),
  run: (program, args) =>
    new Promise((resolve) => {
      execFile(program, [...args], {timeout: 5000}, (error, stdout) => resolve(error ? undefined : stdout))
    }),
  loadNvml,
  openLines,
  now: steadyNow,
  sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
}

/** The file system below a folder that stands for its root; `''` for the machine's own. */
export function filesUnder(root: string): Pick<PowerWorld, 'listFolder' | 'readText'> {
  const at = (path: string) => (root === '' ? path : join(root, path))
  return {listFolder: (path) => readdirSync(at(path)), readText: (path) => readFileSync(at(path), 'utf8')}
}
