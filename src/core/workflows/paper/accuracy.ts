/** Table 2 of the VWT paper: average and worst-group accuracy over seeds, and mean average precision of tags. */
import {type Spread, spreadOf} from '../../metrics/spread.js'
import {openVocabulary} from '../../vocab/vocabulary.js'
import {hashFiles} from '../../weights/fingerprint.js'
import type {FailedImage} from '../batches.js'
import {labelAccuracyOf} from '../bench/accuracy.js'
import {fingerprintSet} from '../bench/fingerprint.js'
import {type BenchSet, pickImages} from '../bench/set.js'
import {Steps} from '../bench/steps.js'
import type {Survey} from '../bench/survey.js'
import {surveyAll} from '../bench/surveys.js'
import {chooseProcessor, PixelLoader} from '../images.js'
import {LabelScorer} from '../label-scores.js'
import {evaluated, type FoundDataset, isTagged, openDataset, seedsOf} from './data.js'
import {beginJournal, type MethodGroup, type PaperOptions, preprocessFor} from './options.js'
import type {PaperWords} from './words.js'

/** Fractions are 0 to 1; deviations are those of the sample, over the seeds. */
export type PaperAccuracy = {
  readonly dataset: string
  readonly title: string
  readonly failed: readonly FailedImage[]
  readonly rows: readonly PaperAccuracyRow[]
}

export type PaperAccuracyRow = {
  readonly method: string
  /** Null for methods that know no words. */
  readonly vocab: string | null
  readonly words: number | null
  /** Mean tokens of the last layer. */
  readonly tokens: number
  /** Of all images; null for tags. */
  readonly average: Spread | null
  /** Null without groups. */
  readonly worstGroup: Spread | null
  /** Null where labels are no tags. */
  readonly map: number | null
  readonly runs: readonly PaperRun[]
}

/** One seed. */
export type PaperRun = {
  /** Null for a split that is fixed. */
  readonly seed: number | null
  readonly images: number
  readonly tokens: number
  readonly average: number
  readonly worstGroup: number | null
  readonly map: number | null
}

type Surveyed = {readonly method: string; readonly words: PaperWords | undefined; readonly survey: Survey}

export async function measureAccuracy(
  dataset: FoundDataset,
  groups: readonly MethodGroup[],
  options: PaperOptions,
): Promise<PaperAccuracy> {
  const {layout} = dataset
  const byRow = new Map<string, {row: Pick<PaperAccuracyRow, 'method' | 'vocab' | 'words'>; runs: PaperRun[]}>()
  const failed = new Map<string, FailedImage>()
  for (const seed of seedsOf(layout)) {
    const set = await openDataset(dataset, {...evaluated(layout), seed}, options)
    const surveyed = await surveySet(dataset, set, groups, seed, options)
    for (const image of surveyed.failed) failed.set(image.path, image)
    const readable = pickImages(set, surveyed.places)
    for (const {method, words, survey} of surveyed.methods) {
      const {images, top1, worstGroup, map} = labelAccuracyOf(readable, survey, undefined)!
      const key = `${method} ${words?.vocab ?? ''}`
      const entry = byRow.get(key) ?? {
        row: {method, vocab: words?.vocab ?? null, words: words?.words ?? null},
        runs: [],
      }
      entry.runs.push({
        seed: seed ?? null,
        images,
        tokens: spreadOf(survey.tokens)!.mean,
        average: top1,
        worstGroup,
        map,
      })
      byRow.set(key, entry)
    }
  }
  const rows = [...byRow.values()].map(({row, runs}): PaperAccuracyRow => {
    const worst = runs.flatMap(({worstGroup}) => (worstGroup === null ? [] : [worstGroup]))
    return {
      ...row,
      tokens: spreadOf(runs.map(({tokens}) => tokens))!.mean,
      average: isTagged(layout) ? null : spreadOf(runs.map(({average}) => average)),
      worstGroup: spreadOf(worst),
      map: isTagged(layout) ? runs[0]!.map : null,
      runs,
    }
  })
  return {dataset: layout.name, title: layout.title, failed: [...failed.values()], rows}
}

/** All methods over one split. */
async function surveySet(
  {layout}: FoundDataset,
  set: BenchSet,
  groups: readonly MethodGroup[],
  seed: number | undefined,
  options: PaperOptions,
): Promise<{
  readonly methods: Surveyed[]
  readonly places: readonly number[]
  readonly failed: readonly FailedImage[]
}> {
  const {folder, signal, onWarning} = options
  const preprocess = preprocessFor(folder, set.paperKind, options)
  const scorers: LabelScorer[] = []
  for (const {labels, prompt} of set.tasks) scorers.push(await LabelScorer.open(folder, {...options, labels, prompt}))
  const [model, data] = [await hashFiles(folder.weights.files), await fingerprintSet(set, signal)]
  const loader = await PixelLoader.open(chooseProcessor(folder, preprocess, set.paperKind), options)
  const where = seed === undefined ? layout.title : `${layout.title}, seed ${seed}`
  const methods: Surveyed[] = []
  let places: readonly number[] = []
  let failed: readonly FailedImage[] = []
  try {
    for (const {words, methods: planned} of groups) {
      const vocab = words ? await hashFiles([(await openVocabulary(words.vocab)).path]) : null
      const journal = await beginJournal([layout.name, seed ?? 'fixed', words?.vocab ?? 'plain'], planned, {
        options: {...options, preprocess},
        hashes: {model, vocab, data: data.sha256},
      })
      try {
        const steps = new Steps(planned.length, set.images.length, 0, (_done, _total, what) =>
          options.onStep?.(`${where}: ${what}`),
        )
        const surveyed = await surveyAll(
          folder,
          set,
          {planned, scorers, loader, steps, journal},
          {
            seed: options.seed,
            vocab: words?.vocab,
            device: options.device,
            threads: options.threads,
            signal,
            ...(onWarning ? {onWarning} : {}),
          },
        )
        places = surveyed.places
        failed = surveyed.failed
        methods.push(...surveyed.methods.map(({method, survey}) => ({method, words, survey})))
      } finally {
        journal?.close()
      }
    }
  } finally {
    await loader.release()
  }
  return {methods, places, failed}
}
