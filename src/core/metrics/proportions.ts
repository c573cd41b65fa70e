/** Shares of a count: how sure a share is, and whether two shares over the same things differ. */
import type {Interval} from './bootstrap.js'

const Z = 1.959963984540054

/**
 * Wilson's 95 % interval of `hits` of `count`.
 * @see Wilson, JASA 1927. Unlike hits ± 2 standard errors it stays within 0 to 1 and holds for few and for all.
 */
export function wilsonInterval(hits: number, count: number): Interval | null {
  if (count === 0) return null
  const share = hits / count
  const centre = (share + Z ** 2 / (2 * count)) / (1 + Z ** 2 / count)
  const half = (Z / (1 + Z ** 2 / count)) * Math.sqrt((share * (1 - share)) / count + Z ** 2 / (4 * count ** 2))
  return [Math.max(0, centre - half), Math.min(1, centre + half)]
}

/**
 * McNemar's exact test of two contestants over the same things: the two-sided chance that those on which they differ
 * fall so unevenly when neither is better.
 *
 * @param onlyFirst things the first got right and the second wrong, a count; @param onlySecond the other way round.
 */
export function mcnemarPValue(onlyFirst: number, onlySecond: number): number {
  const count = onlyFirst + onlySecond
  const least = Math.min(onlyFirst, onlySecond)
  // Logarithms of binomial terms: 2^-count alone is 0 from 1,075 things on.
  let logTerm = -count * Math.LN2
  let tail = Math.exp(logTerm)
  for (let hits = 1; hits <= least; hits += 1) {
    logTerm += Math.log(count - hits + 1) - Math.log(hits)
    tail += Math.exp(logTerm)
  }
  return Math.min(1, 2 * tail)
}

/**
 * The 95 % interval of the difference of two shares of different things, first less second.
 *
 * @param first hits and count, @param second hits and count; counts are above 0.
 * @see Newcombe, Statistics in Medicine 1998, method 10: Wilson's intervals of the two, joined.
 */
export function differenceInterval(
  [hits1, count1]: readonly [number, number],
  [hits2, count2]: readonly [number, number],
): Interval {
  const [share1, share2] = [hits1 / count1, hits2 / count2]
  const [low1, high1] = wilsonInterval(hits1, count1)!
  const [low2, high2] = wilsonInterval(hits2, count2)!
  const difference = share1 - share2
  return [
    difference - Math.hypot(share1 - low1, high2 - share2),
    difference + Math.hypot(high1 - share1, share2 - low2),
  ]
}
