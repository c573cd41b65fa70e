import {readFileSync} from 'node:fs'
import {expect, test} from 'vitest'
import {ModelError} from '../../../src/core/base/errors.js'
import {parseBlipConfig} from '../../../src/core/models/blip-config.js'

type Section = Readonly<Record<string, unknown>>
type Golden = {name: string; raw: Section; resolved: {text: Section; vision: Section}}
/** Read by transformers' BlipConfig, see make_configs.py. */
const golden = JSON.parse(readFileSync('test/fixtures/blip/configs.json', 'utf8')) as Golden[]

const NAMES: Readonly<Record<string, string>> = {
  hidden_size: 'width',
  num_hidden_layers: 'layers',
  num_attention_heads: 'heads',
  intermediate_size: 'mlpWidth',
  hidden_act: 'activation',
  layer_norm_eps: 'layerNormEps',
  vocab_size: 'vocabSize',
  max_position_embeddings: 'maxPositions',
  bos_token_id: 'bosTokenId',
  sep_token_id: 'sepTokenId',
  pad_token_id: 'padTokenId',
  image_size: 'imageSize',
  patch_size: 'patchSize',
}

for (const {name, raw, resolved} of golden) {
  test(`a config is read as transformers reads it: ${name}`, () => {
    const {vision, text} = parseBlipConfig(raw, 'config.json')
    expect(vision).toEqual({...renamed(resolved.vision), headDim: vision.width / vision.heads})
    expect(text).toEqual({...renamed(resolved.text), headDim: text.width / text.heads})
  })
}

const refused: [string, Section, RegExp][] = [
  [
    'a model that answers questions',
    {architectures: ['BlipForQuestionAnswering']},
    /here.json is of a BLIP model for captions if it says BlipForConditionalGeneration, but it says BlipForQuestionAnswering/,
  ],
  [
    'an end beyond the vocabulary',
    {text_config: {vocab_size: 50}},
    /text_config.bos_token_id in here.json should be one id from 0 to 49/,
  ],
  [
    'an end that is a list',
    {text_config: {sep_token_id: [102]}},
    /text_config.sep_token_id in here.json should be one id/,
  ],
  [
    'patches that do not fill the image',
    {vision_config: {image_size: 380}},
    /vision_config.image_size in here.json should be a multiple/,
  ],
  [
    'an unknown activation',
    {text_config: {hidden_act: 'relu'}},
    /text_config.hidden_act in here.json should be one of quick_gelu, gelu/,
  ],
]
for (const [what, raw, message] of refused) {
  test(`${what} is refused with the field and the file`, () => {
    const parse = () => parseBlipConfig(raw, 'here.json')
    expect(parse).toThrow(ModelError)
    expect(parse).toThrow(message)
  })
}

function renamed(section: Section): Section {
  return Object.fromEntries(Object.entries(section).map(([key, value]) => [NAMES[key], value]))
}
