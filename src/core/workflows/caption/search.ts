/** What greedy and beam search have in common: settings, their check, and one image's search step by step. */
import {checkCount, checkNumber} from '../../base/check.js'
import {UsageError} from '../../base/errors.js'
import type {TokenPenalties} from './token-penalties.js'

export type SearchSettings = TokenPenalties & {
  /** Sequences followed at a time; 1 is greedy search. */
  readonly beams: number
  /** Tokens of the longest sequence; start, prompt and end included. */
  readonly maxLength: number
  /** Exponent of the length a sequence's log-probability is divided by: above 0 favours long sequences, below 0 short. */
  readonly lengthPenalty: number
  /**
   * When the search of an image ends: `false` once no open beam looks able to beat the worst finished one, `true` once
   * there are as many finished sequences as beams, `never` once none can whatever its length.
   */
  readonly earlyStopping: boolean | 'never'
}

/** Those of `vwt caption`. */
export const DEFAULT_SETTINGS: SearchSettings = {
  beams: 3,
  maxLength: 20,
  minLength: 5,
  lengthPenalty: 1,
  repetitionPenalty: 1,
  noRepeatNgramSize: 0,
  earlyStopping: false,
}

export const MAX_BEAMS = 64

/** A token, and which of the rows before it follows. */
export type Continuation = {readonly id: number; readonly parent: number}

export type FoundSequence = {
  /** Start, prompt, and what was found, with the end token unless the length ran out before. */
  readonly ids: readonly number[]
  /** Sum of the log-probabilities of the tokens found, divided by their count to the power of the length penalty. */
  readonly score: number
}

/** The search over the continuations of one image. Rows are its open sequences: one at first, then one for each beam. */
export interface Search {
  readonly isDone: boolean
  /** The open sequence that looks best, for showing; the found one at the end. */
  readonly leading: readonly number[]
  /**
   * @param scores one row of the vocabulary for each open sequence, in their order; may be written to.
   * @returns the open sequences of the next step.
   * @throws {ModelError} a score is not a number.
   */
  advance(scores: readonly Float32Array[]): readonly Continuation[]
  /** What was found. Call when done. */
  readonly found: FoundSequence
}

/**
 * @param promptLength tokens of the start and the prompt.
 * @param maxPositions tokens the model can place.
 * @throws {UsageError} a setting is out of its range or contradicts another.
 */
export function checkSettings(
  settings: SearchSettings,
  {promptLength, maxPositions, vocabSize}: {promptLength: number; maxPositions: number; vocabSize: number},
): void {
  const {beams, maxLength, minLength, lengthPenalty, repetitionPenalty, noRepeatNgramSize} = settings
  checkCount('--beams', beams, {min: 1, max: Math.min(MAX_BEAMS, Math.floor(vocabSize / 4)), unit: 'sequences'})
  checkCount('--max-length', maxLength, {min: 2, max: maxPositions, unit: 'tokens'})
  checkCount('--min-length', minLength, {min: 0, max: maxPositions, unit: 'tokens'})
  checkNumber('--length-penalty', lengthPenalty, {min: -10, max: 10})
  checkNumber('--repetition-penalty', repetitionPenalty, {min: 0.01, max: 100})
  checkCount('--no-repeat-ngram-size', noRepeatNgramSize, {min: 0, max: maxPositions, unit: 'tokens'})
  if (minLength > maxLength) {
    throw new UsageError(
      `--min-length should be at most --max-length, but is ${minLength} where --max-length is ${maxLength}.`,
      {
        code: 'caption-length',
        suggestions: [`Lower --min-length to ${maxLength} or less, or raise --max-length to ${minLength} or more.`],
      },
    )
  }
  if (promptLength >= maxLength) {
    throw new UsageError(
      `The prompt takes ${promptLength} tokens with the start token, which leaves none of --max-length ${maxLength} for the caption.`,
      {
        code: 'prompt-length',
        suggestions: [
          promptLength < maxPositions
            ? `Raise --max-length above ${promptLength}, or shorten the prompt.`
            : `Shorten the prompt: the model takes ${maxPositions} tokens in all.`,
        ],
      },
    )
  }
}
