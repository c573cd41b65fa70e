/** Captions of any origin, scored as `vwt bench` scores them. */
import {UsageError} from '../base/errors.js'
import type {Interval} from '../metrics/bootstrap.js'
import {bleuScores} from '../metrics/captions/bleu.js'
import {
  type CaptionMetric,
  type CaptionScores,
  captionIntervals,
  scoreCaptions,
  summarizeCaptions,
} from '../metrics/captions/scores.js'

export type EvaluatedCaptions = CaptionScores & {
  /** Bootstrap intervals of 95 % over images; null for fewer than two. */
  readonly ci95: Readonly<Record<CaptionMetric, Interval | null>>
  /** Of each caption by itself; CIDEr still weighs words by the references of all. */
  readonly images: readonly CaptionScores[]
}

/**
 * BLEU-1 to BLEU-4 and ROUGE-L from 0 to 1, CIDEr-D from 0 to 10, as the COCO caption evaluation defines them.
 *
 * @param references for each caption what people wrote, at least one.
 * @param options.seed of the intervals.
 * @throws {UsageError} `captions-invalid`: there is no caption, or one has no reference.
 */
export function evaluateCaptions(
  captions: readonly string[],
  references: readonly (readonly string[])[],
  {seed = 0}: {readonly seed?: number} = {},
): EvaluatedCaptions {
  const without = captions.findIndex((_, index) => !references[index]?.length)
  if (captions.length === 0 || captions.length !== references.length || without >= 0) {
    throw new UsageError(
      `Every caption should have one reference or more, but of ${captions.length} captions and ${references.length} lists of references ${without < 0 ? 'the numbers differ or are 0' : `caption ${without + 1} has none`}.`,
      {code: 'captions-invalid'},
    )
  }
  const images = scoreCaptions(captions, references)
  return {
    ...summarizeCaptions(images),
    ci95: captionIntervals(images, {seed}),
    images: images.map(({bleu, rougeL, cider}) => {
      const [bleu1, bleu2, bleu3, bleu4] = bleuScores(bleu)
      return {bleu1: bleu1!, bleu2: bleu2!, bleu3: bleu3!, bleu4: bleu4!, rougeL, cider}
    }),
  }
}
