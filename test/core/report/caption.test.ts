import {expect, test} from 'vitest'
import {type Captions, formatCaptions} from '../../../src/core/report/caption.js'
import {PLAIN, widthOf} from '../../../src/core/report/text.js'

const one = (path: string, caption: string) => ({
  path,
  caption,
  score: -0.41234,
  tokens: {full: 577, used: 289},
  ms: {load: 8.25, encode: 90.5, decode: 140.25},
})
const BIRD = one('photos/bird.jpg', 'two red birds over water at night')
const DOG = one('dog.jpg', 'a photo of a dog')
const TORN = {path: 'torn.jpg', error: {code: 'image-damaged', message: 'torn'}}
const result = (images: Captions['images'], more: Partial<Captions> = {}): Captions => ({
  model: 'mini-caption',
  method: 'intra:0.5',
  device: 'cpu',
  images,
  ...more,
})

test('one image in full', () => {
  expect(formatCaptions(result([BIRD]), PLAIN)).toBe(`photos/bird.jpg
  two red birds over water at night
  289 of 577 tokens, 8.25 ms to load, 90.5 ms to see, 140 ms to write, score -0.412
mini-caption · intra:0.5 · cpu`)
})

test('several as a table where it fits, uncut in a file', () => {
  const table = `image            caption                             tokens     ms
photos/bird.jpg  two red birds over water at night  289/577  230.8
dog.jpg          a photo of a dog                   289/577  230.8
2 images, 1 failed · mini-caption · intra:0.5 · cpu`
  expect(formatCaptions(result([BIRD, TORN, DOG]), PLAIN)).toBe(table)
  expect(formatCaptions(result([BIRD, TORN, DOG]), {...PLAIN, width: 66})).toBe(table)
})

test('on 40 columns whole captions in a list, no line wider', () => {
  const long = one('a/very/long/path/to/some/photo/of/a/dog.jpg', `${'a dog and '.repeat(9)}a cat`)
  const text = formatCaptions(result([BIRD, long], {incomplete: true}), {...PLAIN, width: 40})
  for (const line of text.split('\n')) expect(widthOf(line)).toBeLessThanOrEqual(40)
  expect(text.replaceAll(/\s+/g, ' ')).toContain(long.caption)
  expect(text).toContain('photos/bird.jpg\n  two red birds over water at night\n')
  expect(text.replaceAll(/\s+/g, ' ')).toMatch(/stopped before the end$/)
})

test('nothing where no image could be read', () => {
  expect(formatCaptions(result([TORN]), PLAIN)).toBe('')
})
