/** Accuracy of labels put in order: how often the right one is on top, over all images and in the worst group. */
import type {Interval} from './bootstrap.js'
import {wilsonInterval} from './proportions.js'

export type Share = {
  readonly images: number
  /** 0 to 1. */
  readonly fraction: number
  /** Wilson's interval of the fraction. */
  readonly ci95: Interval
}

export type GroupShare = Share & {readonly group: string}

/**
 * How many labels are placed before the best-placed true one: 0 when it is on top. Of equal scores the earlier label
 * is placed first.
 *
 * @param scores of all labels.
 * @param truth places of the true labels among them; without any, all labels are placed before.
 */
export function rankOfTruth(scores: ArrayLike<number>, truth: readonly number[]): number {
  const rankOf = (label: number) => {
    const score = scores[label]!
    let before = 0
    for (let other = 0; other < scores.length; other += 1) {
      if (scores[other]! > score || (scores[other] === score && other < label)) before += 1
    }
    return before
  }
  return Math.min(scores.length, ...truth.map(rankOf))
}

/** @param hits one per image; at least one. */
export function shareOf(hits: readonly boolean[]): Share {
  const right = hits.filter(Boolean).length
  return {images: hits.length, fraction: right / hits.length, ci95: wilsonInterval(right, hits.length)!}
}

/** The share of each group, in the order in which groups first occur. @param groups one per hit. */
export function groupShares(hits: readonly boolean[], groups: readonly string[]): GroupShare[] {
  return [...new Set(groups)].map((group) => ({group, ...shareOf(hits.filter((_, index) => groups[index] === group))}))
}

/** The group of the lowest share; of equal ones the first. @param groups at least one. */
export function worstGroup(groups: readonly GroupShare[]): GroupShare {
  return groups.reduce((worst, group) => (group.fraction < worst.fraction ? group : worst))
}
