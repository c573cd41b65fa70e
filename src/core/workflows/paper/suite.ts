/**
 * The tables of the VWT paper (Gee et al., TMLR 2025, arXiv 2411.15397) and its batch figure, for whichever of its data
 * sets are below one folder, with the paper's preprocessing, prompt, splits and seeds.
 */
import {messageOf, UsageError} from '../../base/errors.js'
import {readModelFolder} from '../../models/folder.js'
import {findModel} from '../../models/library.js'
import {type Bench, type BenchOptions, runBench} from '../bench.js'
import {type PlannedMethod, planMethods} from '../bench-plan.js'
import {type MethodGroup, measureAccuracy, type PaperAccuracy} from './accuracy.js'
import {
  CAPTIONED,
  evaluated,
  type FoundDataset,
  findDatasets,
  LABELLED,
  type Missing,
  missingDatasets,
  openDataset,
  seedsOf,
} from './data.js'
import {measureLengths, type PaperLengths} from './lengths.js'
import {type PaperOptions, preprocessFor} from './options.js'
import {findGeneralWords, learnWords, type PaperWords} from './words.js'

export const PAPER_SUITE = 'vwt-paper'

/** ToMe twice: as published, and as the paper ran it; both with the `r` that leaves half the work, as `intra:0.5` does. */
export const PAPER_METHODS = ['tome', 'tome-vwt', 'q8', 'intra:0.25', 'intra:0.5', 'intra:0.7', 'inter:0.1']
export const PAPER_BATCHES = [1, 4, 16, 32]
/** Images of the batch figure at most: it is about time. */
const BATCH_IMAGES = 240

export type PaperSuiteOptions = Omit<BenchOptions, 'suite' | 'data' | 'batches'> & {
  /** Folder with a folder for each data set; see `findDatasets`. */
  readonly data?: string | undefined
  /** Of the batch figure; default 1, 4, 16, 32. */
  readonly batches?: readonly number[] | undefined
}

export type Paper = {
  readonly datasets: readonly {readonly name: string; readonly title: string; readonly folder: string}[]
  readonly missing: readonly Missing[]
  /** Table 1. */
  readonly lengths: readonly PaperLengths[]
  /** Table 2. */
  readonly accuracy: readonly PaperAccuracy[]
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
  const {data: root, seed = 0, onWarning, onProgress, methods = [], sweeps = []} = options
  refuseOwnData(options)
  const {found, damaged} = root === undefined ? {found: [], damaged: []} : await openable(await findDatasets(root))
  if (root === undefined || found.length === 0) throw noDatasets(root, damaged)
  const location = await findModel(options.model ?? 'mini')
  const folder = await readModelFolder(location.path, {name: location.name})
  const general = await findGeneralWords()
  const isChosen = methods.length + sweeps.length > 0
  const groups = groupMethods(planMethods(isChosen ? methods : PAPER_METHODS, sweeps), general.words)
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
  ]
  const labelled = found.filter(({layout}) => LABELLED.includes(layout))
  const accuracy: PaperAccuracy[] = []
  for (const dataset of labelled) accuracy.push(await measureAccuracy(dataset, groups, shared))
  const lengths: PaperLengths[] = []
  for (const dataset of found) {
    const own = await learnWords(
      dataset,
      general.words.map(({words}) => words),
      shared,
    )
    missing.push(...own.missing)
    const counted = await measureLengths(dataset, [...own.words, ...general.words], shared)
    if (counted) lengths.push(counted)
  }
  const figure = await batchFigure(labelled[0] ?? found[0]!, groups, options, shared)
  const failed = [...figure.data.failed, ...[...accuracy, ...lengths].flatMap((part) => part.failed)]
  return {
    ...figure,
    model: folder.name,
    data: {...figure.data, failed: [...new Map(failed.map((image) => [image.path, image])).values()]},
    paper: {
      datasets: found.map(({layout: {name, title}, folder: place}) => ({name, title, folder: place})),
      missing: missing.map(({what, reason, cure}) => ({what, reason, cure})),
      lengths,
      accuracy,
    },
    journals,
  }
}

type Damaged = Missing & {readonly dataset: FoundDataset}

type Opened = FoundDataset & {/** Of the evaluated split. */ readonly images: number}

/** Looks into every data set before the hours of work begin; one that is damaged does not stop the others. */
async function openable(datasets: readonly FoundDataset[]): Promise<{found: Opened[]; damaged: Damaged[]}> {
  const found: Opened[] = []
  const damaged: Damaged[] = []
  for (const dataset of datasets) {
    try {
      const {images} = await openDataset(dataset, evaluated(dataset.layout), {seed: 0})
      found.push({...dataset, images: images.length})
    } catch (error) {
      if (!(error instanceof UsageError)) throw error
      const cure = error.suggestions[0] ?? `It comes from ${dataset.layout.source}.`
      damaged.push({dataset, what: dataset.layout.title, reason: messageOf(error), cure})
    }
  }
  return {found, damaged}
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
    const surveys = groups.reduce((sum, {methods}) => sum + 1 + methods.length, 0) * seedsOf(layout).length
    const vocabularies = layout.splits.includes('train') ? groups.length - 1 : 0
    return (LABELLED.includes(layout) ? surveys * passes : 0) + vocabularies + passes
  })
  const figure = (1 + methodCount) * Math.ceil(Math.min(limit, BATCH_IMAGES) / 100) + methodCount * Math.min(10, runs)
  return parts.reduce((sum, part) => sum + part, figure)
}

/** Time against batch size, of all methods over images of one data set. */
async function batchFigure(
  {layout, folder: data}: FoundDataset,
  groups: readonly MethodGroup[],
  options: PaperSuiteOptions,
  {folder, limit = BATCH_IMAGES, journal, seed, onJournal, onStep, onWarning}: PaperOptions,
): Promise<Bench> {
  const path = journal && `${journal}.batches`
  if (path !== undefined) onJournal?.(path)
  const words = groups.find((group) => group.words)?.words
  const methods = [...new Set(groups.flatMap((group) => group.methods.map(({spec}) => spec.text)))]
  const split = evaluated(layout).name
  const {paperKind} = await openDataset({layout, folder: data}, {name: split}, {limit: 1, seed})
  const preprocess = preprocessFor(folder, paperKind, {onWarning})
  return runBench({
    ...options,
    model: folder.path,
    methods,
    sweeps: [],
    data,
    layout: layout.name,
    split,
    vocab: words?.vocab,
    limit: Math.min(limit, BATCH_IMAGES),
    batches: options.batches ?? PAPER_BATCHES,
    preprocess,
    journal: path,
    onWarning: (message) => onWarning?.(message),
    onProgress: (_done, _total, what) => onStep?.(`batch figure: ${what}`),
  })
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
  const own = (['images', 'layout', 'split', 'labels', 'prompt', 'vocab'] as const).filter(
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

function noDatasets(root: string | undefined, damaged: readonly Missing[]): UsageError {
  const titles = [...LABELLED, ...CAPTIONED].map(({title}) => title).join(', ')
  const found = damaged.length > 0 ? ` ${damaged.map(({what, reason}) => `${what}: ${reason}`).join(' ')}` : ''
  const message =
    root === undefined
      ? '--suite vwt-paper needs --data, the folder with the data sets of the paper, but it is not given.'
      : `${root} should hold folders with data sets of the paper (${titles}), but holds none that can be read.${found}`
  return new UsageError(message, {
    code: 'data-missing',
    suggestions: [...LABELLED, ...CAPTIONED].map(({title, source}) => `${title}: ${source}`),
  })
}
