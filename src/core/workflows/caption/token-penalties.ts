/** What generation forbids or makes dearer before it chooses a token: an early end, and saying the same again. */

export type TokenPenalties = {
  /** Tokens, start and prompt included, before which no sequence ends. */
  readonly minLength: number
  /** Above 1 repeats are less likely, below 1 more, 1 leaves the scores alone. */
  readonly repetitionPenalty: number
  /** No run of so many tokens appears twice; 0 for no such rule. */
  readonly noRepeatNgramSize: number
}

/**
 * Changes the scores of one row's next token, in place and in float32, as transformers does: repeated tokens first, then
 * repeated runs, then the early end.
 *
 * @param scores `[vocabulary]`; raw logits (greedy search) or log-probabilities (beam search).
 * @param ids the row's tokens so far, start and prompt included.
 */
export function applyPenalties(
  scores: Float32Array,
  ids: readonly number[],
  eosId: number,
  {minLength, repetitionPenalty, noRepeatNgramSize}: TokenPenalties,
): void {
  if (repetitionPenalty !== 1) penalizeRepeats(scores, ids, Math.fround(repetitionPenalty))
  if (noRepeatNgramSize > 0)
    for (const id of repeatingIds(ids, noRepeatNgramSize)) scores[id] = Number.NEGATIVE_INFINITY
  if (ids.length < minLength) scores[eosId] = Number.NEGATIVE_INFINITY
}

/** Each token once, however often it was said. */
function penalizeRepeats(scores: Float32Array, ids: readonly number[], penalty: number): void {
  for (const id of new Set(ids)) {
    const score = scores[id]
    // The id of a start token may lie behind the vocabulary.
    if (score !== undefined) scores[id] = score < 0 ? score * penalty : score / penalty
  }
}

/** Tokens that would complete a run that is there already. */
function repeatingIds(ids: readonly number[], size: number): number[] {
  const prefixStart = ids.length - size + 1
  const found: number[] = []
  for (let start = 0; start < prefixStart; start += 1) {
    let length = 0
    while (length < size - 1 && ids[start + length] === ids[prefixStart + length]) length += 1
    if (length === size - 1) found.push(ids[start + length]!)
  }
  return found
}
