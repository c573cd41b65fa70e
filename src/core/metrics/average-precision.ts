/** Mean average precision of tags: how far up the images that bear a tag stand when all are ordered by its score. */

/** What the VWT paper's evaluation adds to the number of positives. */
const EPSILON = 1e-8

/**
 * Mean over the tags that at least one image bears. For each tag the images are ordered by its score, highest first, of
 * equal ones the earlier; its average precision is the sum of the precisions at its images over their number + 1e-8.
 *
 * @param scores `[images][tags]`, comparable between images: cosines, not shares of a softmax.
 * @param truth places of the tags each image bears.
 * @returns null when no image bears any tag.
 */
export function meanAveragePrecision(
  scores: readonly ArrayLike<number>[],
  truth: readonly (readonly number[])[],
): number | null {
  const tags = [...new Set(truth.flat())]
  if (tags.length === 0) return null
  const precisions = tags.map((tag) => {
    const bears = truth.map((borne) => borne.includes(tag))
    const column = Float64Array.from(scores, (row) => row[tag]!)
    return averagePrecision(column, bears)
  })
  return precisions.reduce((sum, precision) => sum + precision, 0) / tags.length
}

function averagePrecision(scores: Float64Array, bears: readonly boolean[]): number {
  const order = Array.from(scores, (_, image) => image).sort((a, b) => scores[b]! - scores[a]! || a - b)
  let found = 0
  let sum = 0
  for (const [place, image] of order.entries()) {
    if (!bears[image]) continue
    found += 1
    sum += found / (place + 1)
  }
  return sum / (found + EPSILON)
}
