/**
 * BLEU: which share of a caption's runs of 1 to 4 words stands in the references too, over a whole set of images.
 *
 * @see Papineni et al., BLEU: a Method for Automatic Evaluation of Machine Translation, ACL 2002, with the constants of
 *   the COCO caption evaluation (arXiv 1504.00325): nothing is smoothed, 1e-15 and 1e-9 keep divisions defined.
 */
import {countNgrams, MAX_ORDER, type NgramCounts} from './ngrams.js'

/** What BLEU needs to know of one image; those of several images are added up. Index 0 is for single words. */
export type BleuCounts = {
  /** Runs that the references have too, each at most as often as the reference that has it most often. */
  readonly matched: readonly number[]
  /** All runs of the caption. */
  readonly total: readonly number[]
  readonly candidateLength: number
  /** Words of the reference whose length is closest; of two as close the shorter. */
  readonly referenceLength: number
}

const TINY = 1e-15
const SMALL = 1e-9

/** @param references at least one. */
export function countBleu(candidate: readonly string[], references: readonly (readonly string[])[]): BleuCounts {
  const own = countNgrams(candidate)
  const theirs = references.map(countNgrams)
  const lengths = references.map(({length}) => length)
  return {
    matched: own.map((counts, order) =>
      countMatched(
        counts,
        theirs.map((reference) => reference[order]!),
      ),
    ),
    total: own.map((_, order) => Math.max(0, candidate.length - order)),
    candidateLength: candidate.length,
    referenceLength: lengths.reduce((best, length) => {
      const [distance, least] = [Math.abs(length - candidate.length), Math.abs(best - candidate.length)]
      return distance < least || (distance === least && length < best) ? length : best
    }),
  }
}

/** The sum over images. @param weights how often each counts; default once. */
export function addBleu(counts: readonly BleuCounts[], weights?: ArrayLike<number>): BleuCounts {
  const matched = new Array<number>(MAX_ORDER).fill(0)
  const total = new Array<number>(MAX_ORDER).fill(0)
  let candidateLength = 0
  let referenceLength = 0
  for (const [image, count] of counts.entries()) {
    const weight = weights ? weights[image]! : 1
    for (let order = 0; order < MAX_ORDER; order += 1) {
      matched[order]! += weight * count.matched[order]!
      total[order]! += weight * count.total[order]!
    }
    candidateLength += weight * count.candidateLength
    referenceLength += weight * count.referenceLength
  }
  return {matched, total, candidateLength, referenceLength}
}

/**
 * BLEU-1 to BLEU-4, 0 to 1: geometric mean of the shares up to that length, times exp(1 − 1/ratio) when the captions are
 * shorter than the references, by the ratio of both lengths.
 */
export function bleuScores({matched, total, candidateLength, referenceLength}: BleuCounts): number[] {
  const ratio = (candidateLength + TINY) / (referenceLength + SMALL)
  const brevity = ratio < 1 ? Math.exp(1 - 1 / ratio) : 1
  let product = 1
  return matched.map((count, order) => {
    product *= (count + TINY) / (total[order]! + SMALL)
    return product ** (1 / (order + 1)) * brevity
  })
}

function countMatched(own: NgramCounts, references: readonly NgramCounts[]): number {
  let matched = 0
  for (const [ngram, count] of own) {
    const most = references.reduce((highest, counts) => Math.max(highest, counts.get(ngram) ?? 0), 0)
    matched += Math.min(count, most)
  }
  return matched
}
