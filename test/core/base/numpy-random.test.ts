/** Golden: test/fixtures/random/numpy.json, written by make_numpy.py from NumPy itself. */
import {readFileSync} from 'node:fs'
import {expect, test} from 'vitest'
import {NumpyRandom} from '../../../src/core/base/numpy-random.js'

const golden = JSON.parse(readFileSync('test/fixtures/random/numpy.json', 'utf8'))

test('permutations are those of RandomState', () => {
  for (const {seed, count, order} of golden.permutations) {
    expect(new NumpyRandom(seed).permutation(count)).toEqual(order)
  }
})

test('and stay so when the state is renewed', () => {
  for (const {seed, first, last, weighted} of golden.long) {
    const order = new NumpyRandom(seed).permutation(5000)
    expect([order.slice(0, 8), order.slice(-8)]).toEqual([first, last])
    expect(order.reduce((sum, value, place) => sum + value * place, 0)).toBe(weighted)
  }
})

test('a stream goes on where the last permutation ended', () => {
  for (const {seed, first, second} of golden.shuffled) {
    const random = new NumpyRandom(seed)
    const labels = [0, 0, 0, 1, 1, 2, 2, 2]
    expect(random.permutation(8).map((place) => labels[place])).toEqual(first)
    const others = [0, 1, 2, 0, 1]
    expect(random.permutation(5).map((place) => others[place])).toEqual(second)
  }
})
