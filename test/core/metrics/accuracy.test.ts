import {expect, test} from 'vitest'
import {groupShares, rankOfTruth, shareOf, worstGroup} from '../../../src/core/metrics/accuracy.js'
import {meanAveragePrecision} from '../../../src/core/metrics/average-precision.js'
import {paretoFront} from '../../../src/core/metrics/pareto.js'
import {mcnemarPValue, wilsonInterval} from '../../../src/core/metrics/proportions.js'
import {golden} from './golden.js'

test('top-1 and top-5 are those of scikit-learn', () => {
  const {scores, truth, top1, top5} = golden.topK
  const ranks = scores.map((row, image) => rankOfTruth(row, [truth[image]!]))
  expect(shareOf(ranks.map((rank) => rank < 1)).fraction).toBeCloseTo(top1, 12)
  expect(shareOf(ranks.map((rank) => rank < 5)).fraction).toBeCloseTo(top5, 12)
})

test('of equal scores the earlier label stands first, of several true labels the best-placed counts', () => {
  expect(rankOfTruth([1, 3, 3, 2], [2])).toBe(1)
  expect(rankOfTruth([1, 3, 3, 2], [1])).toBe(0)
  expect(rankOfTruth([1, 3, 3, 2], [0, 3])).toBe(2)
  expect(rankOfTruth([1, 3, 3, 2], [])).toBe(4)
})

test('groups and the worst of them, by hand', () => {
  const hits = [true, true, false, true, false, true]
  const groups = groupShares(hits, ['a', 'b', 'b', 'a', 'c', 'c'])
  expect(groups.map(({group, images, fraction}) => [group, images, fraction])).toEqual([
    ['a', 2, 1],
    ['b', 2, 0.5],
    ['c', 2, 0.5],
  ])
  expect(worstGroup(groups).group).toBe('b')
})

test.each(golden.wilson)('Wilson for $hits of $count is that of scipy', ({hits, count, low, high}) => {
  const interval = wilsonInterval(hits, count)!
  expect(interval[0]).toBeCloseTo(low, 9)
  expect(interval[1]).toBeCloseTo(high, 9)
})

test('of no images there is no interval', () => {
  expect(wilsonInterval(0, 0)).toBeNull()
})

test.each(golden.mcnemar)('McNemar for $first against $second is the binomial test of scipy', ({first, second, p}) => {
  expect(mcnemarPValue(first, second)).toBeCloseTo(p, 9)
  expect(mcnemarPValue(second, first)).toBeCloseTo(p, 9)
})

test('mean average precision is that of the paper to 1e-9, of scikit-learn to its 1e-8', () => {
  const {scores, truth, map, sklearn} = golden.averagePrecision
  const ours = meanAveragePrecision(scores, truth)!
  expect(Math.abs(ours - map)).toBeLessThan(1e-12)
  expect(Math.abs(ours - sklearn)).toBeLessThan(1e-8)
})

test('average precision by hand: hits at places 1 and 3 give (1 + 2/3) / 2', () => {
  const map = meanAveragePrecision([[0.9], [0.8], [0.7], [0.1]], [[0], [], [0], []])!
  expect(map).toBeCloseTo((1 + 2 / 3) / (2 + 1e-8), 12)
  expect(meanAveragePrecision([[0.9]], [[]])).toBeNull()
})

test('equal scores: the earlier image stands first', () => {
  expect(meanAveragePrecision([[0.5], [0.5]], [[0], []])!).toBeCloseTo(1, 7)
  expect(meanAveragePrecision([[0.5], [0.5]], [[], [0]])!).toBeCloseTo(0.5, 7)
})

test('the front: cheaper or better than every other, equals together', () => {
  const offers = [
    {cost: 10, gain: 0.9},
    {cost: 5, gain: 0.8},
    {cost: 6, gain: 0.8},
    {cost: 5, gain: 0.8},
    {cost: 12, gain: 0.9},
    {cost: 3, gain: 0.1},
  ]
  expect(paretoFront(offers)).toEqual([true, true, false, true, false, true])
})
