/** What a Hugging Face `config.json` says about a CLIP model, with the defaults that transformers fills in. */
import {ModelError} from '../base/errors.js'
import {Fields, isObject, type JsonObject} from './fields.js'

export type Activation = 'quick_gelu' | 'gelu'

export type TowerConfig = {
  /** Values per token. */
  readonly width: number
  readonly layers: number
  readonly heads: number
  /** `width / heads`, whole. */
  readonly headDim: number
  readonly mlpWidth: number
  readonly activation: Activation
  readonly layerNormEps: number
}

export type ClipVisionConfig = TowerConfig & {
  /** Side of the square input in pixels, a whole number of patches. */
  readonly imageSize: number
  /** Side of a square patch in pixels. */
  readonly patchSize: number
}

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
  readonly vision: ClipVisionConfig
  readonly text: ClipTextConfig
  /** Length of the embeddings both towers are projected to. */
  readonly projectionDim: number
}

const ACTIVATIONS: readonly Activation[] = ['quick_gelu', 'gelu']
const LEGACY_EOS_TOKEN_ID = 2
const VISION = {hidden_size: 768, num_hidden_layers: 12, num_attention_heads: 12, intermediate_size: 3072}
const TEXT = {hidden_size: 512, num_hidden_layers: 12, num_attention_heads: 8, intermediate_size: 2048}

/**
 * @param file path of the config, for messages.
 * @throws {ModelError} a field is of the wrong kind, or asks for what vwt does not compute.
 * @see transformers 5.23, CLIPConfig: a `text_config_dict` or `vision_config_dict`, completed by the defaults,
 *   replaces what `text_config` and `vision_config` say.
 */
export function parseClipConfig(config: JsonObject, file: string): ClipConfig {
  return {
    vision: parseVision(sectionOf(config, 'vision_config', file)),
    text: parseText(sectionOf(config, 'text_config', file)),
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

function sectionOf(config: JsonObject, section: string, file: string): Fields {
  for (const key of [`${section}_dict`, section]) {
    const values = config[key]
    if (values === undefined || values === null) continue
    if (!isObject(values)) throw new Fields(file, '', config).wrong(key, 'an object')
    return new Fields(file, key, values)
  }
  return new Fields(file, section, {})
}

function parseVision(fields: Fields): ClipVisionConfig {
  if (fields.count('num_channels', 3) !== 3) throw fields.wrong('num_channels', '3 (red, green, blue)')
  const imageSize = fields.side('image_size', 224)
  const patchSize = fields.side('patch_size', 32)
  if (imageSize % patchSize !== 0) {
    throw fields.wrong('image_size', `a multiple of patch_size (${patchSize})`)
  }
  return {...parseTower(fields, VISION), imageSize, patchSize}
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

function parseTower(fields: Fields, defaults: typeof VISION): TowerConfig {
  const width = fields.count('hidden_size', defaults.hidden_size)
  const heads = fields.count('num_attention_heads', defaults.num_attention_heads)
  if (width % heads !== 0) {
    throw new ModelError(
      `${fields.section}.num_attention_heads in ${fields.file} should divide hidden_size (${width}), but is ${heads}.`,
      {code: 'model-config'},
    )
  }
  return {
    width,
    layers: fields.count('num_hidden_layers', defaults.num_hidden_layers, 1000),
    heads,
    headDim: width / heads,
    mlpWidth: fields.count('intermediate_size', defaults.intermediate_size),
    activation: fields.choice('hidden_act', 'quick_gelu', ACTIVATIONS),
    layerNormEps: fields.positive('layer_norm_eps', 1e-5),
  }
}
