/** The data sets of the VWT paper below one folder: which are there, and how to get the others. */
import {join} from 'node:path'
import {messageOf, UsageError} from '../../base/errors.js'
import {type BenchSet, labelledSet, limitSet} from '../bench/set.js'
import {CELEBA} from '../datasets/celeba.js'
import {COCO} from '../datasets/coco.js'
import {foldersIn} from '../datasets/files.js'
import {type Layout, PAPER_PROMPT, type Split} from '../datasets/layout.js'
import {METASHIFT} from '../datasets/metashift.js'
import {NOCAPS} from '../datasets/nocaps.js'
import {OPENIMAGES_COMMON, OPENIMAGES_RARE} from '../datasets/openimages.js'
import {WATERBIRDS} from '../datasets/waterbirds.js'

/** In the order of the paper's tables. */
export const LABELLED: readonly Layout[] = [WATERBIRDS, CELEBA, METASHIFT, OPENIMAGES_COMMON, OPENIMAGES_RARE]
export const CAPTIONED: readonly Layout[] = [COCO, NOCAPS]

/** Whether images bear several tags, so that mean average precision counts and not accuracy. */
export function isTagged(layout: Layout): boolean {
  return layout === OPENIMAGES_COMMON || layout === OPENIMAGES_RARE
}

/** Of the data sets whose split labels are permuted; the others are run once. */
export const PAPER_SEEDS = [1, 2, 3]

/** How deep below the folder a data set may lie. */
const DEPTH = 2

export type FoundDataset = {readonly layout: Layout; readonly folder: string}

/** What a table lacks, why, and what to do about it. */
export type Missing = {readonly what: string; readonly reason: string; readonly cure: string}

/** Looks at the folder itself and at folders in it; of two copies of a data set the first by name counts. */
export async function findDatasets(root: string): Promise<FoundDataset[]> {
  const layouts = [...LABELLED, ...CAPTIONED]
  const found = new Map<Layout, string>()
  const look = async (folder: string, depth: number): Promise<void> => {
    const here: Layout[] = []
    for (const layout of layouts) if (await layout.isHere(folder)) here.push(layout)
    for (const layout of here) if (!found.has(layout)) found.set(layout, folder)
    if (depth === 0) return
    for (const name of await foldersIn(folder)) await look(join(folder, name), depth - 1)
  }
  await look(root, DEPTH)
  return layouts.flatMap((layout) => {
    const folder = found.get(layout)
    return folder === undefined ? [] : [{layout, folder}]
  })
}

export function missingDatasets(root: string, found: readonly FoundDataset[]): Missing[] {
  return [...LABELLED, ...CAPTIONED]
    .filter((layout) => !found.some((dataset) => dataset.layout === layout))
    .map(({title, knownBy, source}) => ({
      what: title,
      reason: `no folder in ${root} has ${knownBy}`,
      cure: `It comes from ${source}.`,
    }))
}

/** The seeds a data set is run with; undefined stands for its fixed split. */
export function seedsOf({isPermuted}: Layout): readonly (number | undefined)[] {
  return isPermuted ? PAPER_SEEDS : [undefined]
}

/**
 * The images of one split as a bench set.
 * @throws {UsageError} the data set is damaged or incomplete.
 */
export async function openDataset(
  {layout, folder}: FoundDataset,
  split: Split,
  {limit, seed}: {readonly limit?: number | undefined; readonly seed: number},
): Promise<BenchSet> {
  const {images, labels, areTags, paperKind} = await layout.read(folder, {split})
  const set = labelledSet(layout.name, images, {labels, prompt: PAPER_PROMPT, areTags, paperKind})
  return limitSet(set, limit ?? set.images.length, seed)
}

/** The split the paper's figures are taken on, without a seed. */
export function evaluated({splits}: Layout): Split {
  return {name: splits.at(-1)!}
}

export type Damaged = Missing & {readonly dataset: FoundDataset}

export type Opened = FoundDataset & {/** Of the evaluated split. */ readonly images: number}

/** Looks into every data set before the hours of work begin; one that is damaged does not stop the others. */
export async function openable(datasets: readonly FoundDataset[]): Promise<{found: Opened[]; damaged: Damaged[]}> {
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

export function noDatasets(root: string | undefined, damaged: readonly Missing[]): UsageError {
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
