/**
 * ROUGE-L of one caption: how long a sequence of words, gaps allowed, it has in common with its references.
 *
 * @see Lin, ROUGE: A Package for Automatic Evaluation of Summaries, ACL workshop 2004, as the COCO caption evaluation
 *   (arXiv 1504.00325) applies it: precision and recall are each taken from the reference where they are best, which
 *   need not be the same one, and recall weighs more (β = 1.2).
 */

const BETA = 1.2

/**
 * (1 + β²)·p·r / (r + β²·p), 0 to 1, where p is the longest common subsequence over the caption's length and r over the
 * reference's; 0 without a common word. A set's score is the mean over its images.
 *
 * @param references at least one.
 */
export function rougeL(candidate: readonly string[], references: readonly (readonly string[])[]): number {
  const common = references.map((reference) => commonLength(candidate, reference))
  const precision = Math.max(...common.map((length) => length / Math.max(candidate.length, 1)))
  const recall = Math.max(...common.map((length, index) => length / Math.max(references[index]!.length, 1)))
  if (precision === 0 || recall === 0) return 0
  return ((1 + BETA ** 2) * precision * recall) / (recall + BETA ** 2 * precision)
}

/** Length of the longest common subsequence. */
function commonLength(a: readonly string[], b: readonly string[]): number {
  let above = new Uint32Array(b.length + 1)
  for (const word of a) {
    const row = new Uint32Array(b.length + 1)
    for (const [index, other] of b.entries()) {
      row[index + 1] = word === other ? above[index]! + 1 : Math.max(above[index + 1]!, row[index]!)
    }
    above = row
  }
  return above[b.length]!
}
