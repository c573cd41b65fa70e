/**
 * Token Merging: between attention and MLP of every layer the r most similar pairs of tokens become one.
 *
 * @see Bolya et al., Token Merging, ICLR 2023, arXiv 2210.09461. Tokens are split by the parity of their position; each
 *   of the even ones proposes its most similar odd one (cosine of the attention keys, averaged over heads), the r best
 *   proposals are merged as size-weighted means, and attention logits gain log(size). The class token stays. Departs
 *   from the authors' code: of equally similar tokens the first counts; batches of unequal length are compacted, so
 *   that each image gives what it gives alone.
 */
import {int64Tensor} from '../base/tensor.js'
import type {Value} from '../graph/builder.js'
import type {Graph} from '../graph/graph.js'
import type {TokenMerging, TokenState} from '../models/encoder.js'
import type {LayerBuilder} from '../models/layers.js'
import type {Method} from './method.js'
import {formatRSchedule, layerRs, parseRSchedule} from './schedule.js'

export const tome: Method = tomeMethod({
  name: 'tome',
  summary: 'ToMe: merges the r most similar tokens in every layer',
  paper: 'Bolya et al., ICLR 2023, arXiv 2210.09461',
  excludes: {'tome-vwt': 'both merge tokens in the encoder'},
  forgetsSizes: false,
})

/** The variant that the VWT paper measured: each layer merges as if all tokens had size 1, and attention is told only
 * of the merges of the layer before. */
export const tomeVwt: Method = tomeMethod({
  name: 'tome-vwt',
  summary: 'ToMe as the VWT paper ran it: sizes are forgotten after each layer',
  paper: 'Gee et al., TMLR 2025, arXiv 2411.15397, comparison with ToMe',
  excludes: {tome: 'both merge tokens in the encoder'},
  forgetsSizes: true,
})

type Variant = Pick<Method, 'name' | 'summary' | 'paper'> & {
  readonly excludes: Readonly<Record<string, string>>
  readonly forgetsSizes: boolean
}

function tomeMethod({forgetsSizes, ...variant}: Variant): Method {
  const method: Method = {
    ...variant,
    part: 'encoder',
    argument: 'r per layer: 13, or 13,-1 (r, inflection), or [8,8,4,…]; by default half the work',
    parse(argument) {
      const schedule = parseRSchedule(variant.name, argument)
      const setting = formatRSchedule(schedule)
      return {
        method,
        spec: setting ? `${variant.name}:${setting}` : variant.name,
        merging: new BipartiteMerging(forgetsSizes),
        inputs: ({geometry}) => ({[R]: int64Tensor(layerRs(schedule, geometry))}),
      }
    },
  }
  return method
}

const R = 'tome.r'
/** Below every cosine: padding is taken out before the class token, which is never reached. */
const PADDING_SIMILARITY = -2
const CLASS_SIMILARITY = -4

class BipartiteMerging implements TokenMerging {
  readonly #inputs = new WeakMap<Graph, Value>()

  constructor(private readonly forgetsSizes: boolean) {}

  countAfter(build: LayerBuilder, layer: number, count: Value): Value {
    const {g} = build
    return g.sub(count, g.min(this.rOf(build, layer), half(g, g.sub(count, g.int(1)))))
  }

  merge(build: LayerBuilder, layer: number, state: TokenState, keys: Value, heads: number): TokenState {
    const {g} = build
    const count = g.shape(state.tokens, 1, 2)
    const r = g.min(this.rOf(build, layer), half(g, g.sub(count, g.int(1))))
    const sizes = (this.forgetsSizes ? undefined : state.sizes) ?? unitSizes(g, state)
    const match = buildMatch(g, state, keys, heads, r)
    const merged = buildMerge(g, state, sizes, match)
    return state.valid ? compact(g, merged) : merged
  }

  /** The `r` of one layer, int64 `[1]`, from the input that holds all. */
  private rOf({g}: LayerBuilder, layer: number): Value {
    const known = this.#inputs.get(g)
    const all = known ?? g.input(R, 'int64', ['layers'])
    if (!known) this.#inputs.set(g, all)
    return g.slice(all, 0, layer, layer + 1)
  }
}

