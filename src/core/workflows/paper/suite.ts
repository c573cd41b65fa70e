/**
 * The tables of the VWT paper (Gee et al., TMLR 2025, arXiv 2411.15397) and its batch figure, for whichever of its data
 * sets are below one folder, with the paper's preprocessing, prompt, splits and seeds.
 */
import {InterruptedError, ModelError, messageOf, UsageError} from '../../base/errors.js'
import {type ModelFolder, readModelFolder, requireKind} from '../../models/folder.js'
import {findModel} from '../../models/library.js'
import type {BenchOptions} from '../bench/options.js'
import {type PlannedMethod, planMethods} from '../bench/plan.js'
import type {Bench} from '../bench/result.js'
import {checkSpiceJar} from '../spice.js'
import {measureAccuracy, type PaperAccuracy} from './accuracy.js'
import {measureCaptions, type PaperCaptions} from './captions.js'
import {
  CAPTIONED,
  type FoundDataset,
  findDatasets,
  LABELLED,
  type Missing,
  missingDatasets,
  noDatasets,
  type Opened,
  openable,
  seedsOf,
} from './data.js'
import {batchFigure, FIGURE_IMAGES} from './figure.js'
import {measureLengths, type PaperLengths} from './lengths.js'
import type {MethodGroup, PaperOptions} from './options.js'
import {findGeneralWords, learnWords, type PaperWords} from './words.js'

export const PAPER_SUITE = 'vwt-paper'

/** ToMe twice: as published, and as the paper ran it; both with the `r` that leaves half the work, as `intra:0.5` does. */
export const PAPER_METHODS = ['tome', 'tome-vwt', 'q8', 'intra:0.25', 'intra:0.5', 'intra:0.7', 'inter:0.1']

export type PaperSuiteOptions = Omit<BenchOptions, 'suite' | 'data' | 'batches'> & {
  /** Folder with a folder for each data set; see `findDatasets`. */
  readonly data?: string | undefined
  /** Name or folder of the model that writes captions; default `mini-caption`. */
  readonly captionModel?: string | undefined
  /** Of the batch figure; default 1, 4, 16, 32. */
  readonly batches?: readonly number[] | undefined
}

/** What was measured, table by table, and what could not be. */
export type Paper = {
  /** Of the tables but the third, which names its own. */
  readonly model: string
  readonly datasets: readonly {readonly name: string; readonly title: string; readonly folder: string}[]
  readonly missing: readonly Missing[]
  /** Table 1. */
  readonly lengths: readonly PaperLengths[]
  /** Table 2. */
  readonly accuracy: readonly PaperAccuracy[]
  /** Table 3. */
  readonly captions: readonly PaperCaptions[]
}

/** The rows are those of the batch figure. */
export type PaperSuite = Bench & {
  readonly paper: Paper
  /** Files that `resume` would go on from; to be removed when the result is safe. */
  readonly journals: readonly string[]
}

/**
 * Runs all that can be run. With a journal each part has one of its own, named after it, and `resume` goes on from there.
 *
 * @throws {UsageError} `data-missing`: no folder is named, or none of the data sets is in it; and what `runBench` throws.
 */
export async function runPaperSuite(options: PaperSuiteOptions = {}): Promise<PaperSuite> {
  try {
    return await runParts(options)
  } catch (error) {
    if (!(error instanceof InterruptedError) || options.journal === undefined) throw error
    throw new InterruptedError(`Interrupted. What was measured is kept in files ${options.journal}.…`, {
      suggestions: ['The same command with --resume goes on from there.'],
    })
  }
}

