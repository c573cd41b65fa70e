import {expect, test} from 'vitest'
import {evaluateCaptions} from '../../../src/index.js'
import {golden} from '../metrics/captions/golden.js'

test('captions as text: scores of the whole and of each image are those of pycocoevalcap', () => {
  const {images, ci95, ...whole} = evaluateCaptions(
    golden.sets.map(({caption}) => caption),
    golden.sets.map(({references}) => references),
  )
  expect(whole.bleu4).toBeCloseTo(golden.bleu[3]!, 9)
  expect(whole.cider).toBeCloseTo(golden.cider, 9)
  expect(ci95.rougeL![0]).toBeLessThan(golden.rougeL)
  for (const [index, {bleu, rougeL, cider}] of golden.images.entries()) {
    const {bleu1, bleu2, bleu3, bleu4, ...own} = images[index]!
    for (const [order, score] of [bleu1, bleu2, bleu3, bleu4].entries()) expect(score).toBeCloseTo(bleu[order]!, 9)
    expect(own.rougeL).toBeCloseTo(rougeL, 9)
    expect(own.cider).toBeCloseTo(cider, 9)
  }
})

for (const [title, captions, references, message] of [
  ['no caption', [], [], /0 captions and 0 lists .* the numbers differ or are 0/],
  ['a caption without references', ['a', 'b'], [['a'], []], /caption 2 has none/],
  ['too few lists', ['a', 'b'], [['a']], /caption 2 has none/],
  ['too many lists', ['a'], [['a'], ['b']], /1 captions and 2 lists .* differ/],
] as const)
  test(`${title} is refused`, () => {
    expect(() => evaluateCaptions(captions, references)).toThrow(message)
  })
