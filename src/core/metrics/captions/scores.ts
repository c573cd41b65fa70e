/** Captions held against what people wrote: BLEU, ROUGE-L and CIDEr-D of a set of images, with intervals. */
import {checkInternal} from '../../base/check.js'
import type {BootstrapOptions, Interval} from '../bootstrap.js'
import {resampledInterval} from '../resampling.js'
import {addBleu, type BleuCounts, bleuScores, countBleu} from './bleu.js'
import {ciderD} from './cider.js'
import {captionTokens} from './ptb-tokens.js'
import {rougeL} from './rouge.js'

/** What each image adds; scores of the set follow from them. */
export type ImageScores = {
  readonly bleu: BleuCounts
  /** 0 to 1. */
  readonly rougeL: number
  /** 0 to 10, weighed by the references of the whole set. */
  readonly cider: number
}

/** BLEU over the whole set, the others as means over images. BLEU and ROUGE-L 0 to 1, CIDEr-D 0 to 10. */
export type CaptionScores = Readonly<Record<CaptionMetric, number>>

export const CAPTION_METRICS = ['bleu1', 'bleu2', 'bleu3', 'bleu4', 'rougeL', 'cider'] as const
export type CaptionMetric = (typeof CAPTION_METRICS)[number]

/**
 * Scores of each image, in their order.
 *
 * @param captions one for each image, as text.
 * @param references what people wrote, for each image at least one.
 * @throws {BugError} there are not as many reference lists as captions, or one is empty.
 */
export function scoreCaptions(captions: readonly string[], references: readonly (readonly string[])[]): ImageScores[] {
  return scoreTokens(
    captions.map(captionTokens),
    references.map((texts) => texts.map(captionTokens)),
  )
}

/** As `scoreCaptions`, of texts that are tokens already. */
export function scoreTokens(
  captions: readonly (readonly string[])[],
  references: readonly (readonly (readonly string[])[])[],
): ImageScores[] {
  checkInternal(
    captions.length === references.length && references.every((texts) => texts.length > 0),
    `Every caption should have references, but ${captions.length} captions have ${references.length} lists, or one is empty.`,
  )
  const cider = ciderD(captions, references)
  return captions.map((caption, image) => ({
    bleu: countBleu(caption, references[image]!),
    rougeL: rougeL(caption, references[image]!),
    cider: cider[image]!,
  }))
}

/** The scores of the set. @param images at least one. @param weights how often each image counts; default once. */
export function summarizeCaptions(images: readonly ImageScores[], weights?: ArrayLike<number>): CaptionScores {
  const [bleu1, bleu2, bleu3, bleu4] = bleuScores(
    addBleu(
      images.map(({bleu}) => bleu),
      weights,
    ),
  )
  return {
    bleu1: bleu1!,
    bleu2: bleu2!,
    bleu3: bleu3!,
    bleu4: bleu4!,
    rougeL: meanOf(images, ({rougeL}) => rougeL, weights),
    cider: meanOf(images, ({cider}) => cider, weights),
  }
}

/** Bootstrap intervals over images; a CIDEr-D keeps the weights of words that the whole set gave. */
export function captionIntervals(
  images: readonly ImageScores[],
  options: BootstrapOptions = {},
): Readonly<Record<CaptionMetric, Interval | null>> {
  return intervalsOf(images.length, (weights) => summarizeCaptions(images, weights), options)
}

/**
 * How far one contestant lies above another over the same images, with intervals: both are drawn together, so what is
 * hard for both does not widen them.
 */
export function captionDifferences(
  images: readonly ImageScores[],
  base: readonly ImageScores[],
  options: BootstrapOptions = {},
): Readonly<Record<CaptionMetric, {readonly difference: number; readonly ci95: Interval | null}>> {
  const differences = (weights?: ArrayLike<number>) => {
    const own = summarizeCaptions(images, weights)
    const theirs = summarizeCaptions(base, weights)
    return byMetric((metric) => own[metric] - theirs[metric])
  }
  const whole = differences()
  const intervals = intervalsOf(images.length, differences, options)
  return byMetric((metric) => ({difference: whole[metric], ci95: intervals[metric]}))
}

function intervalsOf(
  count: number,
  statistics: (weights: Uint32Array) => CaptionScores,
  options: BootstrapOptions,
): Readonly<Record<CaptionMetric, Interval | null>> {
  const intervals = resampledInterval(
    count,
    (weights) => {
      const scores = statistics(weights)
      return CAPTION_METRICS.map((metric) => scores[metric])
    },
    options,
  )
  return byMetric((_, index) => intervals?.[index] ?? null)
}

function byMetric<T>(pick: (metric: CaptionMetric, index: number) => T): Record<CaptionMetric, T> {
  return Object.fromEntries(CAPTION_METRICS.map((metric, index) => [metric, pick(metric, index)])) as Record<
    CaptionMetric,
    T
  >
}

function meanOf(
  images: readonly ImageScores[],
  pick: (image: ImageScores) => number,
  weights?: ArrayLike<number>,
): number {
  let sum = 0
  for (const [index, image] of images.entries()) sum += (weights ? weights[index]! : 1) * pick(image)
  return sum / images.length
}
