/** A build that was stopped half way, on disk: enough to go on to the identical result. */
import {rm, stat} from 'node:fs/promises'
import {ModelError, UsageError} from '../base/errors.js'
import {readInt64Tensor, readSafetensorsHeader} from '../weights/safetensors.js'
import {writeSafetensors} from '../weights/write.js'
import type {LearnerState} from './learner.js'
import {checkFiniteWords, readRows} from './vocabulary.js'

/** An image that could not be read. */
export type SkippedImage = {readonly path: string; readonly message: string}

/** Counts since the beginning, and sums over the last pass. */
export type BuildTally = {
  /** Views of images gone through, unreadable ones included: where to go on. */
  readonly viewsDone: number
  /** Patches learned from. */
  readonly patches: number
  /** Over the last pass: patches, sum of their squared distances, patches of each word. */
  readonly lastPatches: number
  readonly lastInertia: number
  readonly lastCounts: BigInt64Array
  /** By their place in the list. */
  readonly skipped: ReadonlyMap<number, SkippedImage>
}

export type Checkpoint = {
  /** What must be equal for the work to go on: settings and images. */
  readonly fingerprint: string
  readonly threads: number
  readonly learner: LearnerState
  readonly tally: BuildTally
}

const FORMAT = 'vwt-vocabulary-checkpoint'
const VERSION = '1'

/** Beside the vocabulary that is being built. */
export function checkpointPath(out: string): string {
  return `${out}.checkpoint`
}

/** @throws {UsageError} `write-failed`. */
export async function writeCheckpoint(path: string, {fingerprint, threads, learner, tally}: Checkpoint): Promise<void> {
  const {words, weights, patchesSince, steps} = learner
  const {lastCounts, skipped, ...numbers} = tally
  const wordCount = weights.length
  await writeSafetensors(
    path,
    [
      {name: 'weights', dtype: 'I64', shape: [wordCount], data: BigInt64Array.from(weights, BigInt)},
      {name: 'last_counts', dtype: 'I64', shape: [wordCount], data: lastCounts},
      {name: 'words', dtype: 'F32', shape: [wordCount, words.length / wordCount], data: words},
    ],
    {
      format: FORMAT,
      version: VERSION,
      fingerprint,
      state: JSON.stringify({threads, patchesSince, steps, ...numbers, skipped: [...skipped]}),
    },
  )
}

/**
 * Reads the checkpoint of a build; nothing when there is none.
 *
 * @param fingerprint of the build that wants to go on.
 * @throws {UsageError} `resume-mismatch`: it is of a build with other settings or images.
 * @throws {ModelError} it is damaged.
 */
export async function readCheckpoint(path: string, fingerprint: string): Promise<Checkpoint | undefined> {
  if (!(await exists(path))) return undefined
  const {tensors, metadata} = await readSafetensorsHeader(path)
  if (metadata.format !== FORMAT || metadata.version !== VERSION) {
    throw damaged(path, `its format is ${metadata.format} ${metadata.version}, not ${FORMAT} ${VERSION}`)
  }
  if (metadata.fingerprint !== fingerprint) {
    throw new UsageError(`The checkpoint ${path} is of a build with other settings or other images.`, {
      code: 'resume-mismatch',
      suggestions: ['Repeat the command exactly, with --resume added.', 'Leave --resume out to begin anew.'],
    })
  }
  const [words, weights, lastCounts] = ['words', 'weights', 'last_counts'].map((name) => tensors.get(name))
  if (!words || !weights || !lastCounts) throw damaged(path, 'a tensor is missing')
  const {threads, patchesSince, steps, skipped, ...numbers} = parseState(path, metadata.state)
  const rows = await readRows(words)
  checkFiniteWords(rows, words.shape[1] ?? 1, path)
  return {
    fingerprint,
    threads,
    learner: {
      words: rows,
      weights: Float64Array.from(await readInt64Tensor(weights), Number),
      patchesSince,
      steps,
    },
    tally: {...numbers, lastCounts: await readInt64Tensor(lastCounts), skipped: new Map(skipped)},
  }
}

export async function removeCheckpoint(path: string): Promise<void> {
  await rm(path, {force: true})
}

export async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}

type SavedState = Omit<BuildTally, 'lastCounts' | 'skipped'> & {
  threads: number
  patchesSince: number
  steps: number
  skipped: [number, SkippedImage][]
}

function parseState(path: string, text: string | undefined): SavedState {
  try {
    const state = JSON.parse(text ?? '') as SavedState
    const numbers = [
      state.viewsDone,
      state.patches,
      state.lastPatches,
      state.lastInertia,
      state.patchesSince,
      state.steps,
    ]
    if (numbers.every(Number.isFinite) && Array.isArray(state.skipped)) return state
  } catch {
    // Refused below with the same words.
  }
  throw damaged(path, 'its state cannot be read')
}

function damaged(path: string, what: string): ModelError {
  return new ModelError(`The checkpoint ${path} is damaged: ${what}.`, {
    code: 'checkpoint-damaged',
    suggestions: ['Leave --resume out to begin anew.'],
  })
}
