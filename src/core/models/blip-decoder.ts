/**
 * BLIP's text decoder (Li et al., ICML 2022, arXiv 2201.12086): BERT with cross-attention to image tokens, one step after
 * the other over cached keys and values. Two graphs: what depends on the image alone is computed once, the rest in every
 * step.
 */
import type {Value, WrittenGraph} from '../graph/builder.js'
import {Graph} from '../graph/graph.js'
import type {Weights} from '../weights/safetensors.js'
import {buildCachedAttention, buildSharedAttention} from './blip-attention.js'
import type {BlipConfig, BlipTextConfig} from './blip-config.js'
import {type Dialect, LayerBuilder, type LinearLayer} from './layers.js'
import type {LinearGroup} from './linear-groups.js'

export type DecoderOptions = {readonly dialect: Dialect; readonly linear?: LinearLayer | undefined}

/** `keys` or `values` of the cross-attention of one layer: an output of one graph, an input of the other. */
export function crossName(layer: number, part: 'keys' | 'values'): string {
  return `cross.${layer}.${part}`
}

/** `keys` or `values` of the self-attention of one layer: `past` goes into a step, `present` comes out. */
export function cacheName(time: 'past' | 'present', layer: number, part: 'keys' | 'values'): string {
  return `${time}.${layer}.${part}`
}

export const DECODER_PREFIX = 'text_decoder'
const HEAD = `${DECODER_PREFIX}.cls.predictions`

/**
 * What all steps share: `image_tokens` float32 `[images, tokens, vision width]` → `cross.<layer>.keys` and
 * `cross.<layer>.values` of every layer, `[images, heads, tokens, headDim]`.
 */
export function writeBlipCross(weights: Weights, {vision, text}: BlipConfig, options: DecoderOptions): WrittenGraph {
  const g = new Graph('blip-cross')
  const build = new LayerBuilder(g, weights, options.dialect, options.linear)
  const tokens = g.input('image_tokens', 'float32', ['images', 'tokens', vision.width])
  const rows = g.reshape(tokens, [-1, vision.width])
  const dims = g.concat([g.shape(tokens, 0, 2), g.ints([text.heads, text.headDim])], 0)
  for (let layer = 0; layer < text.layers; layer += 1) {
    for (const part of ['keys', 'values'] as const) {
      const name = `${layerPrefix(layer)}.crossattention.self.${part === 'keys' ? 'key' : 'value'}`
      const projected = g.scope(crossName(layer, part), () => {
        const flat = build.linear(rows, linearOf(name, vision.width, text.width))
        return g.transpose(g.reshape(flat, dims), [0, 2, 1, 3])
      })
      g.output(crossName(layer, part), projected, 'float32', ['images', text.heads, 'tokens', text.headDim])
    }
  }
  return g.finish()
}

/**
 * One step: what follows the ids seen so far.
 *
 * Inputs: `input_ids` int64 `[rows, length]`, rows image by image, as many for each; `parents` int64 `[rows]`, the row of
 * the past that each row continues; `past.<layer>.keys` and `.values` `[past rows, heads, past length, headDim]`;
 * `cross.<layer>.keys` and `.values` as `writeBlipCross` gives them, shared by the rows of an image without being
 * repeated; `token_valid` float32 `[images, tokens]`, 0 for padding.
 *
 * Outputs: `logits` and `log_probs` (their log-softmax) float32 `[rows, vocabulary]` behind the last id of each row;
 * `present.<layer>.keys` and `.values` `[rows, heads, past length + length, headDim]`, the past of the next step.
 */
