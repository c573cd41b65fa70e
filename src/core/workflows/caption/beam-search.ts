/** Beam search over one image's captions, equal to transformers' generate (5.23) to the token. */
import {BugError} from '../../base/errors.js'
import {notANumber} from './greedy-search.js'
import type {Continuation, FoundSequence, Search, SearchSettings} from './search.js'
import {applyPenalties} from './token-penalties.js'
import {TopScores} from './top-scores.js'

/** Below this no sequence is accepted: what transformers gives the places of sequences not found yet. */
const UNFOUND = -1e9

/** An open sequence and the sum of its log-probabilities, penalties included. */
type Beam = {readonly ids: readonly number[]; readonly score: number}

/**
 * Each step takes the `2 · beams` best continuations of all open sequences. Those among the first `beams` that end are
 * found; the best `beams` of the others stay open. All sums are float32, as there; of equal sums the lower beam, then
 * the lower id wins, which torch.topk leaves open.
 *
 * Images are searched apart, so one never changes another's caption: transformers goes on over a batch while any image
 * has work, but freezes those that are finished.
 */
export class BeamSearch implements Search {
  private open: readonly Beam[]
  /** Best first, at most `beams`. */
  private finished: readonly FoundSequence[] = []
  private canImprove = true
  private hasEnded = false

  constructor(
    private readonly prompt: readonly number[],
    private readonly eosId: number,
    private readonly settings: SearchSettings,
  ) {
    this.open = [{ids: prompt, score: 0}]
  }

  get isDone(): boolean {
    return this.hasEnded || !this.canImprove || (this.settings.earlyStopping === true && this.isFull)
  }

  get leading(): readonly number[] {
    return this.isDone ? this.found.ids : this.open[0]!.ids
  }

  /** @param logProbabilities `[open sequences][vocabulary]`, penalties not applied. */
  advance(logProbabilities: readonly Float32Array[]): readonly Continuation[] {
    const {beams, maxLength} = this.settings
    const candidates = this.candidates(logProbabilities)
    const length = this.open[0]!.ids.length + 1
    const ends = (place: number) => length >= maxLength || candidates.positions[place] === this.eosId
    const places = Array.from({length: candidates.count}, (_, place) => place)
    this.accept(
      places
        .slice(0, beams)
        .filter(ends)
        .map((place) => this.beamOf(candidates, place)),
      length,
    )
    const goOn = places.filter((place) => !ends(place)).slice(0, beams)
    this.hasEnded = goOn.length === 0
    if (this.hasEnded) return []
    this.open = goOn.map((place) => this.beamOf(candidates, place))
    this.canImprove &&= this.bestPossible(length) > this.worstFinished
    return goOn.map((place) => ({id: candidates.positions[place]!, parent: candidates.rows[place]!}))
  }

  get found(): FoundSequence {
    const [best] = this.finished
    if (!best) throw new BugError('The beam search ended and found nothing.')
    return best
  }

  private candidates(logProbabilities: readonly Float32Array[]): TopScores {
    const {beams} = this.settings
    const best = new TopScores(2 * beams)
    for (const [row, {ids, score}] of this.open.entries()) {
      const values = logProbabilities[row]!
      applyPenalties(values, ids, this.eosId, this.settings)
      best.offer(values, score, row)
    }
    if (best.sawNaN || best.count < 2 * beams) throw notANumber()
    return best
  }

  private beamOf({rows, positions, scores}: TopScores, place: number): Beam {
    return {ids: [...this.open[rows[place]!]!.ids, positions[place]!], score: scores[place]!}
  }

  /** Takes up sequences that just ended, where they are better than what is there; earlier ones win ties. */
  private accept(ended: readonly Beam[], length: number): void {
    const {beams, lengthPenalty} = this.settings
    const found = ended
      .map(({ids, score}) => ({ids, score: this.perLength(score, length, lengthPenalty)}))
      .filter(({score}) => score > UNFOUND)
    // The sort is stable.
    this.finished = [...this.finished, ...found].sort((a, b) => b.score - a.score).slice(0, beams)
  }

  private get isFull(): boolean {
    return this.finished.length === this.settings.beams
  }

  private get worstFinished(): number {
    return this.isFull ? this.finished.at(-1)!.score : UNFOUND
  }

  /** What the best open sequence could still reach, by the length it has or (`never`) the one that suits it best. */
  private bestPossible(length: number): number {
    const {earlyStopping, lengthPenalty, maxLength} = this.settings
    const reached = earlyStopping === 'never' && lengthPenalty > 0 ? maxLength : length
    return this.perLength(this.open[0]!.score, reached, lengthPenalty)
  }

  /** Start and prompt do not count. */
  private perLength(score: number, length: number, lengthPenalty: number): number {
    return Math.fround(score / Math.fround((length - this.prompt.length) ** lengthPenalty))
  }
}
