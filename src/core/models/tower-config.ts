/** What a Hugging Face `config.json` says about a transformer tower, with the defaults that transformers fills in. */
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

export type VisionConfig = TowerConfig & {
  /** Side of the square input in pixels, a whole number of patches. */
  readonly imageSize: number
  /** Side of a square patch in pixels. */
  readonly patchSize: number
}

/** What a class of transformers assumes for keys its config leaves out. */
export type TowerDefaults = {
  readonly hidden_size: number
  readonly num_hidden_layers: number
  readonly num_attention_heads: number
  readonly intermediate_size: number
  readonly hidden_act: Activation
  readonly layer_norm_eps: number
}

const ACTIVATIONS: readonly Activation[] = ['quick_gelu', 'gelu']

/**
 * The fields of one section of a config; without it all take their defaults.
 *
 * @param keys where the section may be, the first that is there counts.
 * @param file path of the config, for messages.
 * @throws {ModelError} it is there and not an object.
 */
export function sectionOf(config: JsonObject, keys: readonly [string, ...string[]], file: string): Fields {
  for (const key of keys) {
    const values = config[key]
    if (values === undefined || values === null) continue
    if (!isObject(values)) throw new Fields(file, '', config).wrong(key, 'an object')
    return new Fields(file, key, values)
  }
  return new Fields(file, keys.at(-1)!, {})
}

/** @throws {ModelError} a field is of the wrong kind, or asks for what vwt does not compute. */
export function parseVision(
  fields: Fields,
  defaults: TowerDefaults & {readonly image_size: number; readonly patch_size: number},
): VisionConfig {
  if (fields.count('num_channels', 3) !== 3) throw fields.wrong('num_channels', '3 (red, green, blue)')
  const imageSize = fields.side('image_size', defaults.image_size)
  const patchSize = fields.side('patch_size', defaults.patch_size)
  if (imageSize % patchSize !== 0) {
    throw fields.wrong('image_size', `a multiple of patch_size (${patchSize})`)
  }
  return {...parseTower(fields, defaults), imageSize, patchSize}
}

/** @throws {ModelError} a field is of the wrong kind, or the heads do not divide the width. */
export function parseTower(fields: Fields, defaults: TowerDefaults): TowerConfig {
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
    activation: fields.choice('hidden_act', defaults.hidden_act, ACTIVATIONS),
    layerNormEps: fields.positive('layer_norm_eps', defaults.layer_norm_eps),
  }
}
