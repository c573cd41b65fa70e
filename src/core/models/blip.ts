/** BLIP's vision tower over a Hugging Face folder (Li et al., ICML 2022, arXiv 2201.12086): an image becomes tokens. */
import type {WrittenGraph} from '../graph/builder.js'
import {Graph} from '../graph/graph.js'
import type {Weights} from '../weights/safetensors.js'
import type {BlipConfig} from './blip-config.js'
import {DECODER_PREFIX, decoderGroups} from './blip-decoder.js'
import {partName, type QkvPart} from './blip-weights.js'
import type {AttentionNames} from './encoder.js'
import {LayerBuilder} from './layers.js'
import {type Tower, visionGroups} from './linear-groups.js'
import {buildVisionTower, VISION_PREFIX, type VisionLayout, type VisionOptions} from './vision-tower.js'

const part = (name: QkvPart) => ({
  weight: partName('self_attn.qkv.weight', name),
  bias: partName('self_attn.qkv.bias', name),
})

/** Names behind those of an encoder layer, as `arrangeBlipWeights` has them. */
export const BLIP_ATTENTION: AttentionNames = {
  query: part('query'),
  key: part('key'),
  value: part('value'),
  output: {weight: 'self_attn.projection.weight', bias: 'self_attn.projection.bias'},
}

const LAYOUT: VisionLayout = {
  classToken: {name: 'class_embedding', ones: {batch: 1, token: 1}},
  positions: {name: 'position_embedding', ones: {batch: 1}},
  hasPatchBias: true,
  attention: BLIP_ATTENTION,
}

/** The linear layers that may be stored in another precision: those of the vision encoder and of the decoder. */
export function blipTower(config: BlipConfig): Tower {
  const groups = [...visionGroups(config.vision, BLIP_ATTENTION), ...decoderGroups(config)]
  return {prefixes: [`${VISION_PREFIX}.`, `${DECODER_PREFIX}.`], groups}
}

/**
 * The vision tower: `pixel_values` float32 `[batch, 3, size, size]` →
 * `image_tokens` float32 `[batch, tokens, width]`, behind the last norm, what the decoder attends to;
 * `token_valid` float32 `[batch, tokens]`, 1 for a token, 0 for padding of images with fewer tokens than others;
 * `image_embeds` `[batch, width]`, the class token among them, for comparing images;
 * and the token counts and trace of `buildVisionTower`.
 *
 * @param weights as `arrangeBlipWeights` gives them.
 */
export function writeBlipVision(weights: Weights, config: BlipConfig, options: VisionOptions): WrittenGraph {
  const {vision} = config
  const {width, layerNormEps} = vision
  const g = new Graph('blip-vision')
  const build = new LayerBuilder(g, weights, options.dialect, options.linear)
  const {hidden, valid} = buildVisionTower(build, vision, LAYOUT, options)
  const tokens = g.scope('post_layernorm', () =>
    build.layerNorm(hidden, `${VISION_PREFIX}.post_layernorm`, width, layerNormEps),
  )
  const ones = () => g.expand(g.constant('float32', [1], [1, 1]), g.shape(tokens, 0, 2))
  g.output('image_tokens', tokens, 'float32', ['batch', 'tokens', width])
  g.output('token_valid', valid ?? ones(), 'float32', ['batch', 'tokens'])
  g.output('image_embeds', g.squeeze(g.slice(tokens, 1, 0, 1), [1]), 'float32', ['batch', width])
  return g.finish()
}
