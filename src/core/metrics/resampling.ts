/** Bootstrap over images: how far figures of a set would wander if other images had been drawn. */
import {seededRandom} from '../base/random.js'
import {type BootstrapOptions, type Interval, tailFraction} from './bootstrap.js'
import {quantileOf} from './quantile.js'

/** Resamples unless told; enough for the ends of an interval of 95 %. */
const RESAMPLES = 1000

/**
 * Percentile intervals of 95 % of several figures at once, from the same draws; widened for few images as in
 * `bootstrap.ts`.
 *
 * @param count images.
 * @param statistics the figures when image i counts `weights[i]` times; weights add up to `count`, and are overwritten
 *   after the call.
 * @returns one interval for each figure; null for fewer than two images.
 */
export function resampledInterval(
  count: number,
  statistics: (weights: Uint32Array) => readonly number[],
  {seed = 0, resamples = RESAMPLES}: BootstrapOptions = {},
): Interval[] | null {
  if (count < 2) return null
  const random = seededRandom(seed)
  const weights = new Uint32Array(count)
  const drawn: (readonly number[])[] = []
  for (let resample = 0; resample < resamples; resample += 1) {
    weights.fill(0)
    for (let draw = 0; draw < count; draw += 1) weights[Math.floor(random() * count)]! += 1
    drawn.push(statistics(weights))
  }
  const tail = tailFraction(count)
  return drawn[0]!.map((_, figure) => {
    const sorted = Float64Array.from(drawn, (figures) => figures[figure]!).sort()
    return [quantileOf(sorted, tail), quantileOf(sorted, 1 - tail)]
  })
}