export function writeBlipStep(weights: Weights, {text}: BlipConfig, options: DecoderOptions): WrittenGraph {
  const {width, vocabSize} = text
  const g = new Graph('blip-step')
  const build = new LayerBuilder(g, weights, options.dialect, options.linear)
  const ids = g.input('input_ids', 'int64', ['rows', 'length'])
  const parents = g.input('parents', 'int64', ['rows'])
  const valid = g.input('token_valid', 'float32', ['images', 'tokens'])
  const pasts = Array.from({length: text.layers}, (_, layer) => cacheInputs(g, text, layer))
  const pastLength = g.shape(pasts[0]!.keys, 2, 3)
  const dims = g.concat([g.shape(ids), g.ints([width])], 0)
  let rows = buildEmbeddings(build, text, ids, pastLength)
  for (const [layer, past] of pasts.entries()) {
    g.scope(`layers.${layer}`, () => {
      const prefix = layerPrefix(layer)
      const self = buildCachedAttention(build, text, {
        ...projectAll(build, text, `${prefix}.attention.self`, rows, dims),
        pastKeys: g.gather(past.keys, parents, 0),
        pastValues: g.gather(past.values, parents, 0),
        pastLength,
      })
      outputCache(g, text, layer, self)
      rows = buildOutput(build, text, {
        prefix: `${prefix}.attention.output`,
        mixed: self.mixed,
        inputs: width,
        entry: rows,
      })
      const cross = `${prefix}.crossattention`
      const query = build.linear(rows, linearOf(`${cross}.self.query`, width, width))
      const mixed = buildSharedAttention(build, text, {query, ...crossInputs(g, text, layer), valid})
      rows = buildOutput(build, text, {prefix: `${cross}.output`, mixed, inputs: width, entry: rows})
      const inner = build.linear(rows, linearOf(`${prefix}.intermediate.dense`, width, text.mlpWidth))
      const active = build.activate(inner, text.activation)
      rows = buildOutput(build, text, {prefix: `${prefix}.output`, mixed: active, inputs: text.mlpWidth, entry: rows})
    })
  }
  const last = g.reshape(g.slice(g.reshape(rows, dims), 1, -1), [-1, width])
  const logits = g.scope('head', () => buildHead(build, text, last))
  g.output('logits', logits, 'float32', ['rows', vocabSize])
  g.output('log_probs', g.op('LogSoftmax', [logits], {axis: -1}), 'float32', ['rows', vocabSize])
  return g.finish()
}

/** The decoder's linear layers, the last over the vocabulary included; groups take the same rows. */
export function decoderGroups({vision, text}: BlipConfig): LinearGroup[] {
  const {width, mlpWidth, layers, vocabSize} = text
  const alone = (name: string, inputs: number, outputs: number): LinearGroup => ({
    layers: [linearOf(name, inputs, outputs)],
    source: {kind: 'fixed'},
  })
  const together = (names: readonly string[], inputs: number): LinearGroup => ({
    layers: names.map((name) => linearOf(name, inputs, width)),
    source: {kind: 'fixed'},
  })
  const prefixes = Array.from({length: layers}, (_, layer) => layerPrefix(layer))
  const crossed = prefixes.flatMap((prefix) => ['key', 'value'].map((name) => `${prefix}.crossattention.self.${name}`))
  return [
    together(crossed, vision.width),
    ...prefixes.flatMap((prefix) => [
      together(
        ['query', 'key', 'value'].map((name) => `${prefix}.attention.self.${name}`),
        width,
      ),
      alone(`${prefix}.attention.output.dense`, width, width),
      alone(`${prefix}.crossattention.self.query`, width, width),
      alone(`${prefix}.crossattention.output.dense`, width, width),
      alone(`${prefix}.intermediate.dense`, width, mlpWidth),
      alone(`${prefix}.output.dense`, mlpWidth, width),
    ]),
    alone(`${HEAD}.transform.dense`, width, width),
    alone(`${HEAD}.decoder`, width, vocabSize),
  ]
}

function layerPrefix(layer: number): string {
  return `${DECODER_PREFIX}.bert.encoder.layer.${layer}`
}

