/** The pre-norm transformer encoder that CLIP's two towers, BLIP's vision tower and DeiT share. */
import type {Value} from '../graph/builder.js'
import type {LayerBuilder} from './layers.js'
import type {TowerConfig} from './tower-config.js'

/** The token sequence between two layers. */
export type TokenState = {
  /** `[B, T, D]` */
  readonly tokens: Value
  /** 1 for a token, 0 for padding, float32 `[B, T]`; absent without padding. */
  readonly valid?: Value | undefined
  /** Patches each token stands for, float32 `[B, T, 1]`, 0 for padding; absent while attention does not weigh them. */
  readonly sizes?: Value | undefined
  /** For every patch of the grid its position in `tokens` or -1, int64 `[B, N]`; present when a trace is wanted. */
  readonly patchToken?: Value | undefined
}

/** Reduces the tokens of one layer between its attention and its MLP. */
export interface TokenMerging {
  /**
   * @param keys attention keys of the layer, `[B, T, D]`, heads side by side.
   * @returns the state behind the merge; real tokens come first, padding last.
   */
  merge(build: LayerBuilder, layer: number, state: TokenState, keys: Value, heads: number): TokenState
  /** Tokens left of `count` (int64, any shape) in a layer, class token included. */
  countAfter(build: LayerBuilder, layer: number, count: Value): Value
}

/** One linear layer of an encoder layer: names of its weight and bias, behind the layer's own. */
export type LinearNames = {readonly weight: string; readonly bias: string}
export type AttentionNames = Readonly<Record<'query' | 'key' | 'value' | 'output', LinearNames>>

export type EncoderOptions = {
  /** Name before `.layers.<n>.`, as in the weights file. */
  readonly prefix: string
  readonly attention: AttentionNames
  readonly state: TokenState
  /** Added to attention logits, `[1, 1, T, T]`: the causal mask of a text tower. */
  readonly attentionBias?: Value
  readonly merging?: TokenMerging | undefined
  /**
   * Position of the only token whose final state is wanted: the last layer then computes its query, projection and MLP
   * for that token alone, which changes nothing in its value and saves most of a layer. Not with `attentionBias`.
   */
  readonly lastLayerToken?: number
}

export type EncodedTokens = {
  /** Final hidden states before any last norm: `[B, T, D]`, or `[B, 1, D]` with `lastLayerToken`. */
  readonly hidden: Value
  /** 1 for a token, 0 for padding, float32 `[B, T]`; absent without padding, and not of use with `lastLayerToken`. */
  readonly valid: Value | undefined
  /** Tokens of each layer, behind its merge, padding not counted: int64 `[B, layers]`. */
  readonly layerTokens: Value
  /** The trace behind each layer, when the state carried one; int64 `[B, N]` each. */
  readonly patchTokens: readonly Value[]
}

/** Runs all layers over the state. */
export function buildEncoder(build: LayerBuilder, config: TowerConfig, options: EncoderOptions): EncodedTokens {
  const {g} = build
  const {width, layerNormEps} = config
  const {merging} = options
  let state = options.state
  let dims = g.shape(state.tokens)
  let residual = toRows(build, state.tokens, width)
  let delta: Value | undefined
  const counts: Value[] = []
  const patchTokens: Value[] = []
  for (let layer = 0; layer < config.layers; layer += 1) {
    const prefix = `${options.prefix}.layers.${layer}`
    g.scope(`layers.${layer}`, () => {
      const entry = delta
        ? build.addAndNorm(residual, delta, `${prefix}.layer_norm1`, width, layerNormEps)
        : {sum: residual, normed: build.layerNorm(residual, `${prefix}.layer_norm1`, width, layerNormEps)}
      const token = layer === config.layers - 1 ? options.lastLayerToken : undefined
      const pick = (rows: Value) => (token === undefined ? rows : pickToken(build, rows, dims, token, width))
      const queryDims = token === undefined ? dims : g.concat([g.slice(dims, 0, 0, 1), g.ints([1, width])], 0)
      const bias = options.attentionBias ?? buildKeyBias(build, state, token === undefined)
      const {mixed, keys} = buildAttention(build, config, prefix, {
        names: options.attention,
        queryRows: pick(entry.normed),
        keyRows: entry.normed,
        queryDims,
        dims,
        bias,
      })
      const norm2 = `${prefix}.layer_norm2`
      if (!merging) counts.push(counts[0] ?? buildCount(build, state))
      else if (token !== undefined) counts.push(merging.countAfter(build, layer, buildCount(build, state)))
      if (merging && token === undefined) {
        const attended = {...state, tokens: g.reshape(g.add(entry.sum, mixed), dims)}
        state = g.scope('merge', () => merging.merge(build, layer, attended, keys, config.heads))
        counts.push(buildCount(build, state))
        dims = g.shape(state.tokens)
        residual = toRows(build, state.tokens, width)
        delta = buildMlp(build, config, `${prefix}.mlp`, build.layerNorm(residual, norm2, width, layerNormEps))
        return
      }
      if (merging && state.patchToken) {
        // The last merge cannot change the wanted token; the trace still has to show it.
        const tokens = g.reshape(entry.sum, dims)
        state = g.scope('merge', () => merging.merge(build, layer, {...state, tokens}, keys, config.heads))
      }
      const middle = build.addAndNorm(pick(entry.sum), mixed, norm2, width, layerNormEps)
      residual = middle.sum
      delta = buildMlp(build, config, `${prefix}.mlp`, middle.normed)
      dims = queryDims
    })
    if (state.patchToken) patchTokens.push(state.patchToken)
  }
  return {
    hidden: g.reshape(delta ? g.add(residual, delta) : residual, dims),
    valid: state.valid,
    layerTokens: joinCounts(build, options.state, counts),
    patchTokens,
  }
}

