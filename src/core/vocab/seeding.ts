/**
 * Where words start: greedy k-means++ over a sample of patches. The distances are matrix products between a pool of
 * candidates and the sample, which makes 768-dimensional patches affordable.
 *
 * @see Arthur and Vassilvitskii, k-means++, SODA 2007; the greedy variant with several trials is in its section 6. The
 *   library ml-kmeans computes each distance in JavaScript: 30 words from 3,072 patches take 8 seconds of processor time
 *   there and 0.15 here, and its cost grows with the square of the words.
 */
import {UsageError} from '../base/errors.js'
import {type Random, seededRandom} from '../base/random.js'
import {float32Tensor} from '../base/tensor.js'
import {openSession, type Session} from '../runtime/session.js'
import {buildDistanceGraph} from './graphs.js'

export type SeedingOptions = {
  readonly wordCount: number
  readonly wordLength: number
  readonly seed: number
  readonly threads?: number | undefined
  /** Told before each pool of candidates, with the number of words found; may throw to stop. */
  readonly onProgress?: ((wordCount: number) => void) | undefined
}

/** Candidates whose distances are computed together. Half as many end half a percent further from the patches. */
const POOL = 256
/** Words taken from one pool; then chances have changed enough to draw another. */
const WORDS_PER_POOL = 64
/** Rounding of a product of some hundred to thousand float32 values, relative to the squared lengths. */
const RESOLUTION = 4e-6

/**
 * Chooses `wordCount` patches of the sample as first words, each drawn with a chance proportional to its squared
 * distance from the words before it; of a few draws the one that leaves the smallest sum of distances is taken.
 *
 * Draws come from a pool that was itself drawn by these chances, and are weighted by how much the chances have changed
 * since; a pool serves `WORDS_PER_POOL` words.
 *
 * @param sample `[n, wordLength]`.
 * @returns `[wordCount, wordLength]`.
 * @throws {UsageError} `patches-too-alike`: the sample holds fewer different patches than words are wanted.
 */
export async function seedWords(sample: Float32Array, options: SeedingOptions): Promise<Float32Array> {
  const session = await openSession(buildDistanceGraph(options.wordLength), threadsOf(options.threads))
  try {
    return await new Seeding(session, sample, options).run()
  } finally {
    await session.release()
  }
}

class Seeding {
  private readonly words: Float32Array
  private readonly random: Random
  private readonly count: number
  /** Trials for each word, as many as scikit-learn makes. */
  private readonly trials: number
  /** Squared length of each patch of the sample. */
  private readonly squares: Float32Array
  /** Squared distance of each patch of the sample to the nearest word so far. */
  private readonly nearest: Float32Array

  constructor(
    private readonly session: Session,
    private readonly sample: Float32Array,
    private readonly options: SeedingOptions,
  ) {
    const {wordCount, wordLength, seed} = options
    this.count = sample.length / wordLength
    this.words = new Float32Array(wordCount * wordLength)
    this.random = seededRandom(seed)
    this.trials = 2 + Math.floor(Math.log(wordCount))
    this.squares = Float32Array.from({length: this.count}, (_, patch) => this.squareOf(patch))
    this.nearest = new Float32Array(this.count).fill(Number.POSITIVE_INFINITY)
  }

  async run(): Promise<Float32Array> {
    const {wordCount} = this.options
    const first = Math.floor(this.random() * this.count)
    const [distances] = await this.distancesFrom([first])
    this.take(0, first, distances!)
    for (let found = 1; found < wordCount; ) {
      this.options.onProgress?.(found)
      found = await this.takeFromPool(found)
    }
    return this.words
  }

  private async takeFromPool(found: number): Promise<number> {
    const candidates = this.draw(found)
    const distances = await this.distancesFrom(candidates)
    const chances = Float64Array.from(candidates, (patch) => this.nearest[patch]!)
    const last = Math.min(this.options.wordCount, found + WORDS_PER_POOL)
    for (let word = found; word < last; word += 1) {
      // A candidate was drawn by its old chance: weighted by new over old it counts by the new one.
      const weights = Float64Array.from(candidates, (patch, index) => this.nearest[patch]! / chances[index]!)
      const drawn = drawMany(weights, this.trials, this.random)
      if (!drawn) return word
      const best = this.bestOf(drawn, candidates, distances)
      this.take(word, candidates[best]!, distances[best]!)
    }
    return last
  }

