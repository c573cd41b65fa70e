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
import {buildMerge, buildMergeTables, type MergeTables} from './merging.js'
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

/** What a graph holds once for all its layers. */
type Shared = {r?: Value; tables?: MergeTables}

class BipartiteMerging implements TokenMerging {
  readonly #shared = new WeakMap<Graph, Shared>()

  constructor(private readonly forgetsSizes: boolean) {}

  countAfter({g}: LayerBuilder, layer: number, count: Value): Value {
    const most = g.div(g.sub(count, g.int(1)), g.int(2))
    return g.sub(count, g.min(this.rOf(g, layer), most))
  }

  merge({g, dialect}: LayerBuilder, layer: number, state: TokenState, keys: Value, heads: number): TokenState {
    const sizes = (this.forgetsSizes ? undefined : state.sizes) ?? unitSizes(g, state)
    const {places, never} = this.tablesOf(g, state.tokens)
    const layerPlaces = g.gather(places, g.int(layer), 0)
    const own = {keys, heads, r: this.rOf(g, layer), places: layerPlaces, never, idlePair: dialect === 'plain'}
    return buildMerge(g, {...state, sizes}, own)
  }

  /** The `r` of one layer, int64 `[1]`, from the input that holds all. */
  private rOf(g: Graph, layer: number): Value {
    return g.slice(this.allR(g), 0, layer, layer + 1)
  }

  private allR(g: Graph): Value {
    const shared = this.sharedOf(g)
    shared.r ??= g.input(R, 'int64', ['layers'])
    return shared.r
  }

  /** @param tokens of the layer that asks first: no later one has more. */
  private tablesOf(g: Graph, tokens: Value): MergeTables {
    const shared = this.sharedOf(g)
    shared.tables ??= buildMergeTables(g, tokens, this.allR(g))
    return shared.tables
  }

  private sharedOf(g: Graph): Shared {
    const known = this.#shared.get(g) ?? {}
    this.#shared.set(g, known)
    return known
  }
}

/** Size 1 for every token, 0 for padding: `[B, T, 1]`. */
function unitSizes(g: Graph, {tokens, valid}: TokenState): Value {
  if (valid) return g.unsqueeze(valid, [2])
  return g.expand(g.constant('float32', [1], [1, 1, 1]), g.concat([g.shape(tokens, 0, 2), g.ints([1])], 0))
}
