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
