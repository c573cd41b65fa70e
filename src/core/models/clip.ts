/**
 * CLIP's two towers over a Hugging Face folder (Radford et al., ICML 2021, arXiv 2103.00020): an image becomes an
 * embedding, a text becomes one in the same space. Embeddings are the projected features before L2 normalisation.
 */
import type {Value, WrittenGraph} from '../graph/builder.js'
import {Graph} from '../graph/graph.js'
import type {Weights} from '../weights/safetensors.js'
import type {ClipConfig} from './clip-config.js'
import {type AttentionNames, buildEncoder} from './encoder.js'
import {type Dialect, floatLinear, LayerBuilder} from './layers.js'
import {type Tower, visionGroups} from './linear-groups.js'
import {buildVisionTower, VISION_PREFIX, type VisionLayout, type VisionOptions} from './vision-tower.js'

const named = (name: string) => ({weight: `self_attn.${name}.weight`, bias: `self_attn.${name}.bias`})

/** Names behind those of an encoder layer, in both towers. */
export const CLIP_ATTENTION: AttentionNames = {
  query: named('q_proj'),
  key: named('k_proj'),
  value: named('v_proj'),
  output: named('out_proj'),
}

const LAYOUT: VisionLayout = {
  classToken: {name: 'class_embedding', ones: {}},
  positions: {name: 'position_embedding.weight', ones: {}},
  hasPatchBias: false,
  // The misspelt name is the one Hugging Face's files carry.
  preNorm: 'pre_layrnorm',
  attention: CLIP_ATTENTION,
  lastLayerToken: 0,
}

/** The linear layers that may be stored in another precision: six in each layer of the vision encoder. */
export function clipVisionTower({vision}: Pick<ClipConfig, 'vision'>): Tower {
  return {prefixes: [`${VISION_PREFIX}.`, 'visual_projection.'], groups: visionGroups(vision, CLIP_ATTENTION)}
}

/**
 * The vision tower: `pixel_values` float32 `[batch, 3, size, size]` → `image_embeds` `[batch, projection]`, and the token
 * counts and trace of `buildVisionTower`.
 */
export function writeClipVision(weights: Weights, config: ClipConfig, options: VisionOptions): WrittenGraph {
  const {vision, projectionDim} = config
  const {width, layerNormEps} = vision
  const g = new Graph('clip-vision')
  const build = new LayerBuilder(g, weights, options.dialect, options.linear)
  const {hidden} = buildVisionTower(build, vision, LAYOUT, options)
  const pooled = g.scope('post_layernorm', () =>
    build.layerNorm(g.reshape(hidden, [-1, width]), `${VISION_PREFIX}.post_layernorm`, width, layerNormEps),
  )
  // The last projection stays in float whatever the precision of the layers.
  const projected = g.scope('visual_projection', () =>
    floatLinear(build, pooled, {weight: 'visual_projection.weight', inputs: width, outputs: projectionDim}),
  )
  g.output('image_embeds', projected, 'float32', ['batch', projectionDim])
  return g.finish()
}

/**
 * The text tower: `input_ids` int64 `[batch, length]`, padded behind the end token, and `end_positions` int64 `[batch]`,
 * where each text ends → `text_embeds` `[batch, projection]`. Attention is causal, so padding cannot reach the end token.
 */
export function writeClipText(
  weights: Weights,
  config: ClipConfig,
  options: {readonly dialect: Dialect},
): WrittenGraph {
  const {text, projectionDim} = config
  const g = new Graph('clip-text')
  const build = new LayerBuilder(g, weights, options.dialect)
  const prefix = 'text_model'
  const ids = g.input('input_ids', 'int64', ['batch', 'length'])
  const ends = g.input('end_positions', 'int64', ['batch'])
  const length = g.shape(ids, 1, 2)
  const {width} = text
  const words = build.read(`${prefix}.embeddings.token_embedding.weight`, {vocabulary: text.vocabSize, width})
  const places = build.read(`${prefix}.embeddings.position_embedding.weight`, {positions: text.maxPositions, width})
  const used = g.op('Slice', [places, g.ints([0]), length, g.ints([0])])
  const tokens = g.add(g.gather(words, ids, 0), used)
  const {hidden} = buildEncoder(build, text, {
    prefix: `${prefix}.encoder`,
    attention: CLIP_ATTENTION,
    state: {tokens},
    attentionBias: buildCausalBias(g, length),
  })
  const last = g.op('GatherND', [hidden, g.unsqueeze(ends, [-1])], {batch_dims: 1})
  const pooled = build.layerNorm(last, `${prefix}.final_layer_norm`, width, text.layerNormEps)
  const projected = build.linear(pooled, {weight: 'text_projection.weight', inputs: width, outputs: projectionDim})
  g.output('text_embeds', projected, 'float32', ['batch', projectionDim])
  return g.finish()
}

/** 0 on and below the diagonal, the lowest float32 above: `[1, 1, length, length]`. */
function buildCausalBias(g: Graph, length: Value): Value {
  return g.scope('causal', () => {
    const order = g.op('Range', [g.int(0), g.squeeze(length, [0]), g.int(1)])
    const later = g.op('Greater', [g.unsqueeze(order, [0]), g.unsqueeze(order, [1])])
    return g.unsqueeze(g.op('Where', [later, g.float(-3.4028234663852886e38), g.float(0)]), [0, 1])
  })
}
