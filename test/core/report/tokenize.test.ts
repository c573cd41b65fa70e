import {expect, test} from 'vitest'
import {PLAIN, widthOf} from '../../../src/core/report/text.js'
import {
  fateOf,
  formatTokenization,
  formatTokenizationCsv,
  type TokenizationReport,
} from '../../../src/core/report/tokenize.js'

// Six patches: 0 and 3 share a token, as do 4 and 5; 1 stands alone; 2 was dropped. With the class token: 4 tokens.
const short = {
  path: 'short.png',
  grid: [2, 3],
  tokens: {full: 7, used: 4, perLayer: [6, 4]},
  patches: [0, 1, -1, 0, 2, 2],
} as const
const long = {
  ...short,
  path: 'lo,ng.png',
  tokens: {full: 7, used: 7, perLayer: [7, 7]},
  patches: [0, 1, 2, 3, 4, 5],
} as const
const lost = {path: 'lost.png', error: {code: 'image-missing', message: 'There is no "lost.png".', suggestions: []}}
const result = (images: TokenizationReport['images']): TokenizationReport => ({
  model: 'mini',
  method: 'intra:0.2+tome:2',
  vocab: null,
  images,
  summary: {count: 2, mean: 5.5, std: 2.1213, min: 4, max: 7},
})

test('dropped patches are counted, and groups of two or more', () => {
  expect(fateOf(short.patches)).toEqual({dropped: 1, mergedGroups: 2})
  expect(fateOf(long.patches)).toEqual({dropped: 0, mergedGroups: 0})
  expect(fateOf([-1, -1])).toEqual({dropped: 2, mergedGroups: 0})
})

test('several images are a table with the spread, the shortest and the longest below', () => {
  expect(
    formatTokenization(result([short, lost, long]), PLAIN),
  ).toBe(`image       grid  full  used  dropped  merged groups
short.png  2 × 3     7     4        1              2
lo,ng.png  2 × 3     7     7        0              0
5.5 ± 2.1 tokens, shortest 4 (short.png), longest 7 (lo,ng.png)
2 images, 1 failed · mini · intra:0.2+tome:2`)
})

test('one image tells its layers where they differ, and no spread', () => {
  const summary = {count: 1, mean: 4, std: 0, min: 4, max: 4}
  const report = {...result([short]), method: 'inter:0.1', vocab: 'photos-100', summary}
  expect(formatTokenization(report, PLAIN).split('\n').slice(1)).toEqual([
    'short.png  2 × 3     7     4        1              2',
    'layer by layer: 6 4 tokens',
    'mini · inter:0.1 · photos-100',
  ])
  expect(formatTokenization({...report, images: [long]}, PLAIN)).not.toContain('layer')
})

test('equal lengths have no shortest', () => {
  const summary = {count: 2, mean: 7, std: 0, min: 7, max: 7}
  expect(formatTokenization({...result([long, long]), summary}, PLAIN)).toContain('\n7.0 ± 0.0 tokens\n')
})

test('nothing is shown when every image failed, and an early end is told', () => {
  expect(formatTokenization({...result([lost]), summary: null}, PLAIN)).toBe('')
  expect(formatTokenization({...result([short, long]), incomplete: true}, PLAIN)).toMatch(/stopped before the end$/)
})

test('at 60 columns no line is wider', () => {
  const deep = {...short, path: 'a/rather/deep/folder/with/many/pictures/of/birds/over/water.jpg'}
  for (const line of formatTokenization(result([deep, long]), {...PLAIN, width: 60}).split('\n'))
    expect(widthOf(line)).toBeLessThanOrEqual(60)
})

test('the CSV has a row for each image, lists parted by spaces, failures with their reason', () => {
  expect(formatTokenizationCsv(result([short, lost, long]))).toBe(
    `path,grid_rows,grid_columns,tokens_full,tokens_used,dropped,merged_groups,tokens_per_layer,patches,error_code,error_message
short.png,2,3,7,4,1,2,6 4,0 1 -1 0 2 2,,
lost.png,,,,,,,,,image-missing,"There is no ""lost.png""."
"lo,ng.png",2,3,7,7,0,0,7 7,0 1 2 3 4 5,,
`,
  )
})
