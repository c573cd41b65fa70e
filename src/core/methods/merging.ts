/**
 * One merge of ToMe as a piece of graph: which tokens become one, and what becomes of them.
 *
 * Written for few nodes and few passes over the tokens, of which every layer has its share. Numbers that depend on the
 * image stay float32: GPUs lack most operators on int64.
 *
 * @see Bolya et al., Token Merging, ICLR 2023, arXiv 2210.09461, section 3.
 */
import type {Value} from '../graph/builder.js'
import type {Graph} from '../graph/graph.js'
import type {TokenState} from '../models/encoder.js'

/** A state whose tokens have sizes. */
export type SizedState = TokenState & {readonly sizes: Value}

/** What all layers share, for as many tokens as the first of them has. */
export type MergeTables = {
  /**
   * Where the token at each place goes before tokens leave: even places first, then odd ones, but where nothing is
   * merged (r = 0) as they are, since the order decides the next split. float32 `[layers, T, 1]`.
   */
  readonly places: Value
  /** 0 where a token may be merged away, else `NEVER`: at odd places and the class token's. float32 `[T, 1]`. */
  readonly never: Value
}

/** What one layer merges. */
export type LayerMerge = {
  /** Attention keys, `[B, T, D]`, heads side by side. */
  readonly keys: Value
  readonly heads: number
  /** Tokens to remove, of which at most half go; int64 `[1]`. */
  readonly r: Value
  /** `MergeTables.places` of the layer, `[≥ T, 1]`. */
  readonly places: Value
  readonly never: Value
  /** Adds a pair that changes nothing: WebGPU crashes over a product of no pairs, which `r` = 0 makes. */
  readonly idlePair: boolean
}

/** Puts odd places behind even ones. */
const ODD = 1e5
/** Puts padding behind all tokens. */
const PADDING = 1e7
/** Puts merged tokens behind padding. */
const MERGED = 1e9
/** Added to a cosine: below that of every token; and below that of padding, which leaves before the class token. */
const LAST = -10
const NEVER = -100
/** Where no token is. */
const NOWHERE = -1

/** @param tokens of the first layer, `[B, T, D]`.  @param r of all layers, int64 `[layers]`. */
export function buildMergeTables(g: Graph, tokens: Value, r: Value): MergeTables {
  const count = g.cast(g.squeeze(g.shape(tokens, 1, 2), [0]), 'float32')
  const place = g.op('Range', [g.float(0), count, g.float(1)])
  const isOdd = g.op('Mod', [place, g.float(2)], {fmod: 1})
  const isFirst = g.op('Relu', [g.sub(g.float(1), place)])
  const merges = g.unsqueeze(g.cast(g.min(r, g.int(1)), 'float32'), [1])
  return {
    places: g.unsqueeze(g.add(place, g.mul(merges, g.mul(isOdd, g.float(ODD)))), [2]),
    never: g.unsqueeze(g.mul(g.add(isOdd, isFirst), g.float(NEVER)), [1]),
  }
}

/** Merges the tokens of one layer. Of every image real tokens come first, padding last. */
export function buildMerge(g: Graph, state: SizedState, layer: LayerMerge): SizedState {
  const {tokens, sizes, valid, patchToken} = state
  const isPadding = valid && g.unsqueeze(g.sub(g.float(1), valid), [2])
  const count = g.shape(tokens, 1, 2)
  const places = g.slice(layer.places, 0, 0, count)
  const match = buildMatch(g, layer, {places, count, isPadding})
  const order = buildOrder(g, match, {places, count, isPadding, sizes})
  const idle = (rows: Value, value: number) =>
    layer.idlePair ? g.op('Pad', [rows, g.ints([0, 0, 0, 0, 1, 0]), g.float(value)]) : rows
  const takes = buildTakes(g, order.places, idle(match.target, NOWHERE))
  const taken = g.transpose(takes, [0, 2, 1])
  const [kept, keptSizes] = [gatherTokens(g, tokens, order.source), gatherTokens(g, sizes, order.source)]
  const gone = idle(gatherTokens(g, tokens, match.source), 0)
  const goneSizes = idle(gatherTokens(g, sizes, match.source), 0)
  const newSizes = g.add(keptSizes, g.matMul(takes, goneSizes))
  // The size-weighted mean, from where the taking token is: each one taken in pulls by its share of the new size.
  const sums = g.matMul(taken, newSizes)
  // Padding and what is idle are taken in by nobody: their sum is 0.
  const share = g.div(goneSizes, isPadding || layer.idlePair ? g.max(sums, g.float(1)) : sums)
  const pull = g.mul(g.sub(gone, g.matMul(taken, kept)), share)
  return {
    tokens: g.add(kept, g.matMul(takes, pull)),
    sizes: newSizes,
    valid: isPadding && isBefore(g, g.squeeze(order.places, [2]), PADDING),
    patchToken: patchToken && followPatches(g, patchToken, {sizes, match, order}),
  }
}

