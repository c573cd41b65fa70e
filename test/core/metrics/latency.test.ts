import {expect, test} from 'vitest'
import {medianInterval, pooledMedianInterval, tailFraction} from '../../../src/core/metrics/bootstrap.js'
import {pairedRatio, summarizeLatency} from '../../../src/core/metrics/latency.js'
import {ascending, medianOf, quantileOf} from '../../../src/core/metrics/quantile.js'
import {golden} from './golden.js'

test('quantiles are those of numpy', () => {
  const {values, ...quantiles} = golden.quantiles
  for (const [fraction, expected] of Object.entries(quantiles))
    expect(quantileOf(ascending(values), Number(fraction))).toBeCloseTo(expected, 12)
  expect(medianOf([3])).toBe(3)
  expect(medianOf([4, 1, 3, 2])).toBe(2.5)
})

test.each(golden.tails)('the tail of $count values is that of scipy', ({count, tail}) => {
  expect(Math.abs(tailFraction(count) - tail)).toBeLessThan(2e-6)
})

test.each(golden.bootstrap)('the interval of a median is that of 400,000 resamples', ({values, low, high}) => {
  const interval = medianInterval(values, {resamples: 50_000})!
  // The ends sit far out in the tails, on one of few values: within a gap between neighbours.
  const spread = Math.max(...values) - Math.min(...values)
  expect(Math.abs(interval[0] - low)).toBeLessThan(0.03 * spread)
  expect(Math.abs(interval[1] - high)).toBeLessThan(0.03 * spread)
})

test('pooled samples are drawn block by block', () => {
  const {blocks, low, high} = golden.pooled
  const interval = pooledMedianInterval(blocks, {resamples: 20_000})!
  expect(Math.abs(interval[0] - low)).toBeLessThan(0.1)
  expect(Math.abs(interval[1] - high)).toBeLessThan(0.1)
  const [lowest, highest] = medianInterval(blocks.flat(), {resamples: 20_000})!
  expect(highest - lowest).toBeLessThan((interval[1] - interval[0]) / 1.5)
})

test('the same seed gives the same interval, another seed may not', () => {
  const {values} = golden.bootstrap[1]!
  expect(medianInterval(values, {seed: 5, resamples: 100})).toEqual(medianInterval(values, {seed: 5, resamples: 100}))
  expect(medianInterval(values, {seed: 5, resamples: 100})).not.toEqual(
    medianInterval(values, {seed: 6, resamples: 100}),
  )
})

test('one block alone has no interval', () => {
  expect(medianInterval([4])).toBeNull()
  expect(pooledMedianInterval([[1, 2, 3]])).toBeNull()
})

test('the summary, worked by hand', () => {
  // Sorted 1 2 3 4 10: p95 lies 0.8 of the way from 4 to 10.
  const {median, p95, mean, ci95} = summarizeLatency([
    [2, 1],
    [10, 4, 3],
  ])
  expect([median, mean]).toEqual([3, 4])
  expect(p95).toBeCloseTo(8.8, 12)
  // Two blocks: all draws of the first give 1.5, all of the second 4.
  expect(ci95).toEqual([1.5, 4])
})

test('ratios are taken within blocks, so a machine that halves its speed in between changes nothing', () => {
  const reference = [
    [10, 10.2],
    [20, 20.4],
    [10, 10.2],
    [20, 20.4],
  ]
  const faster = reference.map((block) => block.map((value) => value / 2))
  const {ratio, ci95} = pairedRatio(faster, reference)
  expect(ratio).toBeCloseTo(0.5, 12)
  for (const end of ci95!) expect(end).toBeCloseTo(0.5, 12)
})
