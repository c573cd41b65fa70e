import {expect, test} from 'vitest'
import {formatModelInfo, formatModelList} from '../../../src/core/report/models.js'
import {PLAIN} from '../../../src/core/report/text.js'
import type {ModelInfo} from '../../../src/core/workflows/models.js'

const mini = {
  name: 'mini',
  source: 'bundled',
  path: '/vwt/models/mini',
  usable: true,
  problem: null,
  kind: 'clip',
  parameters: 5_432_100,
  bytes: 10_900_000,
} as const
const broken = {
  ...mini,
  name: 'org/broken',
  source: 'vwt',
  path: '/data/org/broken',
  usable: false,
  problem: 'It is cut.',
  kind: null,
  parameters: null,
  bytes: null,
} as const
const places = [
  {source: 'bundled', path: '/vwt/models', exists: true},
  {source: 'vwt', path: '/data', exists: false},
] as const

test('usable models are a table, damaged ones say what is wrong, places say whether they exist', () => {
  expect(
    formatModelList({models: [mini, broken], places}, PLAIN),
  ).toBe(`model  kind  parameters     size  from     folder
mini   clip   5,432,100  10.9 MB  bundled  /vwt/models/mini

Not usable
  ✗ org/broken  It is cut. (/data/org/broken)

Looked in
  bundled  /vwt/models
  vwt      /data, not there yet`)
})

test('without a model the list says so', () => {
  expect(formatModelList({models: [], places: []}, PLAIN)).toMatch(/^No model is at hand\.\n/)
})

const tower = {width: 256, layers: 8, heads: 4, mlpWidth: 1024, activation: 'quick_gelu'} as const
const info: ModelInfo = {
  name: 'mini',
  kind: 'clip',
  source: 'bundled',
  path: '/vwt/models/mini',
  bytes: 10_900_000,
  parameters: 5000,
  dtypes: {F16: 5000},
  vision: {...tower, imageSizePx: 224, patchSizePx: 16, grid: [14, 14], tokens: 197},
  text: {...tower, vocabularySize: 1234, maxTokens: 32},
  projection: 256,
  labels: ['cat', 'dog'],
  prompt: 'a photo of a {}',
  preprocessing: {
    name: 'CLIPImageProcessor',
    sourceCrop: null,
    resize: {shortestEdge: 224},
    filter: 'bicubic',
    crop: {width: 224, height: 224},
    rescaleFactor: 1 / 255,
    mean: [0.5, 0.5, 0.5],
    std: [0.5, 0.5, 0.5],
    output: {width: 224, height: 224},
  },
  files: [{name: 'config.json', bytes: 1111}],
}

test('a model is described with its sequence length worked out', () => {
  expect(formatModelInfo(info, PLAIN)).toBe(`  model          mini
  folder         /vwt/models/mini (bundled)
  kind           clip
  parameters     5,000, stored as F16, 10.9 MB
  image          224 px in patches of 16 px: 14 × 14 + class token = 197 tokens
  vision tower   8 layers, width 256, 4 heads, MLP 1024, quick_gelu
  text tower     8 layers, width 256, 4 heads, MLP 1024, quick_gelu, up to 32 tokens of 1,234
  embedding      256 values
  preprocessing  CLIPImageProcessor: resize to shorter edge 224 (bicubic), centre crop 224 × 224
  labels         cat, dog
  prompt         a photo of a {}
  files          config.json 1.1 kB`)
})

test('mixed storage and missing labels are told', () => {
  const text = formatModelInfo({...info, dtypes: {F16: 4000, F32: 1000}, labels: null, prompt: null}, PLAIN)
  expect(text).toContain('stored as 4,000 F16 and 1,000 F32')
  expect(text).toContain('none of its own: give --labels')
  expect(text).not.toContain('prompt')
})