function linearOf(name: string, inputs: number, outputs: number) {
  return {weight: `${name}.weight`, bias: `${name}.bias`, inputs, outputs}
}

type CachePair = {readonly keys: Value; readonly values: Value}

function cacheInputs(g: Graph, {heads, headDim}: BlipTextConfig, layer: number): CachePair {
  const dims = ['past rows', heads, 'past length', headDim]
  return {
    keys: g.input(cacheName('past', layer, 'keys'), 'float32', dims),
    values: g.input(cacheName('past', layer, 'values'), 'float32', dims),
  }
}

function crossInputs(g: Graph, {heads, headDim}: BlipTextConfig, layer: number): CachePair {
  const dims = ['images', heads, 'tokens', headDim]
  return {
    keys: g.input(crossName(layer, 'keys'), 'float32', dims),
    values: g.input(crossName(layer, 'values'), 'float32', dims),
  }
}

function outputCache(g: Graph, {heads, headDim}: BlipTextConfig, layer: number, {keys, values}: CachePair): void {
  const dims = ['rows', heads, 'present length', headDim]
  g.output(cacheName('present', layer, 'keys'), keys, 'float32', dims)
  g.output(cacheName('present', layer, 'values'), values, 'float32', dims)
}

/** Words at their places, normalised: rows `[rows·length, D]`. */
function buildEmbeddings(build: LayerBuilder, text: BlipTextConfig, ids: Value, pastLength: Value): Value {
  const {g} = build
  const {width, vocabSize, maxPositions, layerNormEps} = text
  const prefix = `${DECODER_PREFIX}.bert.embeddings`
  return g.scope('embeddings', () => {
    const words = build.read(`${prefix}.word_embeddings.weight`, {vocabulary: vocabSize, width})
    const places = build.read(`${prefix}.position_embeddings.weight`, {positions: maxPositions, width})
    const used = g.slice(places, 0, pastLength, g.add(pastLength, g.shape(ids, 1, 2)))
    const sum = g.reshape(g.add(g.gather(words, ids, 0), used), [-1, width])
    return build.layerNorm(sum, `${prefix}.LayerNorm`, width, layerNormEps)
  })
}

/** Query, keys and values of self-attention, `[rows, length, D]` each. */
function projectAll(build: LayerBuilder, {width}: BlipTextConfig, prefix: string, rows: Value, dims: Value) {
  const project = (name: string) =>
    build.g.scope(name, () => build.g.reshape(build.linear(rows, linearOf(`${prefix}.${name}`, width, width)), dims))
  return {query: project('query'), keys: project('key'), values: project('value')}
}

type BlockEnd = {
  /** Name of the block's `dense` and `LayerNorm`. */
  readonly prefix: string
  /** What the block made, of `inputs` values for each row. */
  readonly mixed: Value
  readonly inputs: number
  /** What went into the block, `[rows·length, D]`. */
  readonly entry: Value
}

/** The end of each block: a linear layer, the sum with what went in, and its norm. */
function buildOutput(build: LayerBuilder, text: BlipTextConfig, {prefix, mixed, inputs, entry}: BlockEnd): Value {
  const {g} = build
  const {width, layerNormEps} = text
  return g.scope('output', () => {
    const flat = build.linear(g.reshape(mixed, [-1, inputs]), linearOf(`${prefix}.dense`, inputs, width))
    return build.addAndNorm(entry, flat, `${prefix}.LayerNorm`, width, layerNormEps).normed
  })
}

function buildHead(build: LayerBuilder, text: BlipTextConfig, rows: Value): Value {
  const {width, layerNormEps, activation, vocabSize} = text
  const dense = build.linear(rows, linearOf(`${HEAD}.transform.dense`, width, width))
  const normed = build.layerNorm(build.activate(dense, activation), `${HEAD}.transform.LayerNorm`, width, layerNormEps)
  return build.linear(normed, linearOf(`${HEAD}.decoder`, width, vocabSize))
}
