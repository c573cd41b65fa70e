/** The step between pixels and encoder where patches become tokens, and where tokenisation methods step in. */
import type {Value} from '../graph/builder.js'
import type {Graph} from '../graph/graph.js'

/** What a tokenisation method may use of the model it is written into. */
export type PatchContext = {
  readonly g: Graph
  /** Patches of a whole image, N. */
  readonly patchCount: number
  /** Numbers in a patch, 3·P·P. */
  readonly patchLength: number
}

/** Patches on their way to the encoder. */
export type PatchSet = {
  /** Normalised pixels `[B, K, 3·P·P]`, order channel, row, column. */
  readonly pixels: Value
  /** Grid positions `[B, K]`, int64, ascending; absent while all N patches are there. */
  readonly kept?: Value
}

/** Chooses patches before they are embedded. */
export type SelectPatches = (context: PatchContext, patches: PatchSet) => PatchSet

/** `[B, 3, H, W]` → `[B, N, 3·P·P]`: raster order of patches, each channel, row, column. */
export function buildPatches(
  g: Graph,
  pixels: Value,
  {imageSize, patchSize}: {readonly imageSize: number; readonly patchSize: number},
): Value {
  const side = imageSize / patchSize
  return g.scope('patches', () => {
    const split = g.reshape(pixels, [0, 3, side, patchSize, side, patchSize])
    return g.reshape(g.transpose(split, [0, 2, 4, 1, 3, 5]), [0, side ** 2, 3 * patchSize ** 2])
  })
}

/**
 * The trace of a selection: for every patch of the grid the position of its token in the encoder's sequence (the class
 * token is 0), or -1 when it was dropped. int64 `[B, N]`.
 */
export function buildSelectionTrace({g, patchCount}: PatchContext, pixels: Value, kept: Value | undefined): Value {
  return g.scope('trace', () => {
    const batch = g.shape(pixels, 0, 1)
    const all = g.concat([batch, g.ints([patchCount])], 0)
    if (!kept) return g.expand(g.constant('int64', range(patchCount, 1), [1, patchCount]), all)
    const dropped = g.expand(g.constant('int64', [-1], [1, 1]), all)
    // Kept patches ascend, so the k-th of them is token k + 1: a running count of ones.
    const ones = g.expand(g.constant('int64', [1], [1, 1]), g.shape(kept))
    return g.op('ScatterElements', [dropped, kept, g.op('CumSum', [ones, g.int(1)])], {axis: 1})
  })
}

function range(count: number, first = 0): number[] {
  return Array.from({length: count}, (_, index) => first + index)
}
