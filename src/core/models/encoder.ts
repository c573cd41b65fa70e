/** The pre-norm transformer encoder that CLIP's two towers, BLIP's vision tower and DeiT share. */
import type {Value} from '../graph/builder.js'
import type {TowerConfig} from './clip-config.js'
import type {LayerBuilder} from './layers.js'

/** The token sequence between two layers. */
export type TokenState = {
  /** `[B, T, D]` */
  readonly tokens: Value
  /** Added to attention logits: `[B or 1, 1, T, T]`; masks padding, carries token sizes. */
  readonly attentionBias?: Value | undefined
}

export type EncoderOptions = {
  /** Name before `.layers.<n>.`, as in the weights file. */
  readonly prefix: string
  /**
   * Position of the only token whose final state is wanted: the last layer then computes its query, projection and MLP
   * for that token alone, which changes nothing in its value and saves most of a layer.
   */
  readonly lastLayerToken?: number
  readonly state: TokenState
}

/**
 * Runs all layers over the state.
 * @returns final hidden states before any last norm: `[B, T, D]`, or `[B, 1, D]` with `lastLayerToken`.
 */
export function buildEncoder(build: LayerBuilder, config: TowerConfig, options: EncoderOptions): Value {
  const {g} = build
  const {width, layerNormEps} = config
  let residual = toRows(build, options.state.tokens, width)
  let delta: Value | undefined
  const dims = g.shape(options.state.tokens)
  let lastDims = dims
  for (let layer = 0; layer < config.layers; layer += 1) {
    const prefix = `${options.prefix}.layers.${layer}`
    g.scope(`layers.${layer}`, () => {
      const norm1 = `${prefix}.layer_norm1`
      const entry = delta
        ? build.addAndNorm(residual, delta, norm1, width, layerNormEps)
        : {sum: residual, normed: build.layerNorm(residual, norm1, width, layerNormEps)}
      const token = layer === config.layers - 1 ? options.lastLayerToken : undefined
      const queryRows = token === undefined ? entry.normed : pickToken(build, entry.normed, dims, token, width)
      const before = token === undefined ? entry.sum : pickToken(build, entry.sum, dims, token, width)
      lastDims = token === undefined ? dims : g.concat([g.slice(dims, 0, 0, 1), g.ints([1, width])], 0)
      const attended = buildAttention(build, config, prefix, {
        queryRows,
        keyRows: entry.normed,
        queryDims: lastDims,
        dims,
        bias: options.state.attentionBias,
      })
      const middle = build.addAndNorm(before, attended, `${prefix}.layer_norm2`, width, layerNormEps)
      residual = middle.sum
      delta = buildMlp(build, config, `${prefix}.mlp`, middle.normed)
    })
  }
  return g.reshape(delta ? g.add(residual, delta) : residual, lastDims)
}

type AttentionRows = {queryRows: Value; keyRows: Value; queryDims: Value; dims: Value; bias: Value | undefined}

function buildAttention(build: LayerBuilder, config: TowerConfig, prefix: string, rows: AttentionRows): Value {
  const {g} = build
  const {width, heads, headDim} = config
  const project = (name: string, source: Value) =>
    g.scope(name, () =>
      build.linear(source, {
        weight: `${prefix}.self_attn.${name}.weight`,
        bias: `${prefix}.self_attn.${name}.bias`,
        inputs: width,
        outputs: width,
      }),
    )
  const query = g.reshape(project('q_proj', rows.queryRows), rows.queryDims)
  const key = g.reshape(project('k_proj', rows.keyRows), rows.dims)
  const value = g.reshape(project('v_proj', rows.keyRows), rows.dims)
  const mixed = g.scope('attention', () => build.attention({query, key, value, heads, headDim, bias: rows.bias}))
  return project('out_proj', toRows(build, mixed, width))
}

function buildMlp(build: LayerBuilder, {width, mlpWidth, activation}: TowerConfig, prefix: string, rows: Value): Value {
  const {g} = build
  const layer = (name: string, source: Value, inputs: number, outputs: number) =>
    g.scope(name, () =>
      build.linear(source, {weight: `${prefix}.${name}.weight`, bias: `${prefix}.${name}.bias`, inputs, outputs}),
    )
  return layer('fc2', build.activate(layer('fc1', rows, width, mlpWidth), activation), mlpWidth, width)
}

/** `[B, T, D]` → `[B·T, D]`. */
export function toRows(build: LayerBuilder, tokens: Value, width: number): Value {
  return build.g.reshape(tokens, [-1, width])
}

/** One token of every sequence: rows `[B·T, D]` → `[B, D]`. */
function pickToken({g}: LayerBuilder, rows: Value, dims: Value, token: number, width: number): Value {
  return g.reshape(g.slice(g.reshape(rows, dims), 1, token, token + 1), [-1, width])
}
