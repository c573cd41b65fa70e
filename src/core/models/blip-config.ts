/** What a Hugging Face `config.json` says about a BLIP captioning model, with the defaults that transformers fills in. */
import {ModelError} from '../base/errors.js'
import type {Fields, JsonObject} from './fields.js'
import {parseTower, parseVision, sectionOf, type TowerConfig, type VisionConfig} from './tower-config.js'

export type BlipTextConfig = TowerConfig & {
  readonly vocabSize: number
  /** Longest caption in tokens, the start token included. */
  readonly maxPositions: number
  /** Starts every caption: `[DEC]`. */
  readonly bosTokenId: number
  /** Ends every caption: `[SEP]`. What the config calls `eos_token_id` is not used for captions. */
  readonly sepTokenId: number
  /** Fills rows behind their end. */
  readonly padTokenId: number
}

export type BlipConfig = {
  readonly vision: VisionConfig
  /** The decoder. */
  readonly text: BlipTextConfig
}

const CAPTIONING = 'BlipForConditionalGeneration'
const SHARED = {
  hidden_size: 768,
  num_hidden_layers: 12,
  intermediate_size: 3072,
  hidden_act: 'gelu',
} as const
const VISION = {...SHARED, num_attention_heads: 12, layer_norm_eps: 1e-5, image_size: 384, patch_size: 16}
const TEXT = {...SHARED, num_attention_heads: 8, layer_norm_eps: 1e-12}

/**
 * @param file path of the config, for messages.
 * @throws {ModelError} a field is of the wrong kind or asks for what vwt does not compute, or the model is one of BLIP's
 *   others (question answering, retrieval).
 * @see transformers 5.23, BlipConfig.
 */
export function parseBlipConfig(config: JsonObject, file: string): BlipConfig {
  const {architectures} = config
  if (Array.isArray(architectures) && architectures.length > 0 && !architectures.includes(CAPTIONING)) {
    throw new ModelError(
      `${file} is of a BLIP model for captions if it says ${CAPTIONING}, but it says ${architectures}.`,
      {
        code: 'model-unsupported',
        suggestions: ['Take a captioning model, such as Salesforce/blip-image-captioning-base.'],
      },
    )
  }
  return {
    vision: parseVision(sectionOf(config, ['vision_config'], file), VISION),
    text: parseText(sectionOf(config, ['text_config'], file)),
  }
}

function parseText(fields: Fields): BlipTextConfig {
  const vocabSize = fields.count('vocab_size', 30_524, 10_000_000)
  return {
    ...parseTower(fields, TEXT),
    vocabSize,
    maxPositions: fields.count('max_position_embeddings', 512),
    bosTokenId: tokenId(fields, 'bos_token_id', 30_522, vocabSize),
    sepTokenId: tokenId(fields, 'sep_token_id', 102, vocabSize),
    padTokenId: tokenId(fields, 'pad_token_id', 0, vocabSize),
  }
}

function tokenId(fields: Fields, key: string, fallback: number, vocabSize: number): number {
  const id = fields.values[key] ?? fallback
  if (typeof id === 'number' && Number.isInteger(id) && id >= 0 && id < vocabSize) return id
  throw fields.wrong(key, `one id from 0 to ${vocabSize - 1}`)
}
