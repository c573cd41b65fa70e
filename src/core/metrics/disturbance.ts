/** Signs that a measurement was disturbed: values far from the others, and a machine that slows down or speeds up. */
import {ascending, medianOf, quantileOf} from './quantile.js'

export type Trend = {
  /** Change from the first to the last value along the trend, as a fraction of the median. */
  readonly changeFraction: number
  /** Two-sided chance of so much order in values without any trend (Kendall's test). */
  readonly pValue: number
}

/** The share of values more than three times the interquartile range above the upper quartile (Tukey: far out). */
export function farOutFraction(values: readonly number[]): number {
  const sorted = ascending(values)
  const upper = quantileOf(sorted, 0.75)
  const limit = upper + 3 * (upper - quantileOf(sorted, 0.25))
  return values.filter((value) => value > limit).length / values.length
}

/**
 * The trend of values in the order they were taken: slope as the median over all pairs (Theil, Sen), significance by
 * Kendall's exact test. Equal values count as half in order.
 *
 * @param values at least two, at most some hundreds: the work grows with the square.
 */
export function trendOf(values: readonly number[]): Trend {
  const count = values.length
  const slopes: number[] = []
  let falling = 0
  for (let i = 0; i < count; i += 1) {
    for (let j = i + 1; j < count; j += 1) {
      slopes.push((values[j]! - values[i]!) / (j - i))
      if (values[j]! < values[i]!) falling += 1
      if (values[j]! === values[i]!) falling += 0.5
    }
  }
  return {
    changeFraction: (medianOf(slopes) * (count - 1)) / medianOf(values),
    pValue: kendallPValue(count, falling),
  }
}

/** @param falling pairs out of order, of count · (count − 1) / 2. */
function kendallPValue(count: number, falling: number): number {
  const shares = inversionShares(count)
  const least = Math.floor(Math.min(falling, shares.length - 1 - falling))
  const tail = shares.slice(0, least + 1).reduce((sum, share) => sum + share, 0)
  return Math.min(1, 2 * tail)
}

/** For every number of pairs out of order, the share of all orders of `count` things that have it. */
function inversionShares(count: number): number[] {
  let shares = [1]
  for (let size = 2; size <= count; size += 1) {
    // The largest thing, put in place last, passes 0 to size − 1 others, each as likely.
    const next = new Array<number>(shares.length + size - 1).fill(0)
    for (const [pairs, share] of shares.entries()) {
      for (let passed = 0; passed < size; passed += 1) next[pairs + passed]! += share / size
    }
    shares = next
  }
  return shares
}
