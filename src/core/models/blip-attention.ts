/** The decoder's two attentions: over a cache that grows with every step, and over keys that all rows of an image share. */
import type {Value} from '../graph/builder.js'
import type {Graph} from '../graph/graph.js'
import type {LayerBuilder} from './layers.js'
import type {TowerConfig} from './tower-config.js'

const LOWEST = -3.4028234663852886e38
/** Added to the logits of padding. */
const MASKED = -1e30

type Heads = Pick<TowerConfig, 'width' | 'heads' | 'headDim'>

export type CachedInputs = {
  /** Of the new positions, `[rows, length, D]`. */
  readonly query: Value
  readonly keys: Value
  readonly values: Value
  /** `[rows, heads, past length, headDim]` */
  readonly pastKeys: Value
  readonly pastValues: Value
  /** int64 `[1]` */
  readonly pastLength: Value
}

/**
 * Causal attention of new positions over the past and themselves.
 *
 * @returns `mixed` `[rows, length, D]`; `keys` and `values` with the new ones behind the past,
 *   `[rows, heads, past length + length, headDim]`.
 */
export function buildCachedAttention(
  build: LayerBuilder,
  config: Heads,
  {query, keys, values, pastKeys, pastValues, pastLength}: CachedInputs,
): {mixed: Value; keys: Value; values: Value} {
  const {g} = build
  return g.scope('self_attention', () => {
    const allKeys = g.concat([pastKeys, splitHeads(g, config, keys)], 2)
    const allValues = g.concat([pastValues, splitHeads(g, config, values)], 2)
    const bias = buildCausalBias(g, g.shape(query, 1, 2), pastLength)
    return {
      mixed: attend(build, config, {query, keys: allKeys, values: allValues, bias}),
      keys: allKeys,
      values: allValues,
    }
  })
}

export type SharedInputs = {
  /** `[rows·length, D]`, rows image by image. */
  readonly query: Value
  /** `[images, heads, tokens, headDim]` */
  readonly keys: Value
  readonly values: Value
  /** 1 for a token, 0 for padding, float32 `[images, tokens]`. */
  readonly valid: Value
}

/** Attention of all positions of all rows of an image over the image's tokens: `[images, positions, D]`. */
export function buildSharedAttention(
  build: LayerBuilder,
  config: Heads,
  {query, keys, values, valid}: SharedInputs,
): Value {
  const {g} = build
  return g.scope('cross_attention', () => {
    const dims = g.concat([g.shape(keys, 0, 1), g.ints([-1, config.width])], 0)
    const together = g.reshape(query, dims)
    const mask = g.unsqueeze(g.mul(g.sub(valid, g.float(1)), g.float(-MASKED)), [1, 2])
    const spread = g.concat([g.shape(keys, 0, 1), g.ints([1]), g.shape(together, 1, 2), g.shape(keys, 2, 3)], 0)
    return attend(build, config, {query: together, keys, values, bias: g.expand(mask, spread)})
  })
}

type Attended = {query: Value; keys: Value; values: Value; bias: Value}

/** @param query `[B, Tq, D]`; keys and values `[B, heads, T, headDim]`; bias `[B or 1, 1, Tq, T]`. */
function attend({g, dialect}: LayerBuilder, config: Heads, {query, keys, values, bias}: Attended): Value {
  const {heads, headDim, width} = config
  if (dialect === 'fused') {
    return g.contrib('MultiHeadAttention', [query, keys, values, undefined, undefined, bias], {num_heads: heads})
  }
  const scaled = g.mul(splitHeads(g, config, query), g.float(1 / Math.sqrt(headDim)))
  const logits = g.add(g.matMul(scaled, g.transpose(keys, [0, 1, 3, 2])), bias)
  const mixed = g.matMul(g.softmax(logits), values)
  return g.reshape(g.transpose(mixed, [0, 2, 1, 3]), [0, 0, width])
}

/** `[B, T, D]` → `[B, heads, T, headDim]` */
function splitHeads(g: Graph, {heads, headDim}: Heads, tokens: Value): Value {
  return g.transpose(g.reshape(tokens, [0, 0, heads, headDim]), [0, 2, 1, 3])
}

/** 0 where a new position may look, the lowest float32 where it would look ahead: `[1, 1, length, past + length]`. */
function buildCausalBias(g: Graph, length: Value, pastLength: Value): Value {
  return g.scope('causal', () => {
    const places = g.range(g.add(pastLength, length))
    const own = g.add(g.range(length), pastLength)
    const later = g.op('Greater', [g.unsqueeze(places, [0]), g.unsqueeze(own, [1])])
    return g.unsqueeze(g.where(later, g.float(LOWEST), g.float(0)), [0, 1])
  })
}
