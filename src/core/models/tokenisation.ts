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
  /** Whether the graph tells what became of each patch. */
  readonly trace: boolean
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

/** Tokens of a batch, which may be of unequal count and are then padded at the end. */
export type TokenSet = {
  /** `[B, T, D]` */
  readonly tokens: Value
  /** 1 for a token, 0 for padding, float32 `[B, T]`; absent when all images have the same count. */
  readonly valid?: Value
  /** With a trace: of every patch still there the position of its token, int64 `[B, K]`; absent when each is its own. */
  readonly tokenOfPatch?: Value
  /** With a trace: of every patch still there the visual word it matched, or -1; int64 `[B, K]`. */
  readonly wordOfPatch?: Value
}

/** Merges patches after they are embedded and placed. `embedded` is `[B, K, D]`, without the class token. */
export type GroupPatches = (context: PatchContext, patches: PatchSet, embedded: Value) => TokenSet

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
 * The trace at the encoder's entry: for every patch of the grid the position of its token in the sequence (the class
 * token is 0), or -1 when it was dropped. int64 `[B, N]`.
 *
 * @param tokenOfPatch token of each patch still there, not counting the class token; absent: each its own.
 */
export function buildEntryTrace(context: PatchContext, patches: PatchSet, tokenOfPatch?: Value): Value {
  const {g} = context
  const {pixels} = patches
  return g.scope('trace', () => {
    const own = tokenOfPatch ?? g.expand(g.unsqueeze(g.range(g.shape(pixels, 1, 2)), [0]), g.shape(pixels, 0, 2))
    return spreadOverGrid(context, patches, g.add(own, g.int(1)))
  })
}

/** Values of the patches still there, int64 `[B, K]`, at their places in the grid `[B, N]`; -1 where one was dropped. */
export function spreadOverGrid({g, patchCount}: PatchContext, {pixels, kept}: PatchSet, values: Value): Value {
  if (!kept) return values
  const grid = g.concat([g.shape(pixels, 0, 1), g.ints([patchCount])], 0)
  return g.op('ScatterElements', [g.expand(g.constant('int64', [-1], [1, 1]), grid), kept, values], {axis: 1})
}
