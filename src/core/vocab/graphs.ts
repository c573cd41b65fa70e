/** The graphs that learn words: cutting patches, distances, nearest words and sums, all as products on the runtime. */
import type {Value, WrittenGraph} from '../graph/builder.js'
import {Graph} from '../graph/graph.js'
import type {PixelSpace} from './vocabulary.js'

/**
 * Normalises the pixels of views and cuts them into patches.
 *
 * Input: `views` uint8 `[count, rows · P, columns · P, 3]`. Output: `patches` float32
 * `[count · rows · columns, 3 · P · P]`: view after view, patches in raster order, values in the order channel, row,
 * column.
 */
export function buildPatchGraph({patchSize, imageMean, imageStd}: PixelSpace, imageSize: number): WrittenGraph {
  const side = imageSize / patchSize
  const length = 3 * patchSize ** 2
  const g = new Graph('patches')
  const views = g.input('views', 'uint8', ['count', imageSize, imageSize, 3])
  const perChannel = (of: (channel: number) => number): Value => g.constant('float32', [0, 1, 2].map(of), [3, 1])
  const factor = perChannel((channel) => 1 / 255 / imageStd[channel]!)
  const shift = perChannel((channel) => -imageMean[channel]! / imageStd[channel]!)
  // Channels first while they are bytes, squares last in rows of P floats: any other order takes five times as long.
  const planes = g.cast(g.transpose(g.reshape(views, [-1, 3]), [1, 0]), 'float32')
  const pixels = g.reshape(g.add(g.mul(planes, factor), shift), [3, -1, side, patchSize, side, patchSize])
  const squares = g.transpose(pixels, [1, 2, 4, 0, 3, 5])
  g.output('patches', g.reshape(squares, [-1, length]), 'float32', ['patchCount', length])
  return g.finish()
}

/** Sums and squared lengths. Input: `rows` float32 `[n, length]`. Outputs: `sum`, `square` float32 `[n]`. */
export function buildMeasureGraph(length: number): WrittenGraph {
  const g = new Graph('measure-rows')
  const rows = g.input('rows', 'float32', ['n', length])
  g.output('sum', g.reduceSum(rows, [1], false), 'float32', ['n'])
  g.output('square', sumSquares(g, rows), 'float32', ['n'])
  return g.finish()
}

/**
 * Finds the nearest of some words for some patches; of two equally near ones the first.
 *
 * Inputs: `patches` float32 `[n, length]`; `rows` int64 `[m]`, the patches that are looked at; `words` float32
 * `[V, length]`. Outputs, for each of `rows`: `word` int64 `[m]`; `score` float32 `[m]`: the squared distance is
 * |patch|² - 2 · score.
 */
export function buildNearestGraph(wordLength: number): WrittenGraph {
  const g = new Graph('nearest-word')
  const patches = g.input('patches', 'float32', ['n', wordLength])
  const rows = g.input('rows', 'int64', ['m'])
  const words = g.input('words', 'float32', ['wordCount', wordLength])
  // |x - c|² = |x|² - 2 (x·c - |c|²/2): the nearest word has the largest x·c - |c|²/2, which is one product with a bias.
  const bias = g.mul(sumSquares(g, words), g.float(-0.5))
  const scores = g.op('Gemm', [g.gather(patches, rows, 0), words, bias], {transB: 1})
  g.output('word', g.op('ArgMax', [scores], {axis: 1, keepdims: 0}), 'int64', ['m'])
  g.output('score', g.op('ReduceMax', [scores, g.ints([1])], {keepdims: 0}), 'float32', ['m'])
  return g.finish()
}

/**
 * Moves each word towards the mean of its patches: `keep · word + gain · (sum of its patches)`. The sum is a scatter:
 * one pass over the patches where a product with a one-hot matrix takes as long as the distances. It belongs on one
 * thread, because several add to the same row without waiting for each other.
 *
 * Inputs: `patches` float32 `[n, length]`; `word` int64 `[n]`, of each patch; `words` float32 `[V, length]`; `keep`
 * and `gain` float32 `[V, 1]`. Output: `moved` float32 `[V, length]`.
 */
export function buildMoveGraph(wordLength: number): WrittenGraph {
  const g = new Graph('move-words')
  const patches = g.input('patches', 'float32', ['n', wordLength])
  const word = g.input('word', 'int64', ['n'])
  const words = g.input('words', 'float32', ['wordCount', wordLength])
  const keep = g.input('keep', 'float32', ['wordCount', 1])
  const gain = g.input('gain', 'float32', ['wordCount', 1])
  const zeros = g.sub(words, words)
  const sums = g.op('ScatterND', [zeros, g.unsqueeze(word, [1]), patches], {reduction: 'add'})
  g.output('moved', g.add(g.mul(words, keep), g.mul(sums, gain)), 'float32', ['wordCount', wordLength])
  return g.finish()
}

/**
 * What is needed of the distances between a few candidates and a sample, in one pass over the products: the squared
 * Euclidean distance but for the candidate's own squared length.
 *
 * Inputs: `candidates` float32 `[m, length]`; `sample` float32 `[n, length]`; `squares` float32 `[n]`, squared lengths of
 * the sample. Output: `part` float32 `[m, n]`, |x|² - 2 c·x.
 */
export function buildDistanceGraph(wordLength: number): WrittenGraph {
  const g = new Graph('distances')
  const candidates = g.input('candidates', 'float32', ['m', wordLength])
  const sample = g.input('sample', 'float32', ['n', wordLength])
  const squares = g.input('squares', 'float32', ['n'])
  const part = g.op('Gemm', [candidates, sample, squares], {transB: 1, alpha: {float: -2}})
  g.output('part', part, 'float32', ['m', 'n'])
  return g.finish()
}

function sumSquares(g: Graph, rows: Value): Value {
  return g.op('ReduceSumSquare', [rows, g.ints([1])], {keepdims: 0})
}
