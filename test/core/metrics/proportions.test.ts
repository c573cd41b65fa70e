import {expect, test} from 'vitest'
import {differenceInterval} from '../../../src/core/metrics/proportions.js'

// The examples (a), (b), (d), (e) of Newcombe, Statistics in Medicine 1998;17:873–890, table II, method 10.
for (const [first, second, low, high] of [
  [[56, 70], [48, 80], 0.0524, 0.3339],
  [[9, 10], [3, 10], 0.1705, 0.809],
  [[5, 56], [0, 29], -0.0381, 0.1926],
  [[0, 10], [0, 10], -0.2775, 0.2775],
  [[10, 10], [0, 10], 0.6075, 1],
] as const) {
  test(`${first.join(' of ')} less ${second.join(' of ')} is ${low} to ${high}`, () => {
    const [from, to] = differenceInterval(first, second)
    expect(from).toBeCloseTo(low, 4)
    expect(to).toBeCloseTo(high, 4)
  })
}