async function runParts(options: PaperSuiteOptions): Promise<PaperSuite> {
  const {data: root, seed = 0, onWarning, onProgress, methods = [], sweeps = []} = options
  refuseOwnData(options)
  if (options.spiceJar !== undefined) await checkSpiceJar(options.spiceJar)
  const {found, damaged} = root === undefined ? {found: [], damaged: []} : await openable(await findDatasets(root))
  if (root === undefined || found.length === 0) throw noDatasets(root, damaged)
  const location = await findModel(options.model ?? 'mini')
  const named = await readModelFolder(location.path, {name: location.name})
  const folder = requireKind(named, 'clip', 'compare images with labels')
  const general = await findGeneralWords()
  const isChosen = methods.length + sweeps.length > 0
  const groups = groupMethods(planMethods(isChosen ? methods : PAPER_METHODS, sweeps), general.words)
  const {writer, lacking} = await openWriter(found, options.captionModel)
  const journals: string[] = []
  const total = countSteps(found, groups, options)
  let steps = 0
  const shared: PaperOptions = {
    ...options,
    folder,
    seed,
    onWarning: onWarning && once(onWarning),
    onJournal: (path) => journals.push(path),
    onStep: (what) => {
      steps += 1
      onProgress?.(Math.min(steps, total), total, what)
    },
  }
  const missing = [
    ...missingDatasets(root, [...found, ...damaged.map(({dataset}) => dataset)]),
    ...damaged,
    ...general.missing,
    ...lacking,
  ]
  const labelled = found.filter(({layout}) => LABELLED.includes(layout))
  const accuracy: PaperAccuracy[] = []
  for (const dataset of labelled) accuracy.push(await measureAccuracy(dataset, groups, shared))
  const captions: PaperCaptions[] = []
  if (writer) {
    const captioned = found.filter(({layout}) => CAPTIONED.includes(layout))
    for (const dataset of captioned) captions.push(await measureCaptions(dataset, groups, {...shared, folder: writer}))
  }
  const lengths: PaperLengths[] = []
  const counts = general.words.map(({words}) => words)
  for (const dataset of found) {
    const own = await learnWords(dataset, counts, shared)
    missing.push(...own.missing)
    const reader = writer && CAPTIONED.includes(dataset.layout) ? writer : folder
    try {
      const counted = await measureLengths(dataset, [...own.words, ...general.words], {...shared, folder: reader})
      if (counted) lengths.push(counted)
    } catch (error) {
      // Words of other patches than the model's.
      if (!(error instanceof ModelError)) throw error
      const cure = error.suggestions.join(' ')
      missing.push({what: `Token lengths of ${dataset.layout.title}`, reason: messageOf(error), cure})
    }
  }
  const subject = labelled.length === 0 && writer ? {...shared, folder: writer} : shared
  const figure = await batchFigure(labelled[0] ?? found[0]!, groups, options, subject)
  const failed = [...figure.data.failed, ...[...accuracy, ...captions, ...lengths].flatMap((part) => part.failed)]
  return {
    ...figure,
    model: subject.folder.name,
    data: {...figure.data, failed: [...new Map(failed.map((image) => [image.path, image])).values()]},
    paper: {
      model: folder.name,
      datasets: found.map(({layout: {name, title}, folder: place}) => ({name, title, folder: place})),
      missing: missing.map(({what, reason, cure}) => ({what, reason, cure})),
      lengths,
      accuracy,
      captions,
    },
    journals,
  }
}

/** As parts tell them: up to 100 images of one method, a vocabulary, a turn of the batch figure. */
function countSteps(
  datasets: readonly Opened[],
  groups: readonly MethodGroup[],
  {limit = Number.POSITIVE_INFINITY, runs = 10}: PaperSuiteOptions,
): number {
  const methodCount = new Set(groups.flatMap(({methods}) => methods.map(({spec}) => spec.text))).size
  const parts = datasets.map(({layout, images}) => {
    const passes = Math.ceil(Math.min(limit, images) / 100)
    const isLabelled = LABELLED.includes(layout)
    const surveys = groups.reduce((sum, {methods}) => sum + Number(isLabelled) + methods.length, 0)
    const vocabularies = layout.splits.includes('train') ? groups.length - 1 : 0
    return surveys * seedsOf(layout).length * passes + vocabularies + passes
  })
  const figure = (1 + methodCount) * Math.ceil(Math.min(limit, FIGURE_IMAGES) / 100) + methodCount * Math.min(10, runs)
  return parts.reduce((sum, part) => sum + part, figure)
}

/** The model of Table 3, where there is something to describe; without one the other tables can still be had. */
async function openWriter(
  found: readonly FoundDataset[],
  name: string | undefined,
): Promise<{readonly writer?: ModelFolder; readonly lacking: Missing[]}> {
  if (!found.some(({layout}) => CAPTIONED.includes(layout))) return {lacking: []}
  try {
    const location = await findModel(name ?? 'mini-caption')
    const writer = await readModelFolder(location.path, {name: location.name})
    return {writer: requireKind(writer, 'blip', 'write captions'), lacking: []}
  } catch (error) {
    if (!(error instanceof ModelError) || name !== undefined) throw error
    const cure = '--caption-model FOLDER names one, such as that of Salesforce/blip-image-captioning-base.'
    return {lacking: [{what: 'A model for captions', reason: messageOf(error), cure}]}
  }
}

/** Those without words together, base first; those with words once for each vocabulary. */
function groupMethods(methods: readonly PlannedMethod[], words: readonly PaperWords[]): MethodGroup[] {
  const planned = methods.map((method) => ({...method, isNamed: false}))
  const usesWords = ({spec}: PlannedMethod) => spec.steps.some((step) => step.usesVocabulary)
  const withWords = planned.filter(usesWords)
  return [
    {methods: planned.filter((method) => !usesWords(method))},
    ...(withWords.length > 0 ? words.map((own) => ({words: own, methods: withWords})) : []),
  ]
}

/** What the suite decides itself. @throws {UsageError} `suite-decides`. */
function refuseOwnData(options: PaperSuiteOptions): void {
  const own = (['images', 'task', 'layout', 'split', 'labels', 'prompt', 'vocab'] as const).filter(
    (name) => options[name] !== undefined,
  )
  if (own.length === 0) return
  throw new UsageError(
    `The suite of the paper has its own images, labels and words, but is given ${own.join(' and ')}.`,
    {
      code: 'suite-decides',
      suggestions: ['vwt bench --data FOLDER without --suite takes one data set and all flags.'],
    },
  )
}

/** A warning that comes with every data set and seed is told once. */
function once(warn: (message: string) => void): (message: string) => void {
  const told = new Set<string>()
  return (message) => {
    if (told.has(message)) return
    told.add(message)
    warn(message)
  }
}
