/** The known word closest to a mistyped one. */

/** @returns the candidate within two edits (one for words of up to three letters), or undefined. */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  const limit = word.length <= 3 ? 1 : 2
  const ranked = candidates
    .map((candidate) => ({candidate, edits: editDistance(word.toLowerCase(), candidate.toLowerCase())}))
    .sort((a, b) => a.edits - b.edits)
  return ranked[0] && ranked[0].edits <= limit ? ranked[0].candidate : undefined
}

/** Levenshtein distance: insertions, deletions and substitutions. */
export function editDistance(a: string, b: string): number {
  let row = Array.from({length: b.length + 1}, (_, index) => index)
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i]
    for (let j = 1; j <= b.length; j += 1) {
      next[j] = Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1))
    }
    row = next
  }
  return row[b.length]!
}
