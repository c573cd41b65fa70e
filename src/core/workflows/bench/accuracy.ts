/** Ranks of right labels, or captions, become the accuracy of one method, held against base. */
import {type GroupShare, groupShares, shareOf, worstGroup} from '../../metrics/accuracy.js'
import type {Interval} from '../../metrics/bootstrap.js'
import {mcnemarPValue} from '../../metrics/proportions.js'
import {type CaptionFigures, captionFigures, mentionShares, type SurveyedCaptions} from './caption-scores.js'
import type {BenchSet} from './set.js'
import type {Survey} from './survey.js'

/** What was not asked for is null: of captions top-1 and its like, of labels BLEU and its like. */
export type BenchAccuracy = AccuracyOfAny & Nullable<LabelFigures> & Nullable<CaptionFigures>

export type LabelAccuracy = AccuracyOfAny & LabelFigures & {readonly [Name in keyof CaptionFigures]: null}
export type CaptionAccuracy = AccuracyOfAny & CaptionFigures & {readonly [Name in keyof LabelFigures]: null}

type Nullable<Figures> = {readonly [Name in keyof Figures]: Figures[Name] | null}

type AccuracyOfAny = {
  readonly images: number
  /** Other questions to the same images, such as the colour; of captions, what they name. */
  readonly tasks: Readonly<Record<string, {readonly top1: number; readonly ci95: Interval}>>
}

/** Fractions are 0 to 1. */
type LabelFigures = {
  /** The best label is right. With several right labels one of them is enough. */
  readonly top1: number
  readonly top1Ci95: Interval
  /** A right label is among the best five; null when there are five labels or fewer. */
  readonly top5: number | null
  /** Least top-1 of a group; null when the images have no groups. */
  readonly worstGroup: number | null
  readonly groups:
    | readonly {readonly group: string; readonly images: number; readonly top1: number; readonly ci95: Interval}[]
    | null
  /** Mean average precision over the labels, by cosine. */
  readonly map: number | null
  /** Images that only one of the two gets right, with McNemar's exact test; null for base itself. */
  readonly againstBase: {readonly onlyBase: number; readonly onlyMethod: number; readonly pValue: number} | null
}

/** Figures of an accuracy that is not about labels. */
const NO_LABELS = {
  top1: null,
  top1Ci95: null,
  top5: null,
  worstGroup: null,
  groups: null,
  map: null,
  againstBase: null,
} satisfies Record<keyof LabelFigures, null>
/** Figures of an accuracy that is not about captions. */
export const NO_CAPTIONS = {
  bleu1: null,
  bleu2: null,
  bleu3: null,
  bleu4: null,
  rougeL: null,
  cider: null,
  spice: null,
  captionCi95: null,
  captionsAgainstBase: null,
} satisfies Record<keyof CaptionFigures, null>

/**
 * @param set of the images of the survey.
 * @param base survey of base over the same images; undefined for base itself.
 * @param seed of bootstrap intervals.
 * @returns null without labels and without captions to compare with.
 */
export function accuracyOf(set: BenchSet, survey: Survey, base: Survey | undefined, seed = 0): BenchAccuracy | null {
  if (survey.captions) return captionAccuracyOf(set, survey.captions, base?.captions, seed)
  return labelAccuracyOf(set, survey, base)
}

/** The figure that methods are compared by: top-1, of captions CIDEr. */
export function mainFigure(accuracy: BenchAccuracy): number {
  return accuracy.top1 ?? accuracy.cider!
}

function captionAccuracyOf(
  {mentions = []}: BenchSet,
  captions: SurveyedCaptions,
  base: SurveyedCaptions | undefined,
  seed: number,
): CaptionAccuracy | null {
  const figures = captionFigures(captions, base, seed)
  if (!figures) return null
  const shares = Object.entries(mentionShares(captions.texts, mentions))
  return {
    images: captions.texts.length,
    ...NO_LABELS,
    ...figures,
    tasks: Object.fromEntries(shares.map(([name, {fraction, ci95}]) => [name, {top1: fraction, ci95}])),
  }
}

/** As `accuracyOf`, of labels. */
export function labelAccuracyOf(
  {tasks, groups}: BenchSet,
  survey: Survey,
  base: Survey | undefined,
): LabelAccuracy | null {
  const [main, ...others] = survey.tasks.map(({ranks}) => ranks.map((rank) => rank === 0))
  if (!main) return null
  const {images, fraction, ci95} = shareOf(main)
  const {ranks, map} = survey.tasks[0]!
  const shares = groups ? groupShares(main, groups) : null
  return {
    images,
    top1: fraction,
    top1Ci95: ci95,
    top5: tasks[0]!.labels.length > 5 ? shareOf(ranks.map((rank) => rank < 5)).fraction : null,
    worstGroup: shares ? worstGroup(shares).fraction : null,
    groups: shares?.map(withTop1) ?? null,
    map,
    tasks: Object.fromEntries(
      others.map((hits, index) => {
        const share = shareOf(hits)
        return [tasks[index + 1]!.name, {top1: share.fraction, ci95: share.ci95}]
      }),
    ),
    againstBase: base ? compareWith(base, main) : null,
    ...NO_CAPTIONS,
  }
}

function withTop1({group, images, fraction, ci95}: GroupShare) {
  return {group, images, top1: fraction, ci95}
}

function compareWith(base: Survey, hits: readonly boolean[]): NonNullable<LabelAccuracy['againstBase']> {
  const reference = base.tasks[0]!.ranks.map((rank) => rank === 0)
  const onlyBase = hits.filter((hit, index) => !hit && reference[index]).length
  const onlyMethod = hits.filter((hit, index) => hit && !reference[index]).length
  return {onlyBase, onlyMethod, pValue: mcnemarPValue(onlyBase, onlyMethod)}
}