type Match = {
  /** Positions among the even tokens that are merged away, int64 `[B, r]`. */
  readonly source: Value
  /** Positions among the odd tokens they go to, float32 `[B, r]`. */
  readonly target: Value
  /** Positions among the even tokens that stay, ascending, int64 `[B, evens - r]`. */
  readonly stay: Value
  /** 1 for a real merge, 0 where padding was taken out, float32 `[B, r]`; absent without padding. */
  readonly real?: Value
}

/** Bipartite soft matching of one layer. */
function buildMatch(g: Graph, {valid}: TokenState, keys: Value, heads: number, r: Value): Match {
  const perHead = g.op('Reshape', [keys, g.concat([g.shape(keys, 0, 2), g.ints([heads, -1])], 0)])
  const metric = g.normalizeRows(g.reduceMean(perHead, [2], false))
  const even = evens(g, metric)
  const similarity = maskPairs(g, g.matMul(even, g.transpose(odds(g, metric), [0, 2, 1])), valid)
  const best = g.reduceMax(similarity, [2], false)
  const target = g.cast(g.argMax(similarity, 2), 'float32')
  const order = g.topK(best, g.shape(best, 1, 2))
  const source = g.slice(order.indices, 1, 0, r)
  const stay = g.slice(order.indices, 1, r)
  const rows = {
    source,
    target: g.op('GatherElements', [target, source], {axis: 1}),
    stay: g.sortPlaces(stay),
  }
  if (!valid) return rows
  const strength = g.slice(order.values, 1, 0, r)
  return {...rows, real: g.cast(g.op('Greater', [strength, g.float(PADDING_SIMILARITY + 0.5)]), 'float32')}
}

/** Similarities `[B, evens, odds]` in which neither padding nor the class token can win. */
function maskPairs(g: Graph, similarity: Value, valid: Value | undefined): Value {
  const isClass = g.equal(g.unsqueeze(g.range(g.shape(similarity, 1, 2), 'float32'), [1]), g.float(0))
  const pairs = valid
    ? g.where(
        g.op('Greater', [g.mul(g.unsqueeze(evens(g, valid), [2]), g.unsqueeze(odds(g, valid), [1])), g.float(0)]),
        similarity,
        g.float(PADDING_SIMILARITY),
      )
    : similarity
  return g.where(isClass, g.float(CLASS_SIMILARITY), pairs)
}

/** Joins sources to their targets: even tokens that stay come first, then all odd ones. */
function buildMerge(g: Graph, state: TokenState, sizes: Value, {source, target, stay, real}: Match): TokenState {
  const oddCount = g.shape(odds(g, sizes), 1, 2)
  const assigned = g.cast(
    g.equal(g.unsqueeze(target, [1]), g.unsqueeze(g.range(oddCount, 'float32'), [0, 2])),
    'float32',
  )
  const assign = real ? g.mul(assigned, g.unsqueeze(real, [1])) : assigned
  const [evenTokens, evenSizes] = [evens(g, state.tokens), evens(g, sizes)]
  const sourceSizes = g.gatherRows(evenSizes, source)
  const moved = g.mul(g.gatherRows(evenTokens, source), sourceSizes)
  const oddSizes = odds(g, sizes)
  const mergedSizes = g.add(oddSizes, g.matMul(assign, sourceSizes))
  const sums = g.add(g.mul(odds(g, state.tokens), oddSizes), g.matMul(assign, moved))
  // Padding has size 0 and stays 0.
  const merged = g.div(sums, real ? g.max(mergedSizes, g.float(1)) : mergedSizes)
  const order = buildOrder(g, source, stay, g.shape(merged, 1, 2))
  const join = (even: Value, odd: Value) => g.gather(g.concat([g.gatherRows(even, stay), odd], 1), order, 1)
  return {
    tokens: join(evenTokens, merged),
    sizes: join(evenSizes, mergedSizes),
    valid: state.valid && join(evens(g, state.valid), odds(g, state.valid)),
    patchToken: state.patchToken && buildTrace(g, state.patchToken, {source, target, stay}),
  }
}

