import {expect, test} from 'vitest'
import {type Classification, formatClassification} from '../../../src/core/report/classify.js'
import {PLAIN, widthOf} from '../../../src/core/report/text.js'

const tokens = {full: 197, used: 99}
const bird = {
  path: 'photos/bird.jpg',
  tokens,
  labels: [
    {label: 'bird', score: 0.75},
    {label: 'airplane', score: 0.25},
  ],
  ms: {load: 8.314, infer: 12.34},
}
const cat = {...bird, path: 'cat.png', labels: [{label: 'cat', score: 0.5}], ms: {load: 1, infer: 9.96}}
const lost = {path: 'lost.png', error: {code: 'image-missing', message: 'There is no image file lost.png.'}}
const result = (images: Classification['images']): Classification => ({
  model: 'mini',
  method: 'intra:0.5',
  device: 'cpu',
  images,
})

test('one image is shown in full: labels, bars, scores, tokens, times', () => {
  expect(formatClassification(result([bird]), PLAIN)).toBe(`photos/bird.jpg
  bird      ██████████████████        75.0 %
  airplane  ██████                    25.0 %
  99 of 197 tokens, 8.31 ms to load, 12.3 ms in the model
mini · intra:0.5 · cpu`)
})

test('several images are a table of best labels, and failed ones are counted', () => {
  expect(
    formatClassification(result([bird, lost, cat]), PLAIN),
  ).toBe(`image            label               score  tokens    ms
photos/bird.jpg  bird   ███████▌    75.0 %  99/197  12.3
cat.png          cat    █████       50.0 %  99/197  10.0
2 images, 1 failed · mini · intra:0.5 · cpu`)
})

test('nothing is shown when every image failed', () => {
  expect(formatClassification(result([lost]), PLAIN)).toBe('')
})

test('a result that stopped early says so', () => {
  expect(formatClassification({...result([bird, cat]), incomplete: true}, PLAIN)).toMatch(/stopped before the end$/)
})

for (const width of [40, 48, 60, 71, 72, 120]) {
  test(`at ${width} columns no line is wider`, () => {
    const long = {
      ...bird,
      path: 'a/rather/deep/folder/with/many/pictures/of/birds/over/water.jpg',
      labels: [{label: 'a label that is a sentence of its own', score: 0.9}],
    }
    for (const images of [[long], [long, cat, lost]]) {
      for (const line of formatClassification(result(images), {...PLAIN, width})
        .split('\n')
        .slice(0, -1)) {
        expect(widthOf(line.trimEnd())).toBeLessThanOrEqual(width)
      }
    }
  })
}
