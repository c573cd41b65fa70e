/** Runs of words, counted. */

/** Longest run that BLEU and CIDEr look at. */
export const MAX_ORDER = 4

/** How often each run of one length occurs; words are joined by a space, which no token contains. */
export type NgramCounts = ReadonlyMap<string, number>

/** Counts for runs of 1 to 4 words; entry 0 is for single words. */
export function countNgrams(tokens: readonly string[]): NgramCounts[] {
  return Array.from({length: MAX_ORDER}, (_, index) => {
    const counts = new Map<string, number>()
    for (let first = 0; first + index < tokens.length; first += 1) {
      const ngram = tokens.slice(first, first + index + 1).join(' ')
      counts.set(ngram, (counts.get(ngram) ?? 0) + 1)
    }
    return counts
  })
}