/**
 * Where each token of the new sequence lies among "even ones that stay, then odd ones": in that very order, but where
 * nothing is merged (r = 0) in the old one, since the order decides the next split. int64 `[T - r]`.
 */
function buildOrder(g: Graph, source: Value, stay: Value, oddCount: Value): Value {
  const stayCount = g.shape(stay, 1, 2)
  const place = g.range(g.add(stayCount, oddCount))
  const pair = half(g, place)
  const interleaved = g.where(g.equal(place, g.mul(pair, g.int(2))), pair, g.add(pair, stayCount))
  return g.where(g.equal(g.shape(source, 1, 2), g.int(0)), interleaved, place)
}

/** Follows every patch to the position its token has moved to. */
function buildTrace(g: Graph, patchToken: Value, {source, target, stay}: Match): Value {
  return g.scope('trace', () => {
    const stayCount = g.shape(stay, 1, 2)
    const evenCount = g.add(stayCount, g.shape(source, 1, 2))
    const zeros = g.expand(g.constant('int64', [0], [1, 1]), g.concat([g.shape(stay, 0, 1), evenCount], 0))
    const ranks = g.expand(g.unsqueeze(g.range(stayCount), [0]), g.shape(stay))
    const stayed = g.op('ScatterElements', [zeros, stay, ranks], {axis: 1})
    const evenPlace = g.op('ScatterElements', [stayed, source, g.add(g.cast(target, 'int64'), stayCount)], {axis: 1})
    // A position 2i or 2i + 1 of the old order: look in the table of its parity.
    const position = g.max(patchToken, g.int(0))
    const pair = half(g, position)
    const isEven = g.equal(position, g.mul(pair, g.int(2)))
    const lastEven = g.sub(evenCount, g.int(1))
    const fromEven = g.op('GatherElements', [evenPlace, g.min(pair, lastEven)], {axis: 1})
    const moved = g.where(isEven, fromEven, g.add(pair, stayCount))
    const isStill = g.equal(g.shape(source, 1, 2), g.int(0))
    const isDropped = g.op('Less', [patchToken, g.int(0)])
    return g.where(g.op('Or', [isStill, isDropped]), patchToken, moved)
  })
}

/** Brings the real tokens of every image to the front, so that the next split is the one the image has alone. */
function compact(g: Graph, state: TokenState): TokenState {
  return g.scope('compact', () => {
    const {tokens, sizes, valid, patchToken} = state
    const places = g.range(g.shape(tokens, 1, 2), 'float32')
    const padded = g.add(places, g.mul(g.sub(g.float(1), valid!), g.float(1e6)))
    const longest = g.cast(g.reduceMax(g.reduceSum(valid!, [1], false), [0]), 'int64')
    const order = g.topK(padded, longest, {largest: false}).indices
    // Real tokens before a place: the place it moves to.
    const rank = () => g.cast(g.sub(g.op('CumSum', [valid!, g.int(1)]), g.float(1)), 'int64')
    const followed = patchToken && g.op('GatherElements', [rank(), g.max(patchToken, g.int(0))], {axis: 1})
    return {
      tokens: g.gatherRows(tokens, order),
      sizes: sizes && g.gatherRows(sizes, order),
      valid: g.gatherRows(valid!, order),
      patchToken: followed && g.where(g.op('Less', [patchToken, g.int(0)]), patchToken, followed),
    }
  })
}

/** Size 1 for every token, 0 for padding: `[B, T, 1]`. */
function unitSizes(g: Graph, {tokens, valid}: TokenState): Value {
  if (valid) return g.unsqueeze(valid, [2])
  return g.expand(g.constant('float32', [1], [1, 1, 1]), g.concat([g.shape(tokens, 0, 2), g.ints([1])], 0))
}

function evens(g: Graph, value: Value): Value {
  return g.slice(value, 1, 0, Number.MAX_SAFE_INTEGER, 2)
}

function odds(g: Graph, value: Value): Value {
  return g.slice(value, 1, 1, Number.MAX_SAFE_INTEGER, 2)
}

function half(g: Graph, count: Value): Value {
  return g.div(count, g.int(2))
}
