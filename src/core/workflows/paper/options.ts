/** What the parts of the paper suite share. */
import {type PaperKind, paperProcessor} from '../../image/paper.js'
import type {ModelFolder} from '../../models/folder.js'
import type {BenchJournal} from '../bench/journal.js'
import type {PlannedMethod} from '../bench/plan.js'
import {type BenchHashes, openJournal} from '../bench/resume.js'
import type {DeviceChoice} from '../device.js'
import type {Preprocess} from '../images.js'
import type {PaperWords} from './words.js'

export type PaperOptions = {
  readonly folder: ModelFolder
  /** Of each data set and seed, drawn by `seed`. */
  readonly limit?: number | undefined
  readonly seed: number
  readonly device?: DeviceChoice | undefined
  readonly threads?: number | undefined
  readonly maxPixels?: number | undefined
  /** The official SPICE tool, for captions. */
  readonly spiceJar?: string | undefined
  /** Beginning of the names of the journals; each part has its own. */
  readonly journal?: string | undefined
  readonly resume?: boolean | undefined
  readonly signal?: AbortSignal | undefined
  readonly onWarning?: ((message: string) => void) | undefined
  /** Told of every journal that is begun or gone on with. */
  readonly onJournal?: ((path: string) => void) | undefined
  readonly onStep?: ((what: string) => void) | undefined
}

/** Methods that are surveyed together: those without words, and those of one vocabulary. */
export type MethodGroup = {readonly words?: PaperWords | undefined; readonly methods: readonly PlannedMethod[]}

/** The paper's way to prepare images where the model takes its size, else the model's own, with a warning. */
export function preprocessFor(
  {config, name}: ModelFolder,
  kind: PaperKind = 'classify',
  {onWarning}: Pick<PaperOptions, 'onWarning'>,
): Preprocess {
  const {width} = paperProcessor(kind).output
  const {imageSize} = config.vision
  if (width === imageSize) return 'paper'
  onWarning?.(
    `${name} takes ${imageSize} pixels and not the paper's ${width}, so its own processor prepares the images.`,
  )
  return 'model'
}

/**
 * Each part of the suite has a journal of its own, named after what it is about; none when none is asked for.
 * @throws {UsageError} what `openJournal` throws, such as `resume-without-journal`.
 */
export async function beginJournal(
  parts: readonly (string | number)[],
  planned: readonly PlannedMethod[],
  {options, hashes}: {readonly options: PaperOptions & {readonly preprocess: Preprocess}; readonly hashes: BenchHashes},
): Promise<BenchJournal | undefined> {
  if (options.journal === undefined) return openJournal({...options, resume: options.resume ?? false}, planned, hashes)
  const path = [options.journal, ...parts].join('.')
  options.onJournal?.(path)
  return openJournal({...options, journal: path, resume: options.resume ?? false}, planned, hashes)
}