  /** @throws {UsageError} every patch is a word already. */
  private draw(found: number): number[] {
    const drawn = drawMany(this.nearest, POOL, this.random)
    if (drawn) return drawn
    const {wordCount} = this.options
    throw new UsageError(
      `${wordCount} words need at least ${wordCount} different patches to start from, but the first ${this.count} ` +
        `patches hold ${found} different ${found === 1 ? 'one' : 'ones'}.`,
      {
        code: 'patches-too-alike',
        suggestions: ['Use more images, or images with more in them.', 'Ask for fewer --words.'],
      },
    )
  }

  /** The position in `drawn`'s pool whose choice leaves the smallest sum; of equal ones the first drawn. */
  private bestOf(drawn: readonly number[], candidates: readonly number[], parts: readonly Float32Array[]): number {
    let best = drawn[0]!
    let least = Number.POSITIVE_INFINITY
    for (const candidate of new Set(drawn)) {
      const sum = sumOfSmaller(this.nearest, parts[candidate]!, this.squares[candidates[candidate]!]!)
      if (sum < least) {
        least = sum
        best = candidate
      }
    }
    return best
  }

  private take(word: number, patch: number, part: Float32Array): void {
    const {nearest, squares} = this
    const own = squares[patch]!
    this.words.set(this.rowOf(patch), word * this.options.wordLength)
    for (let index = 0; index < this.count; index += 1) {
      const distance = part[index]! + own
      if (distance < nearest[index]!) {
        // Equal patches are equal: what float32 cannot tell from zero at these lengths is zero.
        nearest[index] = distance > RESOLUTION * (own + squares[index]!) ? distance : 0
      }
    }
    nearest[patch] = 0
  }

  /** For each of `patches`, |x|² - 2 c·x with every patch x of the sample. */
  private async distancesFrom(patches: readonly number[]): Promise<Float32Array[]> {
    const {wordLength} = this.options
    const candidates = new Float32Array(patches.length * wordLength)
    for (const [row, patch] of patches.entries()) candidates.set(this.rowOf(patch), row * wordLength)
    const {part} = await this.session.run({
      candidates: float32Tensor(candidates, [patches.length, wordLength]),
      sample: float32Tensor(this.sample, [this.count, wordLength]),
      squares: float32Tensor(this.squares, [this.count]),
    })
    const all = part!.data as Float32Array
    return patches.map((_, row) => all.subarray(row * this.count, (row + 1) * this.count))
  }

  private rowOf(patch: number): Float32Array {
    const {wordLength} = this.options
    return this.sample.subarray(patch * wordLength, (patch + 1) * wordLength)
  }

  private squareOf(patch: number): number {
    let sum = 0
    for (const value of this.rowOf(patch)) sum += value * value
    return sum
  }
}

/** Positions drawn with replacement, each with a chance proportional to its weight; nothing when all weights are 0. */
function drawMany(weights: Float32Array | Float64Array, count: number, random: Random): number[] | undefined {
  const sums = new Float64Array(weights.length)
  let total = 0
  for (let index = 0; index < weights.length; index += 1) {
    total += weights[index]!
    sums[index] = total
  }
  if (!(total > 0)) return undefined
  return Array.from({length: count}, () => firstAbove(sums, random() * total))
}

/** The first position whose running sum is above `value`: never one of weight 0. */
function firstAbove(sums: Float64Array, value: number): number {
  let low = 0
  let high = sums.length - 1
  while (low < high) {
    const middle = (low + high) >> 1
    if (sums[middle]! > value) high = middle
    else low = middle + 1
  }
  return low
}

/** Sum of the smaller of `a` and `b + shift`. */
function sumOfSmaller(a: Float32Array, b: Float32Array, shift: number): number {
  let sum = 0
  for (let index = 0; index < a.length; index += 1) {
    const other = b[index]! + shift
    sum += a[index]! < other ? a[index]! : other
  }
  return sum
}

function threadsOf(threads: number | undefined): {threads?: number} {
  return threads === undefined ? {} : {threads}
}
