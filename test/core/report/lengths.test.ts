import {expect, test} from 'vitest'
import {
  formatLengths,
  formatLengthsCsv,
  formatLengthsMarkdown,
  type LengthsReport,
} from '../../../src/core/report/lengths.js'
import {PLAIN} from '../../../src/core/report/text.js'

const spread = (mean: number) => ({count: 2, mean, std: 3.0625, min: mean - 4, max: mean + 4})
const lost = {path: 'x.png', error: {code: 'image-missing', message: 'There is no image file x.png.', suggestions: []}}
const result: LengthsReport = {
  model: 'mini',
  full: 197,
  sets: [
    {name: 'birds', images: 2, failed: [lost]},
    {name: 'photos', images: 0, failed: []},
  ],
  rows: [
    {
      vocab: null,
      words: null,
      source: null,
      method: 'intra:0.5',
      lengths: [
        {set: 'birds', tokens: {count: 2, mean: 99, std: 0, min: 99, max: 99}},
        {set: 'photos', tokens: null},
      ],
    },
    {
      vocab: 'photos-1000',
      words: 1000,
      source: '500 photos',
      method: 'inter:0.1',
      lengths: [
        {set: 'birds', tokens: spread(120.25)},
        {set: 'photos', tokens: null},
      ],
    },
  ],
}

test('a row for each vocabulary and method, a column for each set', () => {
  expect(formatLengths(result, PLAIN)).toBe(`vocabulary   words  method           birds  photos
–                –  intra:0.5   99.0 ± 0.0       –
photos-1000  1,000  inter:0.1  120.3 ± 3.1       –
Tokens that enter the encoder, of 197, mean ± standard deviation · birds 2 images, 1 failed · photos 0 images · mini`)
})

test('the Markdown is the same table', () => {
  expect(formatLengthsMarkdown(result)).toBe(`| vocabulary | words | method | birds | photos |
| --- | ---: | --- | ---: | ---: |
| – | – | intra:0.5 | 99.0 ± 0.0 | – |
| photos-1000 | 1,000 | inter:0.1 | 120.3 ± 3.1 | – |

Tokens that enter the encoder, of 197, mean ± standard deviation · birds 2 images, 1 failed · photos 0 images · mini
`)
})

test('the CSV has unrounded figures, and nothing where nothing was counted', () => {
  expect(formatLengthsCsv(result)).toBe(`vocab,words,method,set,images,tokens_full,mean,std,min,max
,,intra:0.5,birds,2,197,99,0,99,99
,,intra:0.5,photos,0,197,,,,
photos-1000,1000,inter:0.1,birds,2,197,120.25,3.0625,116.25,124.25
photos-1000,1000,inter:0.1,photos,0,197,,,,
`)
})

test('an early end is told', () => {
  expect(formatLengths({...result, incomplete: true}, PLAIN)).toMatch(/stopped before the end$/)
})
