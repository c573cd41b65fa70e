/** How long a thing takes and how it compares, from samples taken in blocks. */
import {type BootstrapOptions, type Interval, medianInterval, pooledMedianInterval} from './bootstrap.js'
import {ascending, medianOf, quantileOf} from './quantile.js'

export type LatencySummary = {
  readonly median: number
  readonly p95: number
  readonly mean: number
  /** Of the median; null when there is one block only. */
  readonly ci95: Interval | null
}

export type PairedRatio = {
  /** Median over the blocks. */
  readonly ratio: number
  /** Null when there is one block only. */
  readonly ci95: Interval | null
}

/** @param blocks samples block by block, at least one; the unit is kept. */
export function summarizeLatency(
  blocks: readonly (readonly number[])[],
  options: BootstrapOptions = {},
): LatencySummary {
  const sorted = ascending(blocks.flat())
  return {
    median: quantileOf(sorted, 0.5),
    p95: quantileOf(sorted, 0.95),
    mean: sorted.reduce((sum, value) => sum + value, 0) / sorted.length,
    ci95: pooledMedianInterval(blocks, options),
  }
}

/**
 * How many times as long one contestant takes as another. Both were measured in every block, on the same images and
 * within seconds of each other, so what slows the machine for a while slows both: in each block the ratio of the
 * medians is taken.
 *
 * @param samples of the one and @param reference of the other, block by block, equally many blocks.
 */
export function pairedRatio(
  samples: readonly (readonly number[])[],
  reference: readonly (readonly number[])[],
  options: BootstrapOptions = {},
): PairedRatio {
  const ratios = samples.map((block, index) => medianOf(block) / medianOf(reference[index]!))
  return {ratio: medianOf(ratios), ci95: medianInterval(ratios, options)}
}
