import {readFileSync} from 'node:fs'
import {resolve} from 'node:path'
import {expect, test} from 'vitest'
import {ModelError} from '../../../src/core/base/errors.js'
import {endPosition, parseClipConfig} from '../../../src/core/models/clip-config.js'
import {loadTokenizer} from '../../../src/core/models/tokenizer.js'
import {readInt64Tensor, readSafetensorsHeader} from '../../../src/core/weights/safetensors.js'
import {readClip} from './golden.js'

type Golden = {
  name: string
  raw: Record<string, unknown>
  resolved: {projection_dim: number; text: Record<string, unknown>; vision: Record<string, unknown>}
}
/** Read by transformers' CLIPConfig, see make_configs.py. */
const golden = JSON.parse(readFileSync('test/fixtures/clip/configs.json', 'utf8')) as Golden[]

for (const {name, raw, resolved} of golden) {
  test(`a config is read as transformers reads it: ${name}`, () => {
    const {vision, text, projectionDim} = parseClipConfig(raw, 'config.json')
    expect(projectionDim).toBe(resolved.projection_dim)
    for (const [tower, expected] of [
      [vision, resolved.vision],
      [text, resolved.text],
    ] as const) {
      expect([tower.width, tower.layers, tower.heads, tower.mlpWidth, tower.activation, tower.layerNormEps]).toEqual(
        [
          'hidden_size',
          'num_hidden_layers',
          'num_attention_heads',
          'intermediate_size',
          'hidden_act',
          'layer_norm_eps',
        ].map((key) => expected[key]),
      )
    }
    expect([vision.imageSize, vision.patchSize]).toEqual([resolved.vision.image_size, resolved.vision.patch_size])
    expect([text.vocabSize, text.maxPositions, text.eosTokenId]).toEqual(
      ['vocab_size', 'max_position_embeddings', 'eos_token_id'].map((key) => resolved.text[key]),
    )
    expect(text.eosRule).toBe(resolved.text.eos_token_id === 2 ? 'argmax' : 'first-eos')
  })
}

test('the golden cases hold both end-of-text rules, both activations and all patch sizes', () => {
  const read = golden.map(({raw}) => parseClipConfig(raw, 'config.json'))
  expect(new Set(read.map(({text}) => text.eosRule)).size).toBe(2)
  expect(new Set(read.map(({vision}) => vision.activation)).size).toBe(2)
  expect([...new Set(read.map(({vision}) => vision.patchSize))].sort()).toEqual([14, 16, 32])
})

const refused: Array<[string, object, RegExp]> = [
  [
    'heads that do not divide the width',
    {vision_config: {hidden_size: 100, num_attention_heads: 12}},
    /vision_config.num_attention_heads in here.json should divide hidden_size \(100\), but is 12/,
  ],
  [
    'a width that is text',
    {text_config: {hidden_size: '512'}},
    /text_config.hidden_size in here.json should be a whole number from 1 to 1000000, but is "512"/,
  ],
  ['no layers', {vision_config: {num_hidden_layers: 0}}, /from 1 to 1000, but is 0/],
  [
    'an activation of other models',
    {vision_config_dict: {hidden_act: 'gelu_new'}},
    /vision_config_dict.hidden_act in here.json should be one of quick_gelu, gelu, but is "gelu_new"/,
  ],
  [
    'an image that is no whole number of patches',
    {vision_config: {image_size: 225, patch_size: 16}},
    /image_size in here.json should be a multiple of patch_size \(16\), but is 225/,
  ],
  ['an oblong image', {vision_config: {image_size: [224, 336]}}, /same in height and width, but is \[224,336\]/],
  ['one channel', {vision_config: {num_channels: 1}}, /num_channels in here.json should be 3/],
  [
    'an end token outside the vocabulary',
    {text_config: {vocab_size: 100}},
    /eos_token_id in here.json should be one id from 0 to 99, but is missing/,
  ],
  ['two end tokens', {text_config: {eos_token_id: [1, 3]}}, /should be one id from 0 to 49407, but is \[1,3\]/],
  [
    'a negative epsilon',
    {text_config: {layer_norm_eps: -1}},
    /layer_norm_eps in here.json should be a number above 0, but is -1/,
  ],
  ['a tower that is a list', {text_config: []}, /text_config in here.json should be an object, but is \[\]/],
  ['no projection', {projection_dim: null}, /projection_dim in here.json should be a whole number .* but is null/],
]
for (const [title, change, message] of refused) {
  test(`a config with ${title} is refused with the field and the file`, () => {
    const parse = () => parseClipConfig({model_type: 'clip', ...change}, 'here.json')
    expect(parse).toThrow(ModelError)
    expect(parse).toThrow(message)
  })
}

// Worked by hand: the first of equal ids, padding behind the end.
test('the end of a text is its first end token, or in old configs its first highest id', () => {
  const {text} = parseClipConfig({text_config: {eos_token_id: 3, vocab_size: 100}}, 'config.json')
  expect(endPosition([1, 50, 60, 3, 3, 3], text)).toBe(3)
  expect(endPosition([1, 50, 60], text)).toBe(0)
  const old = {...text, eosTokenId: 2, eosRule: 'argmax'} as const
  expect(endPosition([1, 50, 60, 3, 3, 3], old)).toBe(2)
  expect(endPosition([98, 50, 2, 99, 99, 99], old)).toBe(3)
})

for (const name of ['patch16-f32', 'patch16-sharded-f16', 'patch32-legacy-bf16', 'patch14-f16']) {
  test(`${name}: the end of a text as written is where its attention mask ends`, async () => {
    const path = resolve('test/fixtures/clip', name)
    const model = await readClip(path)
    const tokenizer = await loadTokenizer(model.tokenizerFile, {maxLength: model.config.text.maxPositions})
    const {tensors, metadata} = await readSafetensorsHeader(`${path}/golden.safetensors`)
    const texts = JSON.parse(metadata.texts!) as string[]
    const length = tensors.get('input_ids')!.shape[1]!
    const ids = [...(await readInt64Tensor(tensors.get('input_ids')!))].map(Number)
    const mask = [...(await readInt64Tensor(tensors.get('attention_mask')!))].map(Number)
    for (const [row, text] of texts.entries()) {
      const padded = ids.slice(row * length, (row + 1) * length)
      const used = mask.slice(row * length, (row + 1) * length).reduce((sum, one) => sum + one, 0)
      expect(endPosition(padded, model.config.text), text).toBe(used - 1)
      expect(tokenizer.encode(text).ids).toEqual(padded.slice(0, used))
    }
  })
}
