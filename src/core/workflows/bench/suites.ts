/** Data sets that come along: pictures drawn in memory from seeds that no bundled model was trained on. */
import {checkCount} from '../../base/check.js'
import {
  BIRD_KINDS,
  encodeScene,
  planScene,
  pluralOf,
  SCENE_COLOURS,
  SCENE_NOUNS,
  type Scene,
} from '../../image/scenes/scenes.js'
import {type BenchSet, labelledSet} from './set.js'

export const SUITES = ['scenes', 'scenes-groups', 'scenes-captions'] as const
export type Suite = (typeof SUITES)[number]

export type SuiteOptions = {
  /** Images; default 240 (`scenes`), 400 (`scenes-groups`), 200 (`scenes-captions`). */
  readonly limit?: number | undefined
  /** Another seed draws other pictures; default 0. */
  readonly seed?: number
  readonly signal?: AbortSignal | undefined
}

/** As many as `--limit` may ask for. */
const MAX_IMAGES = 100_000
/** First seeds of the suites. `mini` was trained on 1,000,000 to 1,023,999 and looked at up to 9,001,999. */
const FIRST_SEED: Readonly<Record<Suite, number>> = {
  scenes: 20_000_000,
  'scenes-groups': 2_000_000_000,
  'scenes-captions': 3_100_000_000,
}
const DEFAULT_COUNT: Readonly<Record<Suite, number>> = {scenes: 240, 'scenes-groups': 400, 'scenes-captions': 200}
/** Sets of 100,000 seeds each that fit below the next suite and below 2^32. */
const SEED_SETS = 10_000
/** Of each kind of bird, one in so many is not where it belongs: 95 % are, as in Waterbirds. */
const MISPLACED_EVERY = 20
/** Scenes drawn at once. */
const TOGETHER = 16

/**
 * Draws a suite. The same limit and seed give the same pictures; the pictures of a smaller limit are the first of a
 * larger one.
 *
 * @throws {UsageError} the limit is out of range.
 */
export async function openSuite(suite: Suite, options: SuiteOptions = {}): Promise<BenchSet> {
  const {limit = DEFAULT_COUNT[suite], seed = 0, signal} = options
  checkCount('--limit', limit, {min: 1, max: MAX_IMAGES, unit: 'images'})
  const scenes = Array.from({length: limit}, (_, index) => PLANS[suite](sceneSeed(suite, seed, index), index))
  const images: {path: string; bytes: Uint8Array}[] = []
  for (let first = 0; first < limit && !signal?.aborted; first += TOGETHER) {
    const part = scenes.slice(first, first + TOGETHER)
    const encoded = await Promise.all(part.map((scene) => encodeScene(scene)))
    images.push(...encoded.map((bytes, index) => ({path: nameOf(part[index]!), bytes})))
  }
  const drawn = scenes.slice(0, images.length)
  return SETS[suite](drawn, images)
}

/** The seed of one picture: sets of `--seed` do not overlap, neither with each other nor with training. */
export function sceneSeed(suite: Suite, seed: number, index: number): number {
  return FIRST_SEED[suite] + (seed % SEED_SETS) * MAX_IMAGES + index
}

/** Every noun as often as the next. */
const planInTurn = (seed: number, index: number) => planScene(seed, {noun: SCENE_NOUNS[index % SCENE_NOUNS.length]!})

const PLANS: Readonly<Record<Suite, (seed: number, index: number) => Scene>> = {
  scenes: planInTurn,
  'scenes-captions': planInTurn,
  'scenes-groups': (seed, index) => {
    const kind = BIRD_KINDS[index % BIRD_KINDS.length]!
    const place = Math.floor(index / BIRD_KINDS.length)
    // In the middle of each score, so that a short limit, too, has some.
    const isMisplaced = place % MISPLACED_EVERY === MISPLACED_EVERY / 2 - 1
    const background = (kind === 'waterbird') === isMisplaced ? 'grass' : 'water'
    return planScene(seed, {noun: 'bird', kind, background})
  },
}

type Drawn = readonly {readonly path: string; readonly bytes: Uint8Array}[]

const SETS: Readonly<Record<Suite, (scenes: readonly Scene[], images: Drawn) => BenchSet>> = {
  scenes: nounsAndColours,
  'scenes-groups': birdsInPlaces,
  'scenes-captions': inSentences,
}

function nounsAndColours(scenes: readonly Scene[], images: Drawn): BenchSet {
  return {
    name: 'scenes',
    images,
    tasks: [
      {name: 'noun', labels: SCENE_NOUNS, truth: scenes.map(({noun}) => [SCENE_NOUNS.indexOf(noun)])},
      {
        name: 'colour',
        labels: SCENE_COLOURS,
        prompt: 'a {} thing',
        truth: scenes.map(({colour}) => [SCENE_COLOURS.indexOf(colour)]),
      },
    ],
  }
}

function birdsInPlaces(scenes: readonly Scene[], images: Drawn): BenchSet {
  const labelled = images.map((image, index) => {
    const {kind, background} = scenes[index]!
    return {...image, labels: [kind!], group: background}
  })
  return labelledSet('scenes-groups', labelled, {labels: BIRD_KINDS})
}

/** One reference for each: the sentence that the scene was drawn from. */
function inSentences(scenes: readonly Scene[], images: Drawn): BenchSet {
  const nouns = scenes.map(({noun}) => [noun, pluralOf(noun)])
  const colours = scenes.map(({colour}) => [colour])
  return {
    name: 'scenes-captions',
    images,
    tasks: [],
    captions: scenes.map(({caption}) => [caption]),
    mentions: [
      {name: 'noun', words: nouns.map((noun) => [noun])},
      {name: 'colour', words: colours.map((colour) => [colour])},
      {name: 'noun and colour', words: nouns.map((noun, image) => [noun, colours[image]!])},
    ],
  }
}

function nameOf({seed, caption}: Scene): string {
  return `scene ${seed}: ${caption}`
}
