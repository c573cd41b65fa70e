import {expect, test} from 'vitest'
import {energyBetween, latestWatts, type Reading} from '../../../src/core/power/readings.js'

const watts = (...pairs: [number, number][]): Reading[] => pairs.map(([atMs, value]) => ({atMs, watts: value}))
const joules = (...pairs: [number, number][]): Reading[] => pairs.map(([atMs, value]) => ({atMs, joules: value}))

test('power that rises evenly: joules are the area below it, edges between readings included', () => {
  // 0 W at 0 s to 40 W at 4 s; from 1 s to 3 s a mean of 20 W.
  const readings = watts([0, 0], [1500, 15], [2500, 25], [4000, 40])
  expect(energyBetween(readings, 1000, 3000).joules).toBeCloseTo(40, 12)
  expect(energyBetween(readings, 0, 4000).joules).toBeCloseTo(80, 12)
  expect(energyBetween(readings, 1600, 1700).joules).toBeCloseTo(1.65, 12)
})

test('constant power does not depend on where the readings lie', () => {
  const readings = watts([0, 7], [13, 7], [900, 7], [2000, 7])
  expect(energyBetween(readings, 5, 1005).joules).toBeCloseTo(7, 12)
})

test('counted energy is the difference, shared evenly between readings', () => {
  const readings = joules([0, 100], [1000, 110], [2000, 150])
  expect(energyBetween(readings, 0, 2000).joules).toBe(50)
  expect(energyBetween(readings, 500, 1500)).toEqual({joules: 25, readings: 1, moves: 2, longestGapMs: 1000})
  // A hole within changes nothing; at an edge something has to be guessed.
  const holed = joules([0, 100], [10, 101], [900, 190], [910, 191], [1000, 200])
  expect(energyBetween(holed, 5, 905)).toMatchObject({joules: 90, longestGapMs: 10})
  expect(energyBetween(holed, 5, 500).longestGapMs).toBe(890)
  expect(energyBetween(watts([0, 5], [10, 5], [900, 5], [910, 5]), 5, 905).longestGapMs).toBe(890)
})

test('a count that stands still does not move', () => {
  expect(energyBetween(joules([0, 5], [10, 5], [20, 6], [30, 6]), 0, 30)).toMatchObject({joules: 1, moves: 1})
})

test('readings that do not reach over the window, fall, or mix kinds are refused', () => {
  expect(() => energyBetween(watts([10, 1], [20, 1]), 5, 15)).toThrow(/do not reach over/)
  expect(() => energyBetween(watts([0, 1], [10, 1]), 5, 15)).toThrow(/do not reach over/)
  expect(() => energyBetween([], 5, 15)).toThrow(/do not reach over/)
  expect(() => energyBetween(joules([0, 9], [10, 2]), 0, 10)).toThrow(/fell/)
  expect(() => energyBetween([...watts([0, 1]), ...joules([10, 1])], 0, 10)).toThrow(/mixed/)
})

test('power now is the last reading, or what the last two counts tell', () => {
  expect(latestWatts(watts([0, 3], [10, 4]))).toBe(4)
  expect(latestWatts(joules([0, 3], [500, 4]))).toBe(2)
  expect([latestWatts([]), latestWatts(joules([0, 3])), latestWatts(joules([5, 3], [5, 4]))]).toEqual([
    null,
    null,
    null,
  ])
})
