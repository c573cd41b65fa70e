/** What every layout of a published data set has: how it is known, how it is read, where it comes from. */
import type {PaperKind} from '../../image/paper.js'
import type {LabelledImage} from '../bench/set.js'

/** In the order in which published tables number them: 0, 1, 2. */
export const SPLITS = ['train', 'val', 'test'] as const
export type SplitName = (typeof SPLITS)[number]

/** A part of a data set; with a seed, the part it becomes when split labels are permuted inside each group. */
export type Split = {readonly name: SplitName; readonly seed?: number | undefined}

export type Dataset = {
  readonly images: readonly LabelledImage[]
  /** All labels in the order of the publication; undefined where the images have captions only. */
  readonly labels?: readonly string[]
  /** An image may have several labels, or none. */
  readonly areTags?: boolean
  readonly paperKind: PaperKind
}

export type ReadOptions = {
  readonly split: Split
  /** The user's names of the classes. */
  readonly labels?: readonly string[] | undefined
}

export type Layout = {
  /** As `--layout` takes it. */
  readonly name: string
  readonly title: string
  /** The files it is known by, for messages. */
  readonly knownBy: string
  /** Where it comes from, one sentence. */
  readonly source: string
  /** Those that exist; the last is what is read unless another is asked for. */
  readonly splits: readonly SplitName[]
  /** Whether its published use permutes split labels by a seed. */
  readonly isPermuted: boolean
  isHere(folder: string): Promise<boolean>
  /** @throws {UsageError} `data-invalid` or `data-incomplete`: the files are not as published. */
  read(folder: string, options: ReadOptions): Promise<Dataset>
}

/** The one template of the VWT paper, for the labels of every data set. */
export const PAPER_PROMPT = 'a photo of a {}'
