/** Captions that a method wrote become its scores, held against base. */
import {type Share, shareOf} from '../../metrics/accuracy.js'
import type {Interval} from '../../metrics/bootstrap.js'
import {captionTokens} from '../../metrics/captions/ptb-tokens.js'
import {
  type CaptionMetric,
  captionDifferences,
  captionIntervals,
  type ImageScores,
  scoreCaptions,
  summarizeCaptions,
} from '../../metrics/captions/scores.js'
import type {BenchMention, BenchSet} from './set.js'

/** Captions of one method over the images that were read. */
export type SurveyedCaptions = {
  readonly texts: readonly string[]
  /** Null when nobody wrote anything of the images. */
  readonly scores: readonly ImageScores[] | null
  /** SPICE of each image, 0 to 1; null when it was not asked for or the tool gave none. */
  readonly spice: readonly number[] | null
}

/** BLEU, ROUGE-L and SPICE are 0 to 1, CIDEr (its variant D) 0 to 10; SPICE is null when it was not measured. */
export type CaptionFigures = Readonly<Record<CaptionMetric, number>> & {
  readonly spice: number | null
  /** By bootstrap over images; null for fewer than two. */
  readonly captionCi95: Readonly<Record<CaptionMetric, Interval | null>>
  /** The method's score less that of base over the same images, with paired intervals; null for base itself. */
  readonly captionsAgainstBase: Readonly<
    Record<CaptionMetric, {readonly difference: number; readonly ci95: Interval | null}>
  > | null
}

/** @param places of the images that the captions are of. */
export function scoreSurvey(
  {captions}: BenchSet,
  places: readonly number[],
  texts: readonly string[],
): SurveyedCaptions {
  const references = captions && places.map((place) => captions[place]!)
  return {texts, scores: references ? scoreCaptions(texts, references) : null, spice: null}
}

/** @param base those of base; undefined for base itself. @returns null without references. */
export function captionFigures(
  {scores, spice}: SurveyedCaptions,
  base: SurveyedCaptions | undefined,
  seed: number,
): CaptionFigures | null {
  if (!scores) return null
  return {
    ...summarizeCaptions(scores),
    spice: spice && spice.reduce((sum, score) => sum + score, 0) / spice.length,
    captionCi95: captionIntervals(scores, {seed}),
    captionsAgainstBase: base?.scores ? captionDifferences(scores, base.scores, {seed}) : null,
  }
}

/** How many captions name what they should, with Wilson's interval. */
export function mentionShares(texts: readonly string[], mentions: readonly BenchMention[]): Record<string, Share> {
  const tokens = texts.map((text) => new Set(captionTokens(text)))
  return Object.fromEntries(
    mentions.map(({name, words}) => [
      name,
      shareOf(tokens.map((own, image) => words[image]!.every((list) => list.some((word) => own.has(word))))),
    ]),
  )
}
