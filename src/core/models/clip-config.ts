/** What a Hugging Face `config.json` says about a CLIP model, with the defaults that transformers fills in. */
import {Fields, type JsonObject} from './fields.js'
import {parseTower, parseVision, sectionOf, type TowerConfig, type VisionConfig} from './tower-config.js'

export type ClipTextConfig = TowerConfig & {
  readonly vocabSize: number
  readonly maxPositions: number
  /** Id that ends a text; under the rule `argmax` the id itself is not looked at. */
  readonly eosTokenId: number
  /**
   * Which position is the text's: the first that holds `eosTokenId`, or, in configs from before transformers corrected
   * it (they say `eos_token_id: 2`), the first that holds the highest id of the sequence.
   */
  readonly eosRule: 'first-eos' | 'argmax'
}

export type ClipConfig = {
  readonly vision: VisionConfig
  readonly text: ClipTextConfig
  /** Length of the embeddings both towers are projected to. */
  readonly projectionDim: number
}

const LEGACY_EOS_TOKEN_ID = 2
const SHARED = {num_hidden_layers: 12, hidden_act: 'quick_gelu', layer_norm_eps: 1e-5} as const
const TEXT = {...SHARED, hidden_size: 512, num_attention_heads: 8, intermediate_size: 2048}
const VISION = {
  ...SHARED,
  hidden_size: 768,
  num_attention_heads: 12,
  intermediate_size: 3072,
  image_size: 224,
  patch_size: 32,
}

/**
 * @param file path of the config, for messages.
 * @throws {ModelError} a field is of the wrong kind, or asks for what vwt does not compute.
 * @see transformers 5.23, CLIPConfig: a `text_config_dict` or `vision_config_dict`, completed by the defaults,
 *   replaces what `text_config` and `vision_config` say.
 */
export function parseClipConfig(config: JsonObject, file: string): ClipConfig {
  return {
    vision: parseVision(sectionOf(config, ['vision_config_dict', 'vision_config'], file), VISION),
    text: parseText(sectionOf(config, ['text_config_dict', 'text_config'], file)),
    projectionDim: new Fields(file, '', config).count('projection_dim', 512),
  }
}

/**
 * The position whose feature stands for a text. `ids` may be padded behind its end.
 *
 * @returns 0 when nothing ends the text, as transformers has it.
 */
export function endPosition(ids: readonly number[], {eosRule, eosTokenId}: ClipTextConfig): number {
  const end = eosRule === 'argmax' ? Math.max(...ids) : eosTokenId
  return Math.max(0, ids.indexOf(end))
}

function parseText(fields: Fields): ClipTextConfig {
  const vocabSize = fields.count('vocab_size', 49_408, 10_000_000)
  const listed = fields.values.eos_token_id
  const eosTokenId = listed === undefined ? 49_407 : Array.isArray(listed) && listed.length === 1 ? listed[0] : listed
  if (!Number.isInteger(eosTokenId) || eosTokenId < 0 || eosTokenId >= vocabSize) {
    throw fields.wrong('eos_token_id', `one id from 0 to ${vocabSize - 1}`)
  }
  return {
    ...parseTower(fields, TEXT),
    vocabSize,
    maxPositions: fields.count('max_position_embeddings', 77),
    eosTokenId,
    eosRule: eosTokenId === LEGACY_EOS_TOKEN_ID ? 'argmax' : 'first-eos',
  }
}
