/** What makes two runs the same bench, so that the second may go on where the first was stopped. */
import {cpus} from 'node:os'
import {InterruptedError, UsageError} from '../../base/errors.js'
import {runtimeVersion} from '../../runtime/version.js'
import type {DeviceChoice} from '../device.js'
import type {Preprocess} from '../images.js'
import {ownVersion} from '../own-version.js'
import {BenchJournal, type JournalSettings} from './journal.js'
import type {PlannedMethod} from './plan.js'

/** The part of `BenchOptions` that decides over figures, and where they are kept. */
export type ResumableOptions = {
  readonly journal?: string | undefined
  /** Default `classify`. */
  readonly task?: string | undefined
  readonly resume?: boolean
  readonly labels?: readonly string[] | undefined
  readonly prompt?: string | undefined
  readonly batches?: readonly number[]
  readonly runs?: number
  readonly seconds?: number
  readonly warmup?: number
  readonly seed?: number
  readonly device?: DeviceChoice | undefined
  readonly threads?: number | undefined
  readonly preprocess?: Preprocess
  readonly maxPixels?: number | undefined
}

/** SHA-256 of what a bench reads. */
export type BenchHashes = {readonly model: string; readonly vocab: string | null; readonly data: string}

/**
 * Opens the journal that the options ask for.
 *
 * @returns undefined when they ask for none.
 * @throws {UsageError} `resume-without-journal`, and what `BenchJournal.open` throws.
 */
export async function openJournal(
  options: ResumableOptions,
  planned: readonly PlannedMethod[],
  hashes: BenchHashes,
): Promise<BenchJournal | undefined> {
  const {journal, resume = false} = options
  if (journal !== undefined) {
    return BenchJournal.open(journal, await journalSettings(options, planned, hashes), {resume})
  }
  if (!resume) return undefined
  throw new UsageError(
    '--resume needs the journal of the run that was stopped, but neither --out nor --journal says where.',
    {
      code: 'resume-without-journal',
      suggestions: ['Repeat the command exactly, with its --out, and --resume added.'],
    },
  )
}

/** The error of a run that was stopped too early for a result, with the way back. */
export function resumable(journal: BenchJournal): InterruptedError {
  return new InterruptedError(`Interrupted. What was measured is kept in ${journal.path}.`, {
    suggestions: ['The same command with --resume goes on from there.'],
  })
}

/** Everything that could change a figure. Where results are written, and which conditions they must meet, may differ. */
async function journalSettings(
  options: ResumableOptions,
  planned: readonly PlannedMethod[],
  hashes: BenchHashes,
): Promise<JournalSettings> {
  const {batches = [1], runs = 10, seconds = 3, warmup = 3, seed = 0, device = 'auto', preprocess = 'model'} = options
  return {
    vwt: ownVersion(),
    onnxruntime: await runtimeVersion(),
    processor: cpus()[0]?.model.trim() ?? null,
    'model (sha256)': hashes.model,
    'vocabulary (sha256)': hashes.vocab,
    'images and labels (sha256)': hashes.data,
    methods: planned.map(({spec}) => spec.text).join(' '),
    task: options.task ?? 'classify',
    labels: options.labels?.join(',') ?? null,
    prompt: options.prompt ?? null,
    batch: batches.join(','),
    runs,
    seconds,
    warmup,
    seed,
    device,
    threads: options.threads ?? null,
    preprocess,
    'max-pixels': options.maxPixels ?? null,
  }
}
