/** Starved words: which of them are given up for a patch, as scikit-learn's MiniBatchKMeans does it. */

export type Reassignment = {
  /** Words to be replaced by patches, ascending. */
  readonly starved: readonly number[]
  /** The weight they start again with. */
  readonly weight: number
}

/** A word is starved when its weight is below this fraction of the largest. */
export const REASSIGNMENT_RATIO = 0.01
/** Starved words are looked for whenever this many patches per word have gone by, or a word has none yet. */
const PATCHES_PER_WORD = 10

/** @param patchesSince patches since the last search, those of the step in hand included. */
export function isReassignmentDue(weights: Float64Array, patchesSince: number): boolean {
  return patchesSince >= PATCHES_PER_WORD * weights.length || weights.includes(0)
}

/**
 * Words whose weight is below `REASSIGNMENT_RATIO` of the largest, but at most half as many as the step has patches:
 * then those of the smallest weight, of equal ones the lower id. They start again with the smallest weight among the
 * others, lest they are starved at once.
 *
 * @param weights patches behind each word, after the step.
 */
export function planReassignment(weights: Float64Array, patchCount: number): Reassignment {
  const largest = weights.reduce((max, weight) => Math.max(max, weight), 0)
  const below = [...weights.keys()].filter((word) => weights[word]! < REASSIGNMENT_RATIO * largest)
  const limit = Math.floor(patchCount / 2)
  const starved =
    below.length <= limit
      ? below
      : below
          .sort((a, b) => weights[a]! - weights[b]! || a - b)
          .slice(0, limit)
          .sort((a, b) => a - b)
  const given = new Set(starved)
  const weight = weights.reduce((min, value, word) => (given.has(word) ? min : Math.min(min, value)), Infinity)
  return {starved, weight}
}
