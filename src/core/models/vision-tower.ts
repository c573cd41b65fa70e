/** A vision transformer from pixels to its last hidden states, methods included: what CLIP's and BLIP's towers share. */
import type {Value} from '../graph/builder.js'
import type {Graph} from '../graph/graph.js'
import {requireTensor} from '../weights/safetensors.js'
import {type AttentionNames, buildEncoder, type TokenMerging, type TokenState} from './encoder.js'
import type {Dialect, LayerBuilder, LinearLayer} from './layers.js'
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
import type {VisionConfig} from './tower-config.js'

export type VisionOptions = {
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

/** A tensor of `vision_model.embeddings`, and the axes of length 1 that the file puts before those that matter. */
export type EmbeddingTensor = {readonly name: string; readonly ones: Readonly<Record<string, 1>>}

/** In what the towers of the architectures differ. All tensors begin with `vision_model`. */
export type VisionLayout = {
  readonly classToken: EmbeddingTensor
  readonly positions: EmbeddingTensor
  /** Whether patches are embedded with a bias. */
  readonly hasPatchBias: boolean
  /** LayerNorm between embedding and encoder, as named in the file. */
  readonly preNorm?: string
  readonly attention: AttentionNames
  /** See `EncoderOptions`. */
  readonly lastLayerToken?: number
}

export const VISION_PREFIX = 'vision_model'

export type VisionTower = {
  /** Hidden states before the last norm: `[B, T, D]`, or `[B, 1, D]` with `lastLayerToken`. */
  readonly hidden: Value
  /** 1 for a token, 0 for padding, float32 `[B, T]`; absent without padding. */
  readonly valid: Value | undefined
}

/**
 * Writes the input `pixel_values` float32 `[batch, 3, size, size]`, the tower, and the outputs that all towers have:
 * `layer_tokens` int64 `[batch, layers]`, tokens behind each layer's attention, class token included; with `trace` also
 * `patch_token` int64 `[batch, layers, patches]`: the token each patch is in behind each layer, the class token being 0,
 * or -1 when it was dropped; and, where patches are matched with visual words, `patch_word` int64 `[batch, patches]`:
 * the word, or -1.
 */
export function buildVisionTower(
  build: LayerBuilder,
  vision: VisionConfig,
  layout: VisionLayout,
  options: Omit<VisionOptions, 'dialect' | 'linear'>,
): VisionTower {
  const {g} = build
  const context = patchContext(g, vision, options.trace ?? false)
  const pixels = g.input('pixel_values', 'float32', ['batch', 3, vision.imageSize, vision.imageSize])
  let patches: PatchSet = {pixels: buildPatches(g, pixels, vision)}
  for (const select of options.select ?? []) patches = select(context, patches)
  const {entry, patchWord} = buildEntry(build, vision, layout, {context, patches, group: options.group})
  const {preNorm} = layout
  const tokens = preNorm
    ? g.scope('pre_layernorm', () =>
        build.layerNorm(entry.tokens, `${VISION_PREFIX}.${preNorm}`, vision.width, vision.layerNormEps),
      )
    : entry.tokens
  const encoded = buildEncoder(build, vision, {
    prefix: `${VISION_PREFIX}.encoder`,
    attention: layout.attention,
    ...(layout.lastLayerToken === undefined ? {} : {lastLayerToken: layout.lastLayerToken}),
    state: {...entry, tokens},
    merging: options.merging,
  })
  g.output('layer_tokens', encoded.layerTokens, 'int64', ['batch', vision.layers])
  if (options.trace) {
    const layers = encoded.patchTokens.map((patchToken) => g.unsqueeze(patchToken, [1]))
    g.output('patch_token', g.concat(layers, 1), 'int64', ['batch', vision.layers, context.patchCount])
    if (patchWord) g.output('patch_word', patchWord, 'int64', ['batch', context.patchCount])
  }
  return {hidden: encoded.hidden, valid: encoded.valid}
}

type EntryParts = {
  readonly context: PatchContext
  readonly patches: PatchSet
  readonly group: GroupPatches | undefined
}

/** The encoder's entry: class token first, then the tokens the patches have become. */
function buildEntry(
  build: LayerBuilder,
  vision: VisionConfig,
  layout: VisionLayout,
  {context, patches, group}: EntryParts,
): {entry: TokenState; patchWord: Value | undefined} {
  const {g} = build
  const {embedded, classToken} = buildEmbeddings(build, vision, layout, {context, patches})
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
  {width, patchSize}: VisionConfig,
  {classToken, positions, hasPatchBias}: VisionLayout,
  {context: {patchCount, patchLength}, patches}: Pick<EntryParts, 'context' | 'patches'>,
): {embedded: Value; classToken: Value} {
  const {g, weights} = build
  const prefix = `${VISION_PREFIX}.embeddings`
  return g.scope('embeddings', () => {
    const axes = {width, channels: 3, 'P (height)': patchSize, 'P (width)': patchSize}
    const kernel = requireTensor(weights, `${prefix}.patch_embedding.weight`, axes)
    const bias = hasPatchBias ? [build.read(`${prefix}.patch_embedding.bias`, {width})] : []
    const readRows = ({name, ones}: EmbeddingTensor, axes: Readonly<Record<string, number>>, rows: number) =>
      build.float(requireTensor(weights, `${prefix}.${name}`, {...ones, ...axes}), [rows, width])
    const places = readRows(positions, {tokens: patchCount + 1, width}, patchCount + 1)
    const classRow = readRows(classToken, {width}, 1)
    // A convolution whose stride is its size is one matrix product; the kernel's bytes already are [D, 3·P·P].
    // Dropped patches are never embedded.
    const rows = g.op(
      'Gemm',
      [g.reshape(patches.pixels, [-1, patchLength]), build.float(kernel, [width, patchLength]), ...bias],
      {transB: 1},
    )
    const embedded = g.reshape(rows, g.concat([g.shape(patches.pixels, 0, 2), g.ints([width])], 0))
    const patchPlaces = g.slice(places, 0, 1)
    return {
      embedded: g.add(embedded, patches.kept ? g.gather(patchPlaces, patches.kept, 0) : patchPlaces),
      classToken: g.unsqueeze(g.add(classRow, g.slice(places, 0, 0, 1)), [0]),
    }
  })
}

function patchContext(g: Graph, {imageSize, patchSize}: VisionConfig, trace: boolean): PatchContext {
  return {g, patchCount: (imageSize / patchSize) ** 2, patchLength: 3 * patchSize ** 2, trace}
}
