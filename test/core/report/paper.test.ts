import {expect, test} from 'vitest'
import {formatPaper, formatPaperMarkdown} from '../../../src/core/report/paper.js'
import {PLAIN} from '../../../src/core/report/text.js'
import type {Paper} from '../../../src/core/workflows/paper/suite.js'

const spread = (mean: number, std: number, count = 3) => ({count, mean, std, min: mean - std, max: mean + std})
const none = {vocab: null, words: null}
const words = {vocab: 'photos-1000', words: 1000}

const paper: Paper = {
  model: 'mini',
  datasets: [{name: 'waterbirds', title: 'Waterbirds', folder: 'birds'}],
  missing: [{what: 'CelebA', reason: 'no folder has it.', cure: 'It comes from https://example.org.'}],
  lengths: [
    {
      dataset: 'waterbirds',
      title: 'Waterbirds',
      images: 5794,
      failed: [],
      full: 197,
      rows: [
        {...words, domain: 'in-domain', tokens: spread(80.25, 10.125)},
        {...words, domain: 'general', tokens: spread(120.5, 3)},
        {vocab: 'imagenet-10000', words: 10_000, domain: 'general', tokens: spread(99, 0, 1)},
      ],
    },
  ],
  accuracy: [
    {
      dataset: 'waterbirds',
      title: 'Waterbirds',
      failed: [],
      rows: [
        {
          ...none,
          method: 'base',
          tokens: 197,
          average: spread(0.8125, 0.0125),
          worstGroup: spread(0.5, 0.25),
          map: null,
          runs: [1, 2, 3].map((seed) => ({
            seed,
            images: 5794,
            tokens: 197,
            average: 0.8125,
            worstGroup: 0.5,
            map: 0.9,
          })),
        },
        {
          ...words,
          method: 'inter:0.1',
          tokens: 84.04,
          average: spread(0.75, 0),
          worstGroup: spread(0.25, 0),
          map: null,
          runs: [1, 2, 3].map((seed) => ({seed, images: 5794, tokens: 84, average: 0.75, worstGroup: 0.25, map: 0.9})),
        },
      ],
    },
    {
      dataset: 'openimages-rare',
      title: 'Open Images v6, rare tags',
      failed: [],
      rows: [
        {
          ...none,
          method: 'base',
          tokens: 197,
          average: null,
          worstGroup: null,
          map: 0.654_321,
          runs: [{seed: null, images: 21_991, tokens: 197, average: 0.5, worstGroup: null, map: 0.654_321}],
        },
      ],
    },
  ],
  captions: [
    {
      dataset: 'nocaps',
      title: 'NoCaps, validation',
      model: 'blip',
      failed: [],
      rows: [
        {
          ...none,
          method: 'intra:0.5',
          tokens: 289,
          images: 4500,
          bleu4: 0.3125,
          cider: 1.0625,
          spice: 0.25,
          domains: {'in-domain': {images: 2, bleu4: 0.5, cider: 1.25}, 'out-domain': {images: 2, bleu4: 0, cider: 0}},
        },
      ],
    },
  ],
}

test('three tables, then what is missing and where it comes from', () => {
  expect(
    formatPaper(paper, PLAIN),
  ).toBe(`Table 1 · tokens that enter the encoder, of 197, mean ± standard deviation over images
data set     words    in-domain      general
Waterbirds   1,000  80.3 ± 10.1  120.5 ± 3.0
Waterbirds  10,000            –         99.0

Table 2 · Waterbirds, 5,794 images, mini, mean ± standard deviation over seeds 1, 2, 3
method     words  tokens     average  worst group
base           –   197.0  81.3 ± 1.3  50.0 ± 25.0
inter:0.1  1,000    84.0  75.0 ± 0.0   25.0 ± 0.0

Table 2 · Open Images v6, rare tags, 21,991 images, mini
method  tokens   mAP
base     197.0  65.4

Table 3 · NoCaps, validation, 4,500 images, captions of blip
method     words  tokens  BLEU-4  CIDEr  SPICE  in-domain  out-domain
intra:0.5      –   289.0    31.3  106.3   25.0      125.0         0.0

Missing
CelebA: no folder has it. It comes from https://example.org.`)
})

test('the same in Markdown', () => {
  const text = formatPaperMarkdown(paper)
  expect(text).toContain('**Table 2 · Open Images v6, rare tags, 21,991 images, mini**\n\n| method | tokens | mAP |\n')
  expect(text).toContain('| inter:0.1 | 1,000 | 84.0 | 75.0 ± 0.0 | 25.0 ± 0.0 |\n')
  expect(text.endsWith('**Missing**\n\n- CelebA: no folder has it. It comes from https://example.org.\n')).toBe(true)
})
