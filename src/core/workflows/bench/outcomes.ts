/** What became of every image under every method, so that runs can be compared image by image. */
import type {BenchSet} from './set.js'
import type {Survey} from './survey.js'

export type BenchOutcomes = {
  /** Images that were read, in order. */
  readonly images: readonly {
    readonly path: string
    /** Of the file. */
    readonly sha256: string | null
    /** Right labels of the first question; null without labels. */
    readonly labels: readonly string[] | null
    /** What people wrote of it; there when captions were asked for and it is known. */
    readonly references?: readonly string[]
    /** Number in its data set; there where it has one. */
    readonly id?: number
  }[]
  readonly methods: readonly {
    readonly method: string
    /** Of each image, in the last layer. */
    readonly tokens: readonly number[]
    /** Of each image: labels placed before its best-placed right one, 0 = right; null without labels. */
    readonly ranks: readonly number[] | null
    /** Of each image; null when labels were asked for. */
    readonly captions: readonly string[] | null
  }[]
}

type Surveyed = {
  /** Places in the set of the images that were read. */
  readonly places: readonly number[]
  readonly methods: readonly {readonly method: string; readonly survey: Survey}[]
}

/** @param sha256s of the file of each image of the set. */
export function outcomesOf(
  {images, tasks, captions, imageIds}: BenchSet,
  sha256s: readonly (string | null)[],
  {places, methods}: Surveyed,
): BenchOutcomes {
  const [main] = tasks
  return {
    images: places.map((place) => ({
      path: images[place]!.path,
      sha256: sha256s[place] ?? null,
      labels: main ? main.truth[place]!.map((label) => main.labels[label]!) : null,
      ...(captions ? {references: captions[place]!} : {}),
      ...(imageIds ? {id: imageIds[place]!} : {}),
    })),
    methods: methods.map(({method, survey}) => ({
      method,
      tokens: survey.tokens,
      ranks: survey.tasks[0]?.ranks ?? null,
      captions: survey.captions?.texts ?? null,
    })),
  }
}
