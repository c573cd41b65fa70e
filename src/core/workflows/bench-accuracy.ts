/** Ranks of right labels become the accuracy of one method, held against base. */
import {type GroupShare, groupShares, shareOf, worstGroup} from '../metrics/accuracy.js'
import type {Interval} from '../metrics/bootstrap.js'
import {mcnemarPValue} from '../metrics/proportions.js'
import type {BenchSet} from './bench-set.js'
import type {Survey} from './bench-survey.js'

/** Fractions are 0 to 1. */
export type BenchAccuracy = {
  readonly images: number
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
  /** Other questions to the same images, such as the colour. */
  readonly tasks: Readonly<Record<string, {readonly top1: number; readonly ci95: Interval}>>
  /** Images that only one of the two gets right, with McNemar's exact test; null for base itself. */
  readonly againstBase: {readonly onlyBase: number; readonly onlyMethod: number; readonly pValue: number} | null
}

/** @param base survey of base over the same images; undefined for base itself. @returns null without labels. */
export function accuracyOf({tasks, groups}: BenchSet, survey: Survey, base: Survey | undefined): BenchAccuracy | null {
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
  }
}

function withTop1({group, images, fraction, ci95}: GroupShare) {
  return {group, images, top1: fraction, ci95}
}

function compareWith(base: Survey, hits: readonly boolean[]): BenchAccuracy['againstBase'] {
  const reference = base.tasks[0]!.ranks.map((rank) => rank === 0)
  const onlyBase = hits.filter((hit, index) => !hit && reference[index]).length
  const onlyMethod = hits.filter((hit, index) => hit && !reference[index]).length
  return {onlyBase, onlyMethod, pValue: mcnemarPValue(onlyBase, onlyMethod)}
}
