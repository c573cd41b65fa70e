/** Visual words as methods look patches up in them. */
import {float32Tensor, type Tensor} from '../base/tensor.js'

/**
 * Words as rows of length 1, float32 `[V, 3·P·P]`, each number the sum of two. Words can be so close together that what
 * rounding takes from them decides which of two a patch is nearer to.
 */
export type UnitWords = {
  /** Rounded to float32. */
  readonly unit: Tensor
  /** What rounding left out. */
  readonly rest: Tensor
}

/** @param words `[V, wordLength]`, of any length; a word of zeros stays zero. */
export function unitWords(words: Float32Array, wordLength: number): UnitWords {
  const unit = new Float32Array(words.length)
  const rest = new Float32Array(words.length)
  for (let first = 0; first < words.length; first += wordLength) {
    let squares = 0
    for (let at = first; at < first + wordLength; at += 1) squares += words[at]! ** 2
    if (squares === 0) continue
    const length = Math.sqrt(squares)
    for (let at = first; at < first + wordLength; at += 1) {
      const exact = words[at]! / length
      unit[at] = exact
      rest[at] = exact - unit[at]!
    }
  }
  const dims = [words.length / wordLength, wordLength]
  return {unit: float32Tensor(unit, dims), rest: float32Tensor(rest, dims)}
}
