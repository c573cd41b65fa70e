import {expect, test} from 'vitest'
import {isReassignmentDue, planReassignment} from '../../../src/core/vocab/reassign.js'

test('words below a hundredth of the largest weight are starved and start with the smallest of the others', () => {
  const weights = Float64Array.of(1000, 9, 10, 0, 400) // 10 is not below 1 % of 1000
  expect(planReassignment(weights, 100)).toEqual({starved: [1, 3], weight: 10})
})

test('at most half as many as there are patches: those of the smallest weight, the lower id first', () => {
  const weights = Float64Array.of(1000, 3, 0, 2, 0, 0)
  expect(planReassignment(weights, 6)).toEqual({starved: [2, 4, 5], weight: 2})
  expect(planReassignment(weights, 5)).toEqual({starved: [2, 4], weight: 0})
})

test('equal weights starve nobody', () => {
  expect(planReassignment(Float64Array.of(4, 4), 10)).toEqual({starved: [], weight: 4})
})

test('the search is due after ten patches a word, or while a word has none', () => {
  expect(isReassignmentDue(Float64Array.of(5, 5), 19)).toBe(false)
  expect(isReassignmentDue(Float64Array.of(5, 5), 20)).toBe(true)
  expect(isReassignmentDue(Float64Array.of(5, 0), 1)).toBe(true)
})
