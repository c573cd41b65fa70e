/**
 * CLIP's two towers over a Hugging Face folder (Radford et al., ICML 2021, arXiv 2103.00020): an image becomes an
 * embedding, a text becomes one in the same space. Embeddings are the projected features before L2 normalisation.
 */
import type {Value, WrittenGraph} from '../graph/builder.js'
import {Graph} from '../graph/graph.js'
import {requireTensor, type Weights} from '../weights/safetensors.js'
import type {ClipConfig} from './clip-config.js'
import {buildEncoder, type TokenMerging, type TokenState} from './encoder.js'
import {type Dialect, floatLinear, LayerBuilder, type LinearLayer} from './layers.js'
import {
  buildEntryTrace,
  buildPatches,
  type GroupPatches,
  type PatchContext,
  type PatchSet,
  type SelectPatches,
  spreadOverGrid,
  type TokenSet,
} from './tokenisation.js'

export type ClipVisionOptions = {
  readonly dialect: Dialect
  /** Applied in order, before embedding. */
  readonly select?: readonly SelectPatches[]
  /** Applied to embedded patches, before the encoder. */
  readonly group?: GroupPatches | undefined
  /** Applied in every layer of the encoder. */
  readonly merging?: TokenMerging | undefined
  readonly linear?: LinearLayer | undefined
  /** Adds the outputs of the trace. */
  readonly trace?: boolean
}

/**
 * The vision tower: `pixel_values` float32 `[batch, 3, size, size]` → `image_embeds` `[batch, projection]` and
 * `layer_tokens` int64 `[batch, layers]`, tokens behind each layer's attention, class token included. With `trace` also
 * `patch_token` int64 `[batch, layers, patches]`: the token each patch is in behind each layer, the class token being 0,
 * or -1 when it was dropped; and, where patches are matched with visual words, `patch_word` int64 `[batch, patches]`:
 * the word, or -1.
 */
export function writeClipVision(weights: Weights, config: ClipConfig, options: ClipVisionOptions): WrittenGraph {
  const {vision, projectionDim} = config
  const {width, layerNormEps} = vision
  const g = new Graph('clip-vision')
  const build = new LayerBuilder(g, weights, options.dialect, options.linear)
  const context = patchContext(g, config, options.trace ?? false)
  const pixels = g.input('pixel_values', 'float32', ['batch', 3, vision.imageSize, vision.imageSize])
  let patches: PatchSet = {pixels: buildPatches(g, pixels, vision)}
  for (const select of options.select ?? []) patches = select(context, patches)
  const {entry, patchWord} = buildEntry(build, config, context, patches, options.group)
  const prefix = 'vision_model'
  // The misspelt name is the one Hugging Face's files carry.
  const tokens = g.scope('pre_layernorm', () =>
    build.layerNorm(entry.tokens, `${prefix}.pre_layrnorm`, width, layerNormEps),
  )
  const state = {...entry, tokens}
  const encoded = buildEncoder(build, vision, {
    prefix: `${prefix}.encoder`,
    lastLayerToken: 0,
    state,
    merging: options.merging,
  })
  const pooled = g.scope('post_layernorm', () =>
    build.layerNorm(g.reshape(encoded.hidden, [-1, width]), `${prefix}.post_layernorm`, width, layerNormEps),
  )
  // The last projection stays in float whatever the precision of the layers.
  const projected = g.scope('visual_projection', () =>
    floatLinear(build, pooled, {weight: 'visual_projection.weight', inputs: width, outputs: projectionDim}),
  )
  g.output('image_embeds', projected, 'float32', ['batch', projectionDim])
  g.output('layer_tokens', encoded.layerTokens, 'int64', ['batch', vision.layers])
  if (options.trace) {
    const layers = encoded.patchTokens.map((tokens) => g.unsqueeze(tokens, [1]))
    g.output('patch_token', g.concat(layers, 1), 'int64', ['batch', vision.layers, context.patchCount])
    if (patchWord) g.output('patch_word', patchWord, 'int64', ['batch', context.patchCount])
  }
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
    state: {tokens},
    attentionBias: buildCausalBias(g, length),
  })
  const last = g.op('GatherND', [hidden, g.unsqueeze(ends, [-1])], {batch_dims: 1})
  const pooled = build.layerNorm(last, `${prefix}.final_layer_norm`, width, text.layerNormEps)
  const projected = build.linear(pooled, {weight: 'text_projection.weight', inputs: width, outputs: projectionDim})
  g.output('text_embeds', projected, 'float32', ['batch', projectionDim])
  return g.finish()
}

