/**
 * Learns words from patches as they come: mini-batch k-means in constant memory. Distances, nearest words and sums are
 * computed on the runtime; only numbers per word are handled here.
 *
 * @see Sculley, Web-Scale K-Means Clustering, WWW 2010; the rule is that of scikit-learn's MiniBatchKMeans.partial_fit.
 */
import {BugError} from '../base/errors.js'
import {mixSeed, type Random, seededRandom} from '../base/random.js'
import {float32Tensor} from '../base/tensor.js'
import {openSession, type Session} from '../runtime/session.js'
import {buildMoveGraph} from './graphs.js'
import {NearestSearch} from './nearest.js'
import {isReassignmentDue, planReassignment} from './reassign.js'
import {seedWords} from './seeding.js'

/** Everything the learner knows between two steps: saved and restored it goes on as if nothing had happened. */
export type LearnerState = {
  /** `[wordCount, wordLength]` */
  readonly words: Float32Array
  /** Patches behind each word: the more, the less a new patch moves it. */
  readonly weights: Float64Array
  /** Patches since starved words were last looked for. */
  readonly patchesSince: number
  /** Steps taken; part of the seed of the next step's draws. */
  readonly steps: number
}

export type LearnerOptions = {
  readonly wordCount: number
  readonly wordLength: number
  readonly seed: number
  readonly threads?: number | undefined
  /** Where to go on. */
  readonly state?: LearnerState | undefined
  /** Draws `count` different numbers below `below`; the default is seeded by `seed` and the step. */
  readonly drawPatches?: ((below: number, count: number, step: number) => number[]) | undefined
}

/** What a step found before it moved the words. */
export type StepResult = {
  /** Nearest word of each patch. */
  readonly word: BigInt64Array
  /** Squared Euclidean distance of each patch to it. */
  readonly distance: Float32Array
  /** Starved words that were replaced by patches. */
  readonly reassigned: number
}

/** Patches of the sample words are seeded from, per word and at least, as scikit-learn takes them. */
const SAMPLE_PER_WORD = 3
const SAMPLE_MIN = 3072
/** A step this little larger than the sample is the sample: a copy would cost more than the larger products. */
const SAMPLE_ROOM = 1.25

export class WordLearner {
  private constructor(
    private readonly options: LearnerOptions,
    private readonly nearest: NearestSearch,
    private readonly move: Session,
    private current: LearnerState | undefined,
  ) {}

  static async open(options: LearnerOptions): Promise<WordLearner> {
    const {wordLength, threads, state} = options
    const nearest = await NearestSearch.open({wordLength, threads})
    const move = await openSession(buildMoveGraph(wordLength), {threads: 1})
    return new WordLearner(options, nearest, move, state)
  }

  /** Undefined until the words are seeded. */
  get state(): LearnerState | undefined {
    return this.current
  }

  /**
   * Chooses the first words among the patches of the first step.
   *
   * @param patches `[n, wordLength]`.
   * @param onProgress told the number of words found so far, every few dozen; may throw to stop.
   * @throws {UsageError} `patches-too-alike`: they hold fewer different patches than words are wanted.
   */
  async seed(patches: Float32Array, onProgress?: (wordCount: number) => void): Promise<void> {
    const {wordCount, wordLength, seed, threads} = this.options
    const count = patches.length / wordLength
    const wanted = Math.max(SAMPLE_PER_WORD * wordCount, SAMPLE_MIN)
    const sample = count <= wanted * SAMPLE_ROOM ? patches : this.sampleOf(patches, count, wanted)
    const words = await seedWords(sample, {
      wordCount,
      wordLength,
      seed: mixSeed(seed, SEEDING),
      threads,
      onProgress,
    })
    this.current = {words, weights: new Float64Array(wordCount), patchesSince: 0, steps: 0}
  }

