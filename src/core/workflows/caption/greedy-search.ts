/** Greedy search: the likeliest token each time, equal to transformers' generate with one beam. */
import {ModelError} from '../../base/errors.js'
import type {Continuation, FoundSequence, Search, SearchSettings} from './search.js'
import {applyPenalties} from './token-penalties.js'
import {TopScores} from './top-scores.js'

/**
 * Takes raw logits: penalties of repetition depend on their sign. Of equal logits the lower id wins. The score is over
 * the model's own probabilities, before penalties.
 */
export class GreedySearch implements Search {
  private ids: readonly number[]
  private logProbability = 0

  constructor(
    private readonly prompt: readonly number[],
    private readonly eosId: number,
    private readonly settings: SearchSettings,
  ) {
    this.ids = prompt
  }

  get isDone(): boolean {
    const {length} = this.ids
    return length > this.prompt.length && (this.ids.at(-1) === this.eosId || length >= this.settings.maxLength)
  }

  get leading(): readonly number[] {
    return this.ids
  }

  /** @param logits `[1][vocabulary]` */
  advance([logits]: readonly Float32Array[]): readonly Continuation[] {
    const total = logSumOfExp(logits!)
    const own = logits!.slice()
    applyPenalties(logits!, this.ids, this.eosId, this.settings)
    const best = new TopScores(1)
    best.offer(logits!, 0, 0)
    if (best.sawNaN || best.count === 0 || Number.isNaN(total)) throw notANumber()
    const id = best.positions[0]!
    this.logProbability += own[id]! - total
    this.ids = [...this.ids, id]
    return [{id, parent: 0}]
  }

  get found(): FoundSequence {
    const length = this.ids.length - this.prompt.length
    return {ids: this.ids, score: this.logProbability / length ** this.settings.lengthPenalty}
  }
}

export function notANumber(): ModelError {
  return new ModelError('The scores of the next token are not numbers.', {code: 'scores-not-finite'})
}

function logSumOfExp(values: Float32Array): number {
  let highest = Number.NEGATIVE_INFINITY
  for (const value of values) if (!(value <= highest)) highest = value
  let sum = 0
  for (const value of values) sum += Math.exp(value - highest)
  return highest + Math.log(sum)
}
