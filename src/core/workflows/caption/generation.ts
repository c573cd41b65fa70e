/** Token sequences from a decoder that scores next tokens: greedy or beam search over several images at once. */
import {checkInternal} from '../../base/check.js'
import {InterruptedError} from '../../base/errors.js'
import {BeamSearch} from './beam-search.js'
import {GreedySearch} from './greedy-search.js'
import type {FoundSequence, Search, SearchSettings} from './search.js'

/** What scores the next tokens. Rows are image-major: all sequences of the first image, then those of the second. */
export type NextTokenScores = {
  readonly vocabSize: number
  /**
   * @param ids tokens the rows go on with: at the first call the prompt, one row for each image; later one token for
   *   each of `beams` rows of each image.
   * @param parents row of the call before that each row continues; undefined at the first call.
   * @returns `[rows, vocabSize]`: raw logits for one beam, log-probabilities for more. May be written to until the next
   *   call.
   */
  step(ids: readonly (readonly number[])[], parents: readonly number[] | undefined): Promise<Float32Array>
}

export type GenerationRequest = {
  readonly imageCount: number
  /** Start token and prompt, the same for all images. */
  readonly prompt: readonly number[]
  readonly eosId: number
  /** Fed to rows whose image is done. */
  readonly padId: number
}

export type GenerationHooks = {
  /** Told after each step, for each image at work: its leading sequence so far, start and prompt included. */
  readonly onStep?: ((image: number, ids: readonly number[]) => void) | undefined
  readonly signal?: AbortSignal | undefined
}

/**
 * Searches for one sequence per image. Images have lengths of their own; one that is done waits for the others and
 * cannot change them.
 *
 * @throws {InterruptedError} the signal was aborted; it is looked at before every step.
 * @throws {ModelError} the scores are not numbers.
 */
export async function generate(
  scorer: NextTokenScores,
  {imageCount, prompt, eosId, padId}: GenerationRequest,
  settings: SearchSettings,
  {onStep, signal}: GenerationHooks = {},
): Promise<FoundSequence[]> {
  const Kind = settings.beams === 1 ? GreedySearch : BeamSearch
  const searches: Search[] = Array.from({length: imageCount}, () => new Kind(prompt, eosId, settings))
  let ids: readonly (readonly number[])[] = searches.map(() => prompt)
  let parents: readonly number[] | undefined
  let rowsPerImage = 1
  while (searches.some(({isDone}) => !isDone)) {
    if (signal?.aborted) throw new InterruptedError()
    const scores = await scorer.step(ids, parents)
    checkInternal(scores.length === ids.length * scorer.vocabSize, `${ids.length} rows gave ${scores.length} scores.`)
    const next = searches.map((search, image) => advance(search, image, scores, rowsPerImage, scorer.vocabSize, onStep))
    const before = rowsPerImage
    rowsPerImage = settings.beams
    const rows = next.flatMap((continuations, image) =>
      Array.from({length: rowsPerImage}, (_, beam) => {
        const {id, parent} = continuations[beam] ?? {id: padId, parent: Math.min(beam, before - 1)}
        return {id, parent: image * before + parent}
      }),
    )
    ids = rows.map(({id}) => [id])
    parents = rows.map(({parent}) => parent)
  }
  return searches.map(({found}) => found)
}

function advance(
  search: Search,
  image: number,
  scores: Float32Array,
  rows: number,
  vocabSize: number,
  onStep: GenerationHooks['onStep'],
): ReturnType<Search['advance']> {
  if (search.isDone) return []
  const first = image * rows
  const own = Array.from({length: rows}, (_, row) =>
    scores.subarray((first + row) * vocabSize, (first + row + 1) * vocabSize),
  )
  const next = search.advance(own)
  onStep?.(image, search.leading)
  return next
}