/** The encoder's entry: class token first, then the tokens the patches have become. */
function buildEntry(
  build: LayerBuilder,
  config: ClipConfig,
  context: PatchContext,
  patches: PatchSet,
  group: GroupPatches | undefined,
): {entry: TokenState; patchWord: Value | undefined} {
  const {g} = build
  const {embedded, classToken} = buildEmbeddings(build, config, context, patches)
  const grouped: TokenSet = group ? group(context, patches, embedded) : {tokens: embedded}
  const batch = g.shape(patches.pixels, 0, 1)
  const classTokens = g.expand(classToken, g.concat([batch, g.ints([1, 1])], 0))
  const ones = () => g.expand(g.constant('float32', [1], [1, 1]), g.concat([batch, g.ints([1])], 0))
  const entry = {
    tokens: g.concat([classTokens, grouped.tokens], 1),
    valid: grouped.valid && g.concat([ones(), grouped.valid], 1),
    patchToken: context.trace ? buildEntryTrace(context, patches, grouped.tokenOfPatch) : undefined,
  }
  return {
    entry,
    patchWord: grouped.wordOfPatch ? spreadOverGrid(context, patches, grouped.wordOfPatch) : undefined,
  }
}

/** Patches as tokens with their positions, `[B, K, D]`, and the class token with its own, `[1, 1, D]`. */
function buildEmbeddings(
  build: LayerBuilder,
  {vision}: ClipConfig,
  {patchCount, patchLength}: PatchContext,
  patches: PatchSet,
): {embedded: Value; classToken: Value} {
  const {g, weights} = build
  const {width, patchSize} = vision
  const prefix = 'vision_model.embeddings'
  return g.scope('embeddings', () => {
    const axes = {width, channels: 3, 'P (height)': patchSize, 'P (width)': patchSize}
    const kernel = requireTensor(weights, `${prefix}.patch_embedding.weight`, axes)
    const places = build.read(`${prefix}.position_embedding.weight`, {tokens: patchCount + 1, width})
    const classToken = g.reshape(build.read(`${prefix}.class_embedding`, {width}), [1, width])
    // A convolution whose stride is its size is one matrix product; the kernel's bytes already are [D, 3·P·P].
    // Dropped patches are never embedded.
    const rows = g.op(
      'Gemm',
      [g.reshape(patches.pixels, [-1, patchLength]), build.float(kernel, [width, patchLength])],
      {transB: 1},
    )
    const embedded = g.reshape(rows, g.concat([g.shape(patches.pixels, 0, 2), g.ints([width])], 0))
    const patchPlaces = g.slice(places, 0, 1)
    return {
      embedded: g.add(embedded, patches.kept ? g.gather(patchPlaces, patches.kept, 0) : patchPlaces),
      classToken: g.unsqueeze(g.add(classToken, g.slice(places, 0, 0, 1)), [0]),
    }
  })
}

function patchContext(g: Graph, {vision}: ClipConfig, trace: boolean): PatchContext {
  return {g, patchCount: (vision.imageSize / vision.patchSize) ** 2, patchLength: 3 * vision.patchSize ** 2, trace}
}

/** 0 on and below the diagonal, the lowest float32 above: `[1, 1, length, length]`. */
function buildCausalBias(g: Graph, length: Value): Value {
  return g.scope('causal', () => {
    const order = g.op('Range', [g.int(0), g.squeeze(length, [0]), g.int(1)])
    const later = g.op('Greater', [g.unsqueeze(order, [0]), g.unsqueeze(order, [1])])
    return g.unsqueeze(g.op('Where', [later, g.float(-3.4028234663852886e38), g.float(0)]), [0, 1])
  })
}
