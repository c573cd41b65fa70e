/** The tokens an encoder would be given, without the encoder: the pieces of graph in front of it, and nothing behind. */
import type {WrittenGraph} from '../graph/builder.js'
import {Graph} from '../graph/graph.js'
import {buildPatches, type GroupPatches, type PatchSet, type SelectPatches} from './tokenisation.js'
import type {VisionConfig} from './tower-config.js'

export type TokenCountOptions = {
  /** Applied in order. */
  readonly select?: readonly SelectPatches[]
  readonly group?: GroupPatches | undefined
}

/** `pixel_values` float32 `[batch, 3, size, size]` → `tokens` int64 `[batch]`, class token included. */
export function writeTokenCount(vision: VisionConfig, {select = [], group}: TokenCountOptions): WrittenGraph {
  const {imageSize, patchSize} = vision
  const g = new Graph('token-count')
  const context = {g, patchCount: (imageSize / patchSize) ** 2, patchLength: 3 * patchSize ** 2, trace: false}
  const pixels = g.input('pixel_values', 'float32', ['batch', 3, imageSize, imageSize])
  let patches: PatchSet = {pixels: buildPatches(g, pixels, vision)}
  for (const choose of select) patches = choose(context, patches)
  // What is averaged does not change how many there are: one value stands for the embedding.
  const valid = group?.(context, patches, g.slice(patches.pixels, 2, 0, 1)).valid
  const ones = () => g.expand(g.constant('int64', [1], [1, 1]), g.shape(patches.pixels, 0, 2))
  const counted = g.reduceSum(valid ? g.cast(valid, 'int64') : ones(), [1], false)
  g.output('tokens', g.add(counted, g.int(1)), 'int64', ['batch'])
  return g.finish()
}