type AttentionRows = {
  names: AttentionNames
  queryRows: Value
  keyRows: Value
  queryDims: Value
  dims: Value
  bias: Value | undefined
}

function buildAttention(
  build: LayerBuilder,
  config: TowerConfig,
  prefix: string,
  rows: AttentionRows,
): {mixed: Value; keys: Value} {
  const {g} = build
  const {width, heads, headDim} = config
  const project = (role: keyof AttentionNames, source: Value) =>
    g.scope(role, () => {
      const {weight, bias} = rows.names[role]
      return build.linear(source, {
        weight: `${prefix}.${weight}`,
        bias: `${prefix}.${bias}`,
        inputs: width,
        outputs: width,
      })
    })
  const query = g.reshape(project('query', rows.queryRows), rows.queryDims)
  const key = g.reshape(project('key', rows.keyRows), rows.dims)
  const value = g.reshape(project('value', rows.keyRows), rows.dims)
  const mixed = g.scope('attention', () => build.attention({query, key, value, heads, headDim, bias: rows.bias}))
  return {mixed: project('output', toRows(build, mixed, width)), keys: key}
}

function buildMlp(build: LayerBuilder, {width, mlpWidth, activation}: TowerConfig, prefix: string, rows: Value): Value {
  const {g} = build
  const layer = (name: string, source: Value, inputs: number, outputs: number) =>
    g.scope(name, () =>
      build.linear(source, {weight: `${prefix}.${name}.weight`, bias: `${prefix}.${name}.bias`, inputs, outputs}),
    )
  return layer('fc2', build.activate(layer('fc1', rows, width, mlpWidth), activation), mlpWidth, width)
}

/**
 * What is added to the logits of each key: `[B, 1, Tq, T]`. The logarithm of a token's size (ToMe's proportional
 * attention), which masks padding as its size is 0; else the mask alone; else nothing.
 *
 * @param everyQuery whether all tokens ask, or one alone.
 */
function buildKeyBias({g}: LayerBuilder, {tokens, sizes, valid}: TokenState, everyQuery: boolean): Value | undefined {
  if (!sizes && !valid) return undefined
  return g.scope('key_bias', () => {
    const perKey = sizes
      ? g.op('Log', [valid ? g.max(sizes, g.float(1e-37)) : sizes])
      : g.mul(g.sub(valid!, g.float(1)), g.float(1e30))
    const row = g.reshape(perKey, [0, 1, 1, -1])
    return everyQuery ? g.expand(row, g.concat([g.ints([1, 1]), g.shape(tokens, 1, 2), g.ints([1])], 0)) : row
  })
}

/** Counts of all layers as int64 `[B, layers]`. */
function joinCounts({g}: LayerBuilder, {tokens, valid}: TokenState, counts: readonly Value[]): Value {
  if (valid) return g.concat(counts, 1)
  const all = g.unsqueeze(g.concat(counts, 0), [0])
  return g.expand(all, g.concat([g.shape(tokens, 0, 1), g.ints([1])], 0))
}

/** Tokens of each image, padding not counted, int64 `[B, 1]`; `[1]` where all have the same. */
function buildCount({g}: LayerBuilder, {tokens, valid}: TokenState): Value {
  return valid ? g.cast(g.reduceSum(valid, [1]), 'int64') : g.shape(tokens, 1, 2)
}

/** `[B, T, D]` → `[B·T, D]`. */
export function toRows(build: LayerBuilder, tokens: Value, width: number): Value {
  return build.g.reshape(tokens, [-1, width])
}

/** One token of every sequence: rows `[B·T, D]` → `[B, D]`. */
function pickToken({g}: LayerBuilder, rows: Value, dims: Value, token: number, width: number): Value {
  return g.reshape(g.slice(g.reshape(rows, dims), 1, token, token + 1), [-1, width])
}
