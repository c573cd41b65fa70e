/**
 * VWT, intra-image: drops the flattest patches before the encoder.
 *
 * @see Gee et al., Visual-Word Tokenizer, TMLR 2025, arXiv 2411.15397. Departs from the authors' code: patches are
 *   dropped before they are embedded, which gives the same tokens and saves their share of the embedding; equal
 *   variances are settled (the earlier patch stays).
 */
import {int64Tensor} from '../base/tensor.js'
import type {Value} from '../graph/builder.js'
import type {PatchContext, PatchSet} from '../models/tokenisation.js'
import {buildKeepBest, type KeepPlan, keepCount, parseDropFraction, planKeepBest} from './keep.js'
import type {Method} from './method.js'

const NAME = 'intra'
const DROP_COUNT = 'intra.drop_count'

export const intra: Method = {
  name: NAME,
  part: 'tokenisation',
  summary: 'VWT intra-image: drops the flattest patches',
  paper: 'Gee et al., TMLR 2025, arXiv 2411.15397',
  argument: 'fraction of patches dropped, 0.5',
  excludes: {random: 'both choose which patches are dropped'},
  parse(argument) {
    const dropFraction = parseDropFraction(NAME, argument, 0.5)
    return {
      method: intra,
      spec: `${NAME}:${dropFraction}`,
      select: buildIntra,
      inputs: ({geometry: {patchCount}}) => ({
        [DROP_COUNT]: int64Tensor([patchCount - Math.max(1, keepCount(patchCount, dropFraction))]),
      }),
    }
  },
}

/**
 * Keeps the `count` patches of highest pixel variance; of two equal ones the earlier stays.
 *
 * @param pixels normalised pixels `[N, 3·P·P]`, row-major: the variance is one number over all channels.
 */
export function planKeepByVariance(pixels: Float32Array, patchLength: number, count: number): KeepPlan {
  const variances = Array.from({length: pixels.length / patchLength}, (_, patch) =>
    variance(pixels.subarray(patch * patchLength, (patch + 1) * patchLength)),
  )
  return planKeepBest(variances, count)
}

function buildIntra(context: PatchContext, patches: PatchSet): PatchSet {
  const {g} = context
  const dropCount = g.input(DROP_COUNT, 'int64', [1])
  return g.scope(NAME, () => buildKeepBest(context, patches, buildVariance(context, patches.pixels), dropCount))
}

/** `[B, K, L]` → `[B, K]`. The mean of squares, not their sum over L - 1: the same order for one division less. */
function buildVariance({g}: PatchContext, pixels: Value): Value {
  const centred = g.sub(pixels, g.reduceMean(pixels, [-1]))
  return g.reduceMean(g.mul(centred, centred), [-1], false)
}

/** Unbiased variance of all values. */
function variance(values: Float32Array): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  return values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1)
}
