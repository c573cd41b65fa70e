/**
 * CIDEr-D: how much a caption has in common with what people wrote for the same image, where a run of words weighs the
 * more the fewer images it was written for.
 *
 * @see Vedantam et al., CIDEr: Consensus-based Image Description Evaluation, CVPR 2015, arXiv 1411.5726, section 4.3,
 *   without stemming, as the COCO caption evaluation ran it. There the length of a caption is counted in pairs of words.
 */
import {countNgrams, MAX_ORDER, type NgramCounts} from './ngrams.js'

/** Width of the penalty on differing lengths, in pairs of words. */
const SIGMA = 6
const SCALE = 10

/** Weights of one text, by length of the run, with their Euclidean norm. */
type Vector = {
  readonly weights: readonly ReadonlyMap<string, number>[]
  readonly norms: readonly number[]
  readonly pairs: number
}

/**
 * The score of each image; that of the set is their mean. Weights of runs come from the references of exactly these
 * images, so a part of a set scores differently, and a single image scores 0.
 *
 * @param candidates one caption for each image.
 * @param references for each image at least one.
 * @returns 0 to 10 for each image.
 */
export function ciderD(
  candidates: readonly (readonly string[])[],
  references: readonly (readonly (readonly string[])[])[],
): number[] {
  const counted = references.map((texts) => texts.map(countNgrams))
  const imagesWith = countImages(counted)
  const logImages = Math.log(references.length)
  const toVector = (counts: readonly NgramCounts[]) => weigh(counts, imagesWith, logImages)
  return candidates.map((candidate, image) => {
    const own = toVector(countNgrams(candidate))
    const similarities = counted[image]!.map((counts) => similarity(own, toVector(counts)))
    return (SCALE * similarities.reduce((sum, value) => sum + value, 0)) / similarities.length
  })
}

/** For each run the number of images that have it in any of their references. */
function countImages(references: readonly (readonly (readonly NgramCounts[])[])[]): Map<string, number> {
  const images = new Map<string, number>()
  for (const texts of references) {
    const ngrams = new Set(texts.flatMap((orders) => orders.flatMap((counts) => [...counts.keys()])))
    for (const ngram of ngrams) images.set(ngram, (images.get(ngram) ?? 0) + 1)
  }
  return images
}

/** Occurrences times ln(images / images with the run); a run that no reference has counts as if one had it. */
function weigh(counts: readonly NgramCounts[], imagesWith: ReadonlyMap<string, number>, logImages: number): Vector {
  const weights = counts.map(
    (order) =>
      new Map([...order].map(([ngram, count]) => [ngram, count * (logImages - Math.log(imagesWith.get(ngram) ?? 1))])),
  )
  const norms = weights.map((order) => Math.sqrt([...order.values()].reduce((sum, weight) => sum + weight ** 2, 0)))
  return {weights, norms, pairs: [...counts[1]!.values()].reduce((sum, count) => sum + count, 0)}
}

/** Mean over the lengths of runs of the clipped cosine, with the penalty on length; 0 to 1. */
function similarity(own: Vector, other: Vector): number {
  let sum = 0
  for (let order = 0; order < MAX_ORDER; order += 1) {
    let product = 0
    for (const [ngram, weight] of own.weights[order]!) {
      const theirs = other.weights[order]!.get(ngram) ?? 0
      product += Math.min(weight, theirs) * theirs
    }
    const norm = own.norms[order]! * other.norms[order]!
    sum += norm === 0 ? product : product / norm
  }
  return (sum / MAX_ORDER) * Math.exp(-((own.pairs - other.pairs) ** 2) / (2 * SIGMA ** 2))
}
