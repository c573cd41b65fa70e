/**
 * Bootstrap intervals: how far a median would wander if the same measurement were taken again.
 *
 * @see Hesterberg, What Teachers Should Know About the Bootstrap, The American Statistician 2015: percentile intervals
 *   of few values are too narrow, so their tails are moved outward as far as Student's t lies beyond the normal.
 */
import {seededRandom} from '../base/random.js'
import {quantileOf} from './quantile.js'

/** Low and high end of a 95 % interval. */
export type Interval = readonly [number, number]

export type BootstrapOptions = {
  readonly seed?: number
  /** Default 2,000. */
  readonly resamples?: number
}

/** Median of some values and its interval; null for fewer than two values, which tell nothing about their spread. */
export function medianInterval(values: readonly number[], options: BootstrapOptions = {}): Interval | null {
  return pooledMedianInterval(
    values.map((value) => [value]),
    options,
  )
}

/**
 * The interval of the median of all values together, when they were taken in blocks: values of one block share their
 * minute and their caches, so whole blocks are drawn.
 *
 * @returns null for fewer than two blocks.
 */
export function pooledMedianInterval(
  blocks: readonly (readonly number[])[],
  {seed = 0, resamples = 2000}: BootstrapOptions = {},
): Interval | null {
  const count = blocks.length
  if (count < 2) return null
  const random = seededRandom(seed)
  const sorted = blocks
    .flatMap((values, block) => values.map((value) => ({value, block})))
    .sort((a, b) => a.value - b.value)
  const values = Float64Array.from(sorted, ({value}) => value)
  const blockOf = Uint32Array.from(sorted, ({block}) => block)
  const lengths = blocks.map(({length}) => length)
  const medians = Float64Array.from({length: resamples}, () => {
    const draws = new Uint32Array(count)
    let total = 0
    for (let draw = 0; draw < count; draw += 1) {
      const block = Math.floor(random() * count)
      draws[block]! += 1
      total += lengths[block]!
    }
    return medianOfDraws(values, blockOf, draws, total)
  }).sort()
  const tail = tailFraction(count)
  return [quantileOf(medians, tail), quantileOf(medians, 1 - tail)]
}

/** The share left out at each end for a nominal 95 % with `count` values: 2.5 % for many, less for few. */
export function tailFraction(count: number): number {
  return normalTail(Math.sqrt(count / (count - 1)) * studentQuantile(count - 1))
}

/** The median of values of which each stands there as often as its block was drawn. */
function medianOfDraws(values: Float64Array, blockOf: Uint32Array, draws: Uint32Array, total: number): number {
  const lower = (total - 1) >> 1
  const upper = total >> 1
  let passed = 0
  let first = Number.NaN
  for (let index = 0; index < values.length; index += 1) {
    passed += draws[blockOf[index]!]!
    if (Number.isNaN(first) && passed > lower) first = values[index]!
    if (passed > upper) return (first + values[index]!) / 2
  }
  return first
}

/** 97.5 % of Student's t for 1 to 6 degrees of freedom, where the expansion below is not yet exact. */
const SMALL_T = [12.7062047, 4.3026527, 3.1824463, 2.7764451, 2.5705818, 2.4469119]
const Z = 1.959963985

/** The 97.5 % quantile of Student's t: the expansion in 1/degrees of Abramowitz & Stegun 26.7.5. */
function studentQuantile(degrees: number): number {
  const known = SMALL_T[degrees - 1]
  if (known !== undefined) return known
  const terms = [
    (Z ** 3 + Z) / 4,
    (5 * Z ** 5 + 16 * Z ** 3 + 3 * Z) / 96,
    (3 * Z ** 7 + 19 * Z ** 5 + 17 * Z ** 3 - 15 * Z) / 384,
    (79 * Z ** 9 + 776 * Z ** 7 + 1482 * Z ** 5 - 1920 * Z ** 3 - 945 * Z) / 92_160,
  ]
  return terms.reduce((sum, term, index) => sum + term / degrees ** (index + 1), Z)
}

/** The share of a normal distribution beyond `z` > 0: Abramowitz & Stegun 26.2.17, exact to 7.5e-8. */
function normalTail(z: number): number {
  const t = 1 / (1 + 0.2316419 * z)
  const series = t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))))
  return (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) * series
}
