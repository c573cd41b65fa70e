import {expect, test} from 'vitest'
import {farOutFraction, trendOf} from '../../../src/core/metrics/disturbance.js'
import {golden} from './golden.js'

test.each(golden.trend)('trend and its chance are those of scipy: $change', ({values, p, change}) => {
  const trend = trendOf(values)
  expect(trend.pValue).toBeCloseTo(p, 10)
  expect(trend.changeFraction).toBeCloseTo(change, 10)
})

test('values that only rise: the chance is 2 of n!', () => {
  expect(trendOf([1, 2, 3, 4]).pValue).toBeCloseTo(2 / 24, 12)
  expect(trendOf([4, 3, 2, 1]).changeFraction).toBeCloseTo(-3 / 2.5, 12)
  expect(trendOf([5, 5, 5]).pValue).toBe(1)
})

test('far out is above the upper quartile by three interquartile ranges', () => {
  // Quartiles of 1..9 and 25: 3.25 and 7.75, so the limit is 7.75 + 3 · 4.5 = 21.25.
  expect(farOutFraction([1, 2, 3, 4, 5, 6, 7, 8, 9, 25])).toBe(0.1)
  expect(farOutFraction([1, 2, 3, 4, 5, 6, 7, 8, 9, 21])).toBe(0)
  expect(farOutFraction([7])).toBe(0)
})