  /**
   * One step: finds the nearest word of every patch, then moves each word to the mean of all patches it ever got, then
   * gives starved words a patch of this step instead.
   *
   * @param patches `[n, wordLength]`, n at least 1.
   */
  async learn(patches: Float32Array): Promise<StepResult> {
    const before = this.current
    if (!before) throw new BugError('Words are learned before they are seeded.')
    const {wordCount, wordLength} = this.options
    const count = patches.length / wordLength
    const patchesSince = before.patchesSince + count
    const isDue = isReassignmentDue(before.weights, patchesSince)
    const {word, distance} = await this.nearest.find(patches, before.words)
    const counts = countWords(word, wordCount)
    const weights = before.weights.map((weight, index) => weight + counts[index]!)
    const words = await this.moveWords(patches, word, {words: before.words, old: before.weights, weights, counts})
    const starved = isDue ? this.reassign(patches, words, weights, before.steps) : 0
    this.current = {words, weights, patchesSince: isDue ? 0 : patchesSince, steps: before.steps + 1}
    return {word, distance, reassigned: starved}
  }

  async release(): Promise<void> {
    await Promise.all([this.nearest.release(), this.move.release()])
  }

  private async moveWords(
    patches: Float32Array,
    word: BigInt64Array,
    {
      words,
      old,
      weights,
      counts,
    }: {words: Float32Array; old: Float64Array; weights: Float64Array; counts: Float64Array},
  ): Promise<Float32Array> {
    const {wordCount, wordLength} = this.options
    // A word without patches in this step stays what it is to the bit.
    const keep = Float32Array.from(old, (weight, index) => (counts[index] === 0 ? 1 : weight / weights[index]!))
    const gain = Float32Array.from(weights, (weight, index) => (counts[index] === 0 ? 0 : 1 / weight))
    const {moved} = await this.move.run({
      patches: float32Tensor(patches, [word.length, wordLength]),
      word: {type: 'int64', dims: [word.length], data: word},
      words: float32Tensor(words, [wordCount, wordLength]),
      keep: float32Tensor(keep, [wordCount, 1]),
      gain: float32Tensor(gain, [wordCount, 1]),
    })
    return moved!.data as Float32Array
  }

  /** Changes `words` and `weights`, which are this step's own. */
  private reassign(patches: Float32Array, words: Float32Array, weights: Float64Array, step: number): number {
    const {wordLength, seed} = this.options
    const count = patches.length / wordLength
    const {starved, weight} = planReassignment(weights, count)
    const draw =
      this.options.drawPatches ??
      ((below: number, many: number) => drawDifferent(below, many, seededRandom(mixSeed(seed, REASSIGNING, step))))
    const drawn = starved.length > 0 ? draw(count, starved.length, step) : []
    for (const [index, word] of starved.entries()) {
      const patch = drawn[index]!
      words.set(patches.subarray(patch * wordLength, (patch + 1) * wordLength), word * wordLength)
      weights[word] = weight
    }
    return starved.length
  }

  /** Different patches, in their order. */
  private sampleOf(patches: Float32Array, count: number, wanted: number): Float32Array {
    const {wordLength, seed} = this.options
    const chosen = drawDifferent(count, wanted, seededRandom(mixSeed(seed, SAMPLING))).sort((a, b) => a - b)
    const sample = new Float32Array(wanted * wordLength)
    for (const [row, patch] of chosen.entries()) {
      sample.set(patches.subarray(patch * wordLength, (patch + 1) * wordLength), row * wordLength)
    }
    return sample
  }
}

/** What a seed is mixed with, so that the draws of different purposes are unrelated. */
const SEEDING = 1
const SAMPLING = 2
const REASSIGNING = 3

/** @returns `count` different whole numbers below `below`, in the order drawn. */
export function drawDifferent(below: number, count: number, random: Random): number[] {
  // The first steps of a shuffle; only the places that were touched are remembered.
  const moved = new Map<number, number>()
  return Array.from({length: count}, (_, index) => {
    const place = index + Math.floor(random() * (below - index))
    const drawn = moved.get(place) ?? place
    moved.set(place, moved.get(index) ?? index)
    return drawn
  })
}

function countWords(word: BigInt64Array, wordCount: number): Float64Array {
  const counts = new Float64Array(wordCount)
  for (const id of word) counts[Number(id)]! += 1
  return counts
}
