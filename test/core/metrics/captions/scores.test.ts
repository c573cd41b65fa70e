import {expect, test} from 'vitest'
import {addBleu, bleuScores, countBleu} from '../../../../src/core/metrics/captions/bleu.js'
import {ciderD} from '../../../../src/core/metrics/captions/cider.js'
import {rougeL} from '../../../../src/core/metrics/captions/rouge.js'
import {
  captionDifferences,
  captionIntervals,
  scoreCaptions,
  scoreTokens,
  summarizeCaptions,
} from '../../../../src/core/metrics/captions/scores.js'
import {golden} from './golden.js'

const words = (text: string) => text.split(' ')

test('scores of the set and of each image are those of pycocoevalcap', () => {
  const images = scoreTokens(
    golden.tokens.map(({caption}) => caption),
    golden.tokens.map(({references}) => references),
  )
  const whole = summarizeCaptions(images)
  for (const [order, expected] of golden.bleu.entries())
    expect(Math.abs([whole.bleu1, whole.bleu2, whole.bleu3, whole.bleu4][order]! - expected)).toBeLessThan(1e-9)
  expect(Math.abs(whole.rougeL - golden.rougeL)).toBeLessThan(1e-9)
  expect(Math.abs(whole.cider - golden.cider)).toBeLessThan(1e-9)
  for (const [index, image] of golden.images.entries()) {
    const own = images[index]!
    for (const [order, score] of bleuScores(own.bleu).entries())
      expect(Math.abs(score - image.bleu[order]!)).toBeLessThan(1e-9)
    expect(Math.abs(own.rougeL - image.rougeL)).toBeLessThan(1e-9)
    expect(Math.abs(own.cider - image.cider)).toBeLessThan(1e-9)
  }
})

test('with our own tokens the scores stay within 0.002', () => {
  const whole = summarizeCaptions(
    scoreCaptions(
      golden.sets.map(({caption}) => caption),
      golden.sets.map(({references}) => references),
    ),
  )
  expect(Math.abs(whole.bleu4 - golden.bleu[3]!)).toBeLessThan(0.002)
  expect(Math.abs(whole.rougeL - golden.rougeL)).toBeLessThan(0.002)
  expect(Math.abs(whole.cider - golden.cider)).toBeLessThan(0.002)
})

test('BLEU of Papineni et al.: `the` seven times against two references counts twice', () => {
  const counts = countBleu(words('the the the the the the the'), [
    words('the cat is on the mat'),
    words('there is a cat on the mat'),
  ])
  expect([counts.matched[0], counts.total[0]]).toEqual([2, 7])
  // Lengths 6 and 7: the closest is 7, so nothing is taken for brevity.
  expect(counts.referenceLength).toBe(7)
  expect(bleuScores(counts)[0]).toBeCloseTo(2 / 7, 8)
})

test('BLEU by hand: two images, brevity by the lengths of both', () => {
  const first = countBleu(words('a red dog'), [words('a red dog runs'), words('a red')])
  // 3 words lie between 4 and 2: of two as close the shorter counts.
  expect(first.referenceLength).toBe(2)
  const second = countBleu(words('two cats'), [words('two cats sit there now')])
  const both = addBleu([first, second])
  expect([both.candidateLength, both.referenceLength]).toEqual([5, 7])
  // All 5 words and all 3 pairs match.
  expect(bleuScores(both)[1]).toBeCloseTo(Math.exp(1 - 7 / 5), 8)
  expect(bleuScores(addBleu([first, second], [2, 0]))[0]).toBeCloseTo(1, 8)
})

test('ROUGE-L by hand: precision and recall each from its best reference', () => {
  // `police kill the gunman` against `police killed the gunman`: 3 of 4 words in common (Lin 2004).
  expect(rougeL(words('police kill the gunman'), [words('police killed the gunman')])).toBeCloseTo(0.75, 12)
  // Against the long one p = 2/2, r = 2/4; against `a` p = 1/2, r = 1/1.
  expect(rougeL(words('a dog'), [words('a big brown dog'), words('a')])).toBeCloseTo(1, 12)
  expect(rougeL(words('a dog'), [words('the cat')])).toBe(0)
  expect(rougeL([], [words('the cat')])).toBe(0)
})

test('CIDEr-D by hand: two images, single words only', () => {
  // Every word stands for one of two images, so its weight is ln 2; `a` for both, so 0. The right caption is a vector
  // parallel to its reference in single words, and longer runs do not exist: (1 + 0 + 0 + 0) / 4 · 10.
  const scores = ciderD([['dog'], ['dog']], [[['dog']], [['cat']]])
  expect(scores[0]).toBeCloseTo(2.5, 12)
  expect(scores[1]).toBe(0)
  // `dog dog` has twice the weight, cut down to that of the reference: ln2·ln2 / (2·ln2 · ln2) = 1/2, and one pair of
  // words more costs exp(-1/72).
  expect(ciderD([['dog', 'dog'], ['cat']], [[['dog']], [['cat']]])[0]).toBeCloseTo(
    (10 / 4) * 0.5 * Math.exp(-1 / 72),
    12,
  )
  expect(ciderD([['dog']], [[['dog']]])).toEqual([0])
})

test('a caption without references is a fault of ours', () => {
  expect(() => scoreTokens([['a']], [[]])).toThrow(/references/)
  expect(() => scoreTokens([['a']], [])).toThrow(/references/)
})

test('intervals hold the score, narrow with more images, and repeat with the seed', () => {
  const images = scoreTokens(
    golden.tokens.map(({caption}) => caption),
    golden.tokens.map(({references}) => references),
  )
  const whole = summarizeCaptions(images)
  const few = captionIntervals(images.slice(0, 8), {resamples: 300})
  const all = captionIntervals(images, {resamples: 300})
  for (const metric of ['bleu4', 'rougeL', 'cider'] as const) {
    const [low, high] = all[metric]!
    expect(low).toBeLessThan(whole[metric])
    expect(high).toBeGreaterThan(whole[metric])
    expect(high - low).toBeLessThan(few[metric]![1] - few[metric]![0])
  }
  expect(captionIntervals(images, {resamples: 300})).toEqual(all)
  expect(captionIntervals(images.slice(0, 1)).cider).toBeNull()
})

test('the interval of a mean is that of the normal distribution for many images', () => {
  const [image] = scoreTokens([words('a dog')], [[words('a dog')]])
  const images = Array.from({length: 400}, (_, index) => ({...image!, cider: index % 2}))
  // Mean of 400 coins: 0.5 ± 1.96 · 0.5 / 20.
  const [low, high] = captionIntervals(images, {resamples: 1500}).cider!
  expect(low).toBeCloseTo(0.451, 2)
  expect(high).toBeCloseTo(0.549, 2)
})

test('differences are paired: a contestant who is always a little better is so surely', () => {
  const [image] = scoreTokens([words('a dog')], [[words('a dog')]])
  const base = Array.from({length: 50}, (_, index) => ({...image!, cider: index % 7}))
  const better = base.map((scores) => ({...scores, cider: scores.cider + 0.1}))
  const {difference, ci95} = captionDifferences(better, base, {resamples: 200}).cider
  expect(difference).toBeCloseTo(0.1, 9)
  for (const end of ci95!) expect(end).toBeCloseTo(0.1, 9)
})
