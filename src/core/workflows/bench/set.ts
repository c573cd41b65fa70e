/** What a bench runs over: images and, where they are known, the labels that are right. */
import {UsageError} from '../../base/errors.js'
import {seededRandom} from '../../base/random.js'
import {shuffled} from '../../base/shuffle.js'
import type {PaperKind} from '../../image/paper.js'
import type {ImageInput} from '../images.js'

/** One question to every image of a set, with its answers. */
export type BenchTask = {
  readonly name: string
  readonly labels: readonly string[]
  /** `{}` stands for the label; undefined takes the model's own. */
  readonly prompt?: string | undefined
  /** Per image the places of its right labels in `labels`: at least one, but for tags, of which an image may bear none. */
  readonly truth: readonly (readonly number[])[]
}

/** What a caption should name. */
export type BenchMention = {
  readonly name: string
  /** Per image lists of words of which one each must stand in the caption, such as `bird` or `birds`, and `red`. */
  readonly words: readonly (readonly (readonly string[])[])[]
}

export type BenchSet = {
  /** A suite's name, the file or folder of `--data`, or `images`. */
  readonly name: string
  readonly images: readonly ImageInput[]
  /** The first is what `accuracy` is about; none for images without labels. */
  readonly tasks: readonly BenchTask[]
  /** Per image, for the worst group; undefined where the set has no groups. */
  readonly groups?: readonly string[] | undefined
  /** Per image the captions people wrote of it, at least one; undefined where the set has none. */
  readonly captions?: readonly (readonly string[])[] | undefined
  /** What captions are searched for beside being scored. */
  readonly mentions?: readonly BenchMention[] | undefined
  /** Per image its number in a published data set; undefined where the set numbers none. */
  readonly imageIds?: readonly number[] | undefined
  /** How the VWT paper prepares images of this kind; undefined takes `classify`. */
  readonly paperKind?: PaperKind | undefined
}

/** An image with its right labels as words, as a folder, a table or a suite gives them. */
export type LabelledImage = ImageInput & {
  /** None where only captions are known. */
  readonly labels: readonly string[]
  /** What people wrote of it; undefined where nothing is said. */
  readonly captions?: readonly string[] | undefined
  /** Its number in a published data set. */
  readonly id?: number | undefined
  /** What the image has beside its label, such as a background; undefined where nothing is said. */
  readonly group?: string | undefined
}

export type LabelledSetOptions = {
  /** All labels to choose from; default those that occur, in alphabetical order. */
  readonly labels?: readonly string[] | undefined
  readonly prompt?: string | undefined
  readonly paperKind?: PaperKind | undefined
  /** An image may bear none of the labels: for mean average precision it is one that should stand far down. */
  readonly areTags?: boolean | undefined
}

/**
 * One task over labelled images, none where they have captions only. A group is a label together with what the image
 * has beside it, as in Waterbirds: `landbird, water`.
 *
 * @throws {UsageError} an image's label is none of them; only some images have a label, a group or captions.
 */
export function labelledSet(
  name: string,
  images: readonly LabelledImage[],
  {labels, prompt, paperKind, areTags = false}: LabelledSetOptions = {},
): BenchSet {
  const all = labels?.map((label) => label.trim()) ?? [...new Set(images.flatMap((image) => image.labels))].sort(byText)
  const placeOf = new Map(all.map((label, place) => [label, place]))
  const truth = images.map(({path, labels: own}) =>
    own.map((label) => placeOf.get(label) ?? refuseLabel(path, label, all)),
  )
  const hasLabels = areTags || allOrNone(name, images, 'a label', 'label', ({labels: own}) => own.length > 0)
  const hasGroups = allOrNone(name, images, 'a group', 'group', ({group}) => group !== undefined)
  const hasCaptions = allOrNone(name, images, 'a caption', 'caption', ({captions}) => (captions?.length ?? 0) > 0)
  return {
    name,
    images: images.map(({path, bytes}) => (bytes ? {path, bytes} : {path})),
    tasks: hasLabels ? [{name: 'label', labels: all, prompt, truth}] : [],
    groups: hasGroups ? images.map(({labels: own, group}) => [...own, group].join(', ')) : undefined,
    captions: hasCaptions ? images.map(({captions}) => captions!) : undefined,
    imageIds: images.every(({id}) => id !== undefined) ? images.map(({id}) => id!) : undefined,
    paperKind,
  }
}

/** @throws {UsageError} `data-invalid`: some images have it and some have not. */
function allOrNone(
  name: string,
  images: readonly LabelledImage[],
  what: string,
  column: string,
  has: (image: LabelledImage) => boolean,
): boolean {
  const having = images.filter(has).length
  if (having === 0 || having === images.length) return having > 0
  const without = images.find((image) => !has(image))!.path
  throw new UsageError(
    `Either every image of ${name} should have ${what} or none, but ${having} of ${images.length} have one and ${without} has none.`,
    {code: 'data-invalid', suggestions: [`Fill in the ${column}, or leave it out everywhere.`]},
  )
}

/** `count` images drawn by a seed, in their old order; all of them when there are no more. */
export function limitSet(set: BenchSet, count: number, seed: number): BenchSet {
  if (set.images.length <= count) return set
  return pickImages(set, drawPlaces(set.images.length, count, seed))
}

/** The set without the images at all other places. */
export function pickImages(set: BenchSet, places: readonly number[]): BenchSet {
  const pick = <T>(values: readonly T[]): T[] => places.map((place) => values[place]!)
  return {
    ...set,
    images: pick(set.images),
    tasks: set.tasks.map((task) => ({...task, truth: pick(task.truth)})),
    groups: set.groups && pick(set.groups),
    captions: set.captions && pick(set.captions),
    mentions: set.mentions?.map((mention) => ({...mention, words: pick(mention.words)})),
    imageIds: set.imageIds && pick(set.imageIds),
  }
}

/** The first `count` places of a seeded shuffle, ascending. */
function drawPlaces(total: number, count: number, seed: number): number[] {
  const places = Array.from({length: total}, (_, place) => place)
  return shuffled(places, seededRandom(seed))
    .slice(0, count)
    .sort((a, b) => a - b)
}

function refuseLabel(path: string, label: string, all: readonly string[]): never {
  const shown = all.length > 12 ? `${all.slice(0, 12).join(', ')}, …` : all.join(', ')
  throw new UsageError(`The label of ${path} should be one of ${shown}, but is ${JSON.stringify(label)}.`, {
    code: 'data-label',
    suggestions: ['Add it to --labels, or leave --labels out: then the labels of the data are taken.'],
  })
}

function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
