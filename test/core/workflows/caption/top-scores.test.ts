import {expect, test} from 'vitest'
import {seededRandom} from '../../../../src/core/base/random.js'
import {applyPenalties} from '../../../../src/core/workflows/caption/token-penalties.js'
import {TopScores} from '../../../../src/core/workflows/caption/top-scores.js'

test('the best few of many rows are those a stable sort puts first, ties and all', () => {
  const random = seededRandom(3)
  for (let round = 0; round < 60; round += 1) {
    const size = 1 + Math.floor(random() * 12)
    const rows = Array.from({length: 1 + (round % 4)}, () => ({
      base: Math.fround(-40 * random()),
      // Few distinct values: ties are everywhere.
      values: Float32Array.from({length: 300}, () => -Math.floor(random() * 20) / 4),
    }))
    const best = new TopScores(size)
    for (const [row, {values, base}] of rows.entries()) best.offer(values, base, row)
    const expected = rows
      .flatMap(({values, base}, row) =>
        Array.from(values, (value, position) => ({score: Math.fround(value + base), row, position})),
      )
      .sort((a, b) => b.score - a.score)
      .slice(0, size)
    const found = Array.from(best.scores, (score, place) => ({
      score,
      row: best.rows[place],
      position: best.positions[place],
    }))
    expect(found).toEqual(expected)
  }
})

test('what is not a number is never kept, and told', () => {
  const best = new TopScores(2)
  best.offer(Float32Array.of(1, Number.NaN, 3, Number.NEGATIVE_INFINITY), 0, 0)
  expect([Array.from(best.scores), best.sawNaN]).toEqual([[3, 1], true])
})

test('sums that round to the same float32 are ties', () => {
  const best = new TopScores(1)
  // 2^24 + 1 is no float32: both sums are 16,777,216.
  best.offer(Float32Array.of(0, 1), 2 ** 24, 0)
  expect(best.positions[0]).toBe(0)
})

/** By hand, for the ids 3 4 3 4. */
test.each([
  ['repeats, each once', {repetitionPenalty: 2}, [1, 1, -1, 2, -4, 0]],
  ['runs of two that would appear again', {noRepeatNgramSize: 2}, [1, 1, -1, -Infinity, -2, 0]],
  ['any token that was there, as a run of one', {noRepeatNgramSize: 1}, [1, 1, -1, -Infinity, -Infinity, 0]],
  ['an end before the least length', {minLength: 5}, [1, -Infinity, -1, 4, -2, 0]],
  ['no end at the least length', {minLength: 4}, [1, 1, -1, 4, -2, 0]],
])('penalties forbid or lower %s', (_, change, expected) => {
  const scores = Float32Array.of(1, 1, -1, 4, -2, 0)
  applyPenalties(scores, [3, 4, 3, 4], 1, {minLength: 0, repetitionPenalty: 1, noRepeatNgramSize: 0, ...change})
  expect(Array.from(scores)).toEqual(expected)
})
