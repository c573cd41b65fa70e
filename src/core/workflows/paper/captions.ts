/** Table 3 of the VWT paper: captions by method, held against what people wrote. */
import {messageOf, VwtError} from '../../base/errors.js'
import {type CaptionMetric, scoreCaptions, summarizeCaptions} from '../../metrics/captions/scores.js'
import {spreadOf} from '../../metrics/spread.js'
import {openVocabulary} from '../../vocab/vocabulary.js'
import {hashFiles} from '../../weights/fingerprint.js'
import {type FailedImage, isFailed} from '../batches.js'
import {fingerprintSet} from '../bench/fingerprint.js'
import type {BenchJournal} from '../bench/journal.js'
import type {BenchSet} from '../bench/set.js'
import {type Captioner, loadCaptioner} from '../caption/caption.js'
import {scoreSpice} from '../spice.js'
import {evaluated, type FoundDataset, openDataset} from './data.js'
import {beginJournal, type MethodGroup, type PaperOptions, preprocessFor} from './options.js'

/** BLEU-4 from 0 to 1, CIDEr-D from 0 to 10, over the images the scores are of. */
export type PaperScores = {readonly images: number} & Readonly<Pick<Record<CaptionMetric, number>, 'bleu4' | 'cider'>>

export type PaperCaptions = {
  readonly dataset: string
  readonly title: string
  readonly model: string
  readonly failed: readonly FailedImage[]
  readonly rows: readonly (PaperScores & {
    /** Mean over images, 0 to 1; null without the tool, see `spiceJar`. */
    readonly spice: number | null
    readonly method: string
    /** Null for methods that know no words. */
    readonly vocab: string | null
    readonly words: number | null
    /** Mean tokens of the last layer. */
    readonly tokens: number
    /** Each domain of NoCaps by itself, with the references of its own images; null where there are none. */
    readonly domains: Readonly<Record<string, PaperScores>> | null
  })[]
}

type Written = {readonly place: number; readonly caption: string; readonly tokens: number}

/** The paper's way: no prompt, three beams, 5 to 20 tokens. @param options with a folder that writes captions. */
export async function measureCaptions(
  dataset: FoundDataset,
  groups: readonly MethodGroup[],
  options: PaperOptions,
): Promise<PaperCaptions> {
  const {layout} = dataset
  const {folder} = options
  const set = await openDataset(dataset, evaluated(layout), options)
  const preprocess = preprocessFor(folder, set.paperKind, options)
  const [model, data] = [await hashFiles(folder.weights.files), await fingerprintSet(set, options.signal)]
  const failed = new Map<string, FailedImage>()
  const rows: PaperCaptions['rows'][number][] = []
  for (const {words, methods} of groups) {
    const vocab = words ? await hashFiles([(await openVocabulary(words.vocab)).path]) : null
    const journal = await beginJournal([layout.name, words?.vocab ?? 'plain'], methods, {
      options: {...options, preprocess},
      hashes: {model, vocab, data: data.sha256},
    })
    try {
      for (const {spec} of methods) {
        const captioner = await openOrWarn(spec.text, {...options, preprocess, vocab: words?.vocab})
        if (!captioner) continue
        const written = await captionAll(captioner, set, {journal, failed, title: layout.title}, options)
        await captioner.release()
        if (written.length === 0) continue
        const row = {method: spec.text, vocab: words?.vocab ?? null, words: words?.words ?? null}
        rows.push({
          ...row,
          tokens: spreadOf(written.map(({tokens}) => tokens))!.mean,
          ...scoresOf(set, written),
          spice: await spiceOf(set, written, options),
          domains: domainsOf(set, written),
        })
      }
    } finally {
      journal?.close()
    }
  }
  return {dataset: layout.name, title: layout.title, model: folder.name, failed: [...failed.values()], rows}
}

/** A method that cannot run here is told and left out. */
async function openOrWarn(
  method: string,
  {
    folder,
    onWarning,
    ...options
  }: PaperOptions & {readonly preprocess: 'model' | 'paper'; readonly vocab: string | undefined},
): Promise<Captioner | undefined> {
  try {
    return await loadCaptioner({...options, model: folder.path, method, ...(onWarning ? {onWarning} : {})})
  } catch (error) {
    if (!(error instanceof VwtError)) throw error
    onWarning?.(`${method} is left out for captions: ${messageOf(error)}`)
    return undefined
  }
}

type CaptionTools = {
  readonly journal: BenchJournal | undefined
  /** Takes up images that cannot be read, by path. */
  readonly failed: Map<string, FailedImage>
  readonly title: string
}

/** One image at a time, as published figures are taken. */
async function captionAll(
  captioner: Captioner,
  set: BenchSet,
  {journal, failed, title}: CaptionTools,
  {signal, onStep}: PaperOptions,
): Promise<Written[]> {
  const written: Written[] = []
  const {method} = captioner
  for (const [place, image] of set.images.entries()) {
    const known = journal?.outcome(method, place)
    if (known) written.push({place, caption: known.caption!, tokens: known.tokens})
    else {
      for await (const result of captioner.caption([image], signal ? {signal} : {})) {
        if (isFailed(result)) failed.set(result.path, result)
        else {
          const {caption, tokens} = result
          journal?.noteOutcome(method, place, {caption, tokens: tokens.used})
          written.push({place, caption, tokens: tokens.used})
        }
      }
    }
    const done = place + 1
    if (done % 100 === 0 || done === set.images.length)
      onStep?.(`${title}: ${method}: ${done} of ${set.images.length} images`)
  }
  return written
}

function scoresOf({captions}: BenchSet, written: readonly Written[]): PaperScores {
  const references = written.map(({place}) => captions![place]!)
  const {bleu4, cider} = summarizeCaptions(
    scoreCaptions(
      written.map(({caption}) => caption),
      references,
    ),
  )
  return {images: written.length, bleu4, cider}
}

/** Whatever goes wrong with the tool is told; the other scores hold without it. */
async function spiceOf(
  {captions}: BenchSet,
  written: readonly Written[],
  {spiceJar, signal, onWarning}: PaperOptions,
): Promise<number | null> {
  if (spiceJar === undefined) return null
  const texts = written.map(({caption}) => caption)
  const references = written.map(({place}) => captions![place]!)
  const {images, reason} = await scoreSpice(texts, references, {jar: spiceJar, signal})
  if (!images) onWarning?.(`SPICE was not measured: ${reason}`)
  return images && spreadOf(images)!.mean
}

function domainsOf(set: BenchSet, written: readonly Written[]): Record<string, PaperScores> | null {
  const {groups} = set
  if (!groups) return null
  const domains = [...new Set(written.map(({place}) => groups[place]!))].sort()
  return Object.fromEntries(
    domains.map((domain) => [
      domain,
      scoresOf(
        set,
        written.filter(({place}) => groups[place] === domain),
      ),
    ]),
  )
}
