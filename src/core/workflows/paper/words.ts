/** The vocabularies of the VWT paper: general words, and words learned from the data set at hand. */
import {createHash} from 'node:crypto'
import {mkdir} from 'node:fs/promises'
import {join, relative, sep} from 'node:path'
import {messageOf, UsageError} from '../../base/errors.js'
import {checkpointPath} from '../../vocab/checkpoint.js'
import {findVocabulary, VOCABULARY_ENDING, vocabularyPlaces} from '../../vocab/library.js'
import {buildVocabulary} from '../build-vocab/build-vocab.js'
import {isThere} from '../datasets/files.js'
import type {ImageInput} from '../images.js'
import {type FoundDataset, type Missing, openDataset} from './data.js'
import type {PaperOptions} from './options.js'

export const WORD_COUNTS = [100, 1000, 10_000] as const

/** Images in-domain words are learned from at most; the paper takes all, which for CelebA are 162,770. */
export const MOST_TRAINING_IMAGES = 5000

export type PaperWords = {
  /** Name or file, as `--vocab` takes it. */
  readonly vocab: string
  readonly words: number
  /** Learned from other images, or from those of the data set's train split. */
  readonly domain: 'general' | 'in-domain'
}

/** Words of ImageNet, as the paper has them, where they were imported; else those that come with vwt. */
export async function findGeneralWords(): Promise<{readonly words: PaperWords[]; readonly missing: Missing[]}> {
  const words: PaperWords[] = []
  const missing: Missing[] = []
  for (const count of WORD_COUNTS) {
    const names = [`imagenet-${count}`, `photos-${count}`]
    const vocab = await firstKnown(names)
    if (vocab) words.push({vocab, words: count, domain: 'general'})
    else {
      missing.push({
        what: `${count.toLocaleString('en-US')} general words`,
        reason: `there is no vocabulary ${names.join(' or ')}`,
        cure:
          `vwt vocab import vocab.pt --name ${names[0]}, with vocab.pt of ` +
          `https://huggingface.co/LeonidasY/inter-image-imgnet-${count}; or learn them from photos of your own by vwt build-vocab.`,
      })
    }
  }
  return {words, missing}
}

/**
 * Learns words from the train split of a data set, into vwt's data folder, where the next run finds them. Up to 5,000
 * images are drawn by seed 0 and prepared as for the paper's vocabularies.
 *
 * @returns nothing but reasons where the data set has no images to learn from.
 * @throws {InterruptedError} the signal was aborted; a checkpoint keeps what was learned.
 */
export async function learnWords(
  dataset: FoundDataset,
  counts: readonly number[],
  {folder: model, limit = MOST_TRAINING_IMAGES, threads, maxPixels, signal, onStep}: PaperOptions,
): Promise<{readonly words: PaperWords[]; readonly missing: Missing[]}> {
  const {layout} = dataset
  if (!layout.splits.includes('train')) return {words: [], missing: []}
  const patch = model.config.vision.patchSize
  const most = Math.min(limit, MOST_TRAINING_IMAGES)
  const words: PaperWords[] = []
  try {
    const set = await openDataset(dataset, {name: 'train'}, {limit: most, seed: 0})
    for (const count of counts) {
      const name = nameOf(dataset, set.images, count, patch)
      const folder = vocabularyPlaces().vwt
      const out = join(folder, name + VOCABULARY_ENDING)
      if (!(await isThere(out))) {
        await mkdir(folder, {recursive: true})
        await buildVocabulary(set.images, {
          words: count,
          out,
          patch,
          paperKind: set.paperKind === 'faces' ? 'faces' : 'classify',
          source: `${set.images.length} images of the train split of ${layout.title}`,
          resume: await isThere(checkpointPath(out)),
          ...(threads === undefined ? {} : {threads}),
          ...(maxPixels === undefined ? {} : {maxPixels}),
          ...(signal ? {signal} : {}),
        })
      }
      onStep?.(`${layout.title}: ${count} words from ${set.images.length} images`)
      words.push({vocab: name, words: count, domain: 'in-domain'})
    }
    return {words, missing: []}
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    const cure = error.suggestions[0] ?? `They need images of its train split; it comes from ${layout.source}.`
    return {words, missing: [{what: `In-domain words of ${layout.title}`, reason: messageOf(error), cure}]}
  }
}

/** Tells which images the words are from, wherever these lie: `waterbirds-train4795-100-1f0c22ab`. */
function nameOf({layout, folder}: FoundDataset, images: readonly ImageInput[], count: number, patch: number): string {
  const names = images.map(({path}) => relative(folder, path).replaceAll(sep, '/'))
  const hash = createHash('sha256')
    .update(JSON.stringify([patch, names]))
    .digest('hex')
  return `${layout.name}-train${images.length}-${count}-${hash.slice(0, 8)}`
}

async function firstKnown(names: readonly string[]): Promise<string | undefined> {
  for (const name of names) {
    const found = await findVocabulary(name).catch(() => undefined)
    if (found) return name
  }
  return undefined
}
