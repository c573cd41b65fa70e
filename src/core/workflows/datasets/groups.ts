/** Data sets of two labels and two attributes (Waterbirds, CelebA, MetaShift): splits, and the words of the groups. */
import {NumpyRandom} from '../../base/numpy-random.js'
import type {LabelledImage} from '../bench/set.js'
import {invalidData} from './files.js'
import {SPLITS, type Split} from './layout.js'

/** One row of such a set; numbers as its table has them. */
export type GroupedImage = {
  readonly path: string
  readonly label: number
  readonly attribute: number
  /** 0 train, 1 val, 2 test. */
  readonly split: number
}

/** What the numbers stand for. */
export type GroupWords = {readonly labels: readonly [string, string]; readonly attributes: readonly [string, string]}

/** The images of one split as bench images, in their old order. */
export function pickSplit(images: readonly GroupedImage[], {name, seed}: Split, words: GroupWords): LabelledImage[] {
  const splits = seed === undefined ? images.map(({split}) => split) : permuteSplits(images, seed)
  return images
    .filter((_, place) => SPLITS[splits[place]!] === name)
    .map(({path, label, attribute}) => ({path, labels: [words.labels[label]!], group: words.attributes[attribute]!}))
}

/**
 * Permutes the split labels inside each group, so that every group keeps the sizes of its splits while other images
 * are in them. Groups come in the order 2 · label + attribute, all from one stream of NumPy's legacy generator, and in
 * each the labels stand in the order of the table.
 *
 * @returns the new split of each image.
 * @see Gee et al., TMLR 2025: averages over seeds 1, 2 and 3.
 */
export function permuteSplits(images: readonly GroupedImage[], seed: number): number[] {
  const random = new NumpyRandom(seed)
  const splits = images.map(({split}) => split)
  for (const group of [0, 1, 2, 3]) {
    const members = [...images.keys()].filter((place) => 2 * images[place]!.label + images[place]!.attribute === group)
    const order = random.permutation(members.length)
    for (const [index, place] of members.entries()) splits[place] = images[members[order[index]!]!]!.split
  }
  return splits
}

/** A whole number of a table, below `count`. @throws {UsageError} `data-invalid`, with column, file and line. */
export function readNumber(text: string | undefined, count: number, {column, file, line}: Cell): number {
  const trimmed = text?.trim() ?? ''
  const value = Number(trimmed)
  if (trimmed !== '' && Number.isInteger(value) && value >= 0 && value < count) return value
  const range = Array.from({length: count}, (_, index) => index).join(', ')
  throw invalidData(`${column} in line ${line} of ${file} should be one of ${range}, but is ${JSON.stringify(text)}.`, [
    'Fetch the file again: it is not as published.',
  ])
}

export type Cell = {readonly column: string; readonly file: string; readonly line: number}
