/** The step VWT intra and its random control share: rank patches by a score, drop the lowest, keep image order. */
import {UsageError} from '../base/errors.js'
import type {Value} from '../graph/builder.js'
import type {PatchContext, PatchSet} from '../models/tokenisation.js'

/** Patch positions, ascending, 0 = top left, row by row. Together they cover the grid exactly once. */
export type KeepPlan = {readonly kept: readonly number[]; readonly dropped: readonly number[]}

/** Patches left after dropping `dropFraction` of `patchCount`: rounded down, as the VWT authors round. */
export function keepCount(patchCount: number, dropFraction: number): number {
  return Math.trunc(patchCount * (1 - dropFraction))
}

/**
 * Keeps the `count` patches of highest score; of two equal ones the earlier stays.
 * @param scores one per patch, raster order.
 */
export function planKeepBest(scores: ArrayLike<number>, count: number): KeepPlan {
  const order = Array.from(scores, (_, position) => position).sort((a, b) => scores[b]! - scores[a]! || a - b)
  return {kept: ascending(order.slice(0, count)), dropped: ascending(order.slice(count))}
}

/** Added to the place of what is kept, it comes before all else. */
const AHEAD = -1e6

/**
 * The same inside a graph. The kept ones are brought back into image order by sorting places as float32: a GPU does
 * that without handing numbers to the processor.
 *
 * @param scores float32 `[B, K]`, one per patch still there.
 * @param dropCount int64 `[1]`, patches to drop.
 */
export function buildKeepBest({g}: PatchContext, patches: PatchSet, scores: Value, dropCount: Value): PatchSet {
  const all = g.shape(scores, 1, 2)
  const count = g.sub(all, dropCount)
  const best = g.topK(scores, count).indices
  const none = g.expand(g.constant('float32', [0], [1, 1]), g.shape(scores))
  const ahead = g.expand(g.constant('float32', [AHEAD], [1, 1]), g.concat([g.shape(scores, 0, 1), count], 0))
  const marks = g.op('ScatterElements', [none, best, ahead], {axis: 1})
  const order = g.add(marks, g.range(all, 'float32'))
  const rows = g.topK(order, count, {largest: false}).indices
  // The same as a column: no GPU gives int64 another shape, but all sort along any axis.
  const column = g.topK(g.unsqueeze(order, [2]), count, {axis: 1, largest: false}).indices
  return {
    pixels: g.op('GatherND', [patches.pixels, column], {batch_dims: 1}),
    kept: patches.kept ? g.gatherRows(patches.kept, rows) : rows,
  }
}

/** Reads a fraction of patches to drop: from 0 up to, not including, 1. */
export function parseDropFraction(name: string, argument: string | undefined, preset: number): number {
  if (argument === undefined) return preset
  const fraction = Number(argument)
  if (argument.trim() !== '' && fraction >= 0 && fraction < 1) return fraction
  throw new UsageError(
    `${name} takes the fraction of patches to drop, from 0 up to (not including) 1, but got ${JSON.stringify(argument)}.`,
    {
      code: 'method-argument',
      suggestions: [`${name}:${preset}`, ...(fraction > 1 && fraction < 100 ? [`${name}:${fraction / 100}`] : [])],
    },
  )
}

function ascending(positions: number[]): number[] {
  return positions.sort((a, b) => a - b)
}