type Places = {readonly places: Value; readonly count: Value; readonly isPadding: Value | undefined}

type Match = {
  /** Positions of tokens that are merged away, int64 `[B, r, 1]`; of an image that has not enough, of padding. */
  readonly source: Value
  /** The `places` of the tokens they go to, float32 `[B, r, 1]`. */
  readonly target: Value
  /** Their cosines, or what is lower; float32 `[B, r, 1]`. */
  readonly strength: Value
  /** The `r` that is possible, int64 `[1]`. */
  readonly r: Value
}

/** Bipartite soft matching: each even token proposes to the odd one it is most like, and the r best proposals count. */
function buildMatch(g: Graph, {keys, heads, r, never}: LayerMerge, {places, count, isPadding}: Places): Match {
  const metric = g.op('LpNormalization', [g.reduceMean(g.reshape(keys, [0, 0, heads, -1]), [2], false)], {
    axis: -1,
    p: 2,
  })
  const last = isPadding && g.mul(isPadding, g.float(LAST))
  const masked = (cosines: Value, mask: Value | undefined) => (mask ? g.add(cosines, mask) : cosines)
  const columns = last && g.transpose(odds(g, last, 1), [0, 2, 1])
  const cosines = masked(g.matMul(metric, g.transpose(odds(g, metric, 1), [0, 2, 1])), columns)
  const best = g.topK(cosines, g.ints([1]))
  const most = g.min(r, g.div(g.sub(count, g.int(1)), g.int(2)))
  const mask = g.slice(never, 0, 0, count)
  const chosen = g.topK(masked(g.add(best.values, mask), last), most, {axis: 1})
  const targets = g.op('GatherND', [odds(g, places, 0), best.indices])
  return {
    source: chosen.indices,
    target: g.op('GatherElements', [targets, chosen.indices], {axis: 1}),
    strength: chosen.values,
    r: most,
  }
}

type Order = {
  /** Positions of the tokens that stay in their new order, int64 `[B, K, 1]`. */
  readonly source: Value
  /** Their `places`, ascending, float32 `[B, K, 1]`. */
  readonly places: Value
}

function buildOrder(
  g: Graph,
  {source, strength, r}: Match,
  {places, count, isPadding, sizes}: Places & {sizes: Value},
): Order {
  const all = isPadding ? g.add(places, g.mul(isPadding, g.float(PADDING))) : g.expand(places, g.shape(sizes))
  const left = g.op('ScatterElements', [all, source, g.add(strength, g.float(MERGED))], {axis: 1})
  const longest = () => g.reduceMax(g.reduceSum(isBefore(g, left, PADDING), [1], false), [0], false)
  const stay = isPadding ? g.cast(longest(), 'int64') : g.sub(count, r)
  const sorted = g.topK(left, stay, {axis: 1, largest: false})
  return {source: sorted.indices, places: sorted.values}
}

/** 1 where the token of a row takes in that of a column, float32 `[B, K, r]`. */
function buildTakes(g: Graph, places: Value, target: Value): Value {
  return g.cast(g.equal(places, g.transpose(target, [0, 2, 1])), 'float32')
}

/** Follows every patch to the position its token has moved to; a patch that was dropped stays at -1. */
function followPatches(
  g: Graph,
  patchToken: Value,
  {sizes, match, order}: {sizes: Value; match: Match; order: Order},
): Value {
  return g.scope('trace', () => {
    // One place more than there are tokens: -1 is the last one, and leads to itself.
    const blank = g.expand(g.constant('int64', [-1], [1, 1, 1]), g.add(g.shape(sizes), g.ints([0, 1, 0])))
    const ranks = g.expand(g.unsqueeze(g.range(g.shape(order.source, 1, 2)), [1]), g.shape(order.source))
    const stayed = g.op('ScatterElements', [blank, order.source, ranks], {axis: 1})
    const takers = g.transpose(g.op('ArgMax', [buildTakes(g, order.places, match.target)], {axis: 1}), [0, 2, 1])
    const moved = g.op('ScatterElements', [stayed, match.source, takers], {axis: 1})
    return g.op('GatherElements', [g.squeeze(moved, [2]), patchToken], {axis: 1})
  })
}

/** Rows of `[B, T, …]` at positions `[B, K, 1]`. */
function gatherTokens(g: Graph, tokens: Value, positions: Value): Value {
  return g.op('GatherND', [tokens, positions], {batch_dims: 1})
}

/** 1 where a value is below the bound, else 0. */
function isBefore(g: Graph, values: Value, bound: number): Value {
  return g.cast(g.op('Less', [values, g.float(bound)]), 'float32')
}

function odds(g: Graph, value: Value, axis: number): Value {
  return g.slice(value, axis, 1, Number.MAX_SAFE_INTEGER, 2)
}
