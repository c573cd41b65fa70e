/**
 * The nearest word of each patch, found among few of the words. Natural patches differ most in brightness, and two
 * patches are at least as far apart as their brightness is: a word further away in brightness alone than the best one
 * found cannot be nearer. Words are sorted by brightness and patches put into blocks of like brightness and contrast, so
 * that each block is one matrix product with a run of neighbouring words. The result is exact.
 */
import {float32Tensor} from '../base/tensor.js'
import {openSession, type Session} from '../runtime/session.js'
import {buildMeasureGraph, buildNearestGraph} from './graphs.js'

export type NearestWords = {
  /** Nearest word of each patch; of two equally near ones the darker, then the one with the lower id. */
  readonly word: BigInt64Array
  /** Squared Euclidean distance to it. */
  readonly distance: Float32Array
}

/** Rows in the order of their brightness. `brightness` is the projection on the even grey of length one. */
type Sorted = {readonly rows: Float32Array; readonly order: Uint32Array; readonly brightness: Float64Array}

/** Patches that look for their word together. */
type Block = {readonly patches: Uint32Array; readonly first: number; readonly end: number}

/** Most patches of a block: larger blocks spread wider in brightness, smaller ones make slower products. */
const BLOCK = 256
/** Radii of one block differ by at most this factor. */
const RADIUS_STEP = 1.5
/** A first guess of the distance to the nearest word, from the contrast of a patch. Only the speed hangs on it. */
const guessRadius = (contrast: number) => 0.8 * contrast + 1

export class NearestSearch {
  private constructor(
    private readonly wordLength: number,
    private readonly measuring: Session,
    private readonly nearest: Session,
  ) {}

  static async open({wordLength, threads}: {wordLength: number; threads?: number | undefined}): Promise<NearestSearch> {
    const options = threads === undefined ? {} : {threads}
    const measuring = await openSession(buildMeasureGraph(wordLength), options)
    return new NearestSearch(wordLength, measuring, await openSession(buildNearestGraph(wordLength), options))
  }

  /** @param patches `[n, wordLength]`.  @param words `[V, wordLength]`. */
  async find(patches: Float32Array, words: Float32Array): Promise<NearestWords> {
    const count = patches.length / this.wordLength
    const sorted = await this.sortWords(words)
    const {brightness, squares} = await this.measure(patches)
    const found = {word: new BigInt64Array(count), distance: new Float32Array(count).fill(Number.POSITIVE_INFINITY)}
    const tensor = float32Tensor(patches, [count, this.wordLength])
    const search = async (block: Block) => {
      const {first, end} = block
      const result = await this.nearest.run({
        patches: tensor,
        rows: {type: 'int64', dims: [block.patches.length], data: BigInt64Array.from(block.patches, BigInt)},
        words: float32Tensor(this.slice(sorted.rows, first, end), [end - first, this.wordLength]),
      })
      const [word, score] = [result.word!.data as BigInt64Array, result.score!.data as Float32Array]
      for (const [row, patch] of block.patches.entries()) {
        found.word[patch] = BigInt(sorted.order[first + Number(word[row])]!)
        found.distance[patch] = Math.max(0, squares[patch]! - 2 * score[row]!)
      }
    }
    const all = Uint32Array.from({length: count}, (_, patch) => patch)
    const guesses = Float64Array.from(all, (patch) => {
      return guessRadius(Math.sqrt(Math.max(0, squares[patch]! - brightness[patch]! ** 2)))
    })
    const missed: number[] = []
    for (const block of planBlocks(all, brightness, guesses, sorted.brightness)) {
      await search(block)
      const {first, end} = block
      // The nearest words in brightness that were left out.
      const below = sorted.brightness[first - 1] ?? Number.NEGATIVE_INFINITY
      const above = sorted.brightness[end] ?? Number.POSITIVE_INFINITY
      for (const patch of block.patches) {
        const room = Math.max(0, Math.min(brightness[patch]! - below, above - brightness[patch]!))
        if (found.distance[patch]! > room ** 2) missed.push(patch)
      }
    }
    // What was found bounds what may be nearer: the second search looks at all words within it.
    const radii = Float64Array.from(found.distance, (distance) => Math.sqrt(distance))
    for (const block of planBlocks(Uint32Array.from(missed), brightness, radii, sorted.brightness)) await search(block)
    return found
  }

  async release(): Promise<void> {
    await Promise.all([this.measuring.release(), this.nearest.release()])
  }

  private async measure(rows: Float32Array): Promise<{brightness: Float64Array; squares: Float32Array}> {
    const count = rows.length / this.wordLength
    const {sum, square} = await this.measuring.run({rows: float32Tensor(rows, [count, this.wordLength])})
    const unit = 1 / Math.sqrt(this.wordLength)
    return {
      brightness: Float64Array.from(sum!.data as Float32Array, (value) => value * unit),
      squares: square!.data as Float32Array,
    }
  }

  private async sortWords(words: Float32Array): Promise<Sorted> {
    const {brightness} = await this.measure(words)
    const order = Uint32Array.from(brightness, (_, word) => word).sort(
      (a, b) => brightness[a]! - brightness[b]! || a - b,
    )
    const rows = new Float32Array(words.length)
    for (const [place, word] of order.entries()) rows.set(this.slice(words, word, word + 1), place * this.wordLength)
    return {rows, order, brightness: Float64Array.from(order, (word) => brightness[word]!)}
  }

  private slice(rows: Float32Array, first: number, end: number): Float32Array {
    return rows.subarray(first * this.wordLength, end * this.wordLength)
  }
}

/**
 * Puts patches of like radius and brightness together; each block names the run of words that lies within the largest
 * of its radii of any of its patches, at least one word.
 *
 * @param brightness of all patches, by patch.  @param radius likewise.  @param words brightness of the words, ascending.
 */
export function planBlocks(
  patches: Uint32Array,
  brightness: Float64Array,
  radius: Float64Array,
  words: Float64Array,
): Block[] {
  const group = (patch: number) => Math.floor(Math.log(Math.max(radius[patch]!, 1e-3)) / Math.log(RADIUS_STEP))
  const groups = new Map<number, number[]>()
  for (const patch of patches) {
    const key = group(patch)
    const members = groups.get(key)
    if (members) members.push(patch)
    else groups.set(key, [patch])
  }
  const blocks: Block[] = []
  for (const [, members] of [...groups].sort(([a], [b]) => a - b)) {
    members.sort((a, b) => brightness[a]! - brightness[b]! || a - b)
    for (let from = 0; from < members.length; from += BLOCK) {
      const block = Uint32Array.from(members.slice(from, from + BLOCK))
      const reach = block.reduce((largest, patch) => Math.max(largest, radius[patch]!), 0)
      const darkest = brightness[block[0]!]! - reach
      const brightest = brightness[block.at(-1)!]! + reach
      const end = Math.max(1, firstFrom(words, brightest, true))
      blocks.push({patches: block, first: Math.min(firstFrom(words, darkest, false), end - 1), end})
    }
  }
  return blocks
}

/** The first place of an ascending list that is at least `value`, or above it. */
function firstFrom(ascending: Float64Array, value: number, isAbove: boolean): number {
  let low = 0
  let high = ascending.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (ascending[middle]! > value || (!isAbove && ascending[middle]! === value)) high = middle
    else low = middle + 1
  }
  return low
}
