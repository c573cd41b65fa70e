/**
 * VWT, inter-image: patches that match the same visual word become one token.
 *
 * @see Gee et al., Visual-Word Tokenizer, TMLR 2025, arXiv 2411.15397. Departs from the authors' code: an unmatched
 *   patch i has the label V + i, so that it can never be averaged with strangers; padding of unequal images is masked
 *   in every layer, so that each image of a batch gives what it gives alone; of equally near words the first counts.
 */
import {UsageError} from '../base/errors.js'
import {float32Tensor} from '../base/tensor.js'
import type {Value} from '../graph/builder.js'
import type {Graph} from '../graph/graph.js'
import type {PatchContext, PatchSet, TokenSet} from '../models/tokenisation.js'
import type {Method} from './method.js'

const NAME = 'inter'
const WORDS = 'inter.words'
const RESTS = 'inter.word_rests'
const THRESHOLD = 'inter.distance_threshold'
const DEFAULT_THRESHOLD = 0.1
/** Above every label: V + N stays far below 2²⁴, up to which float32 counts exactly. */
const NO_LABEL = 1e9
/** Words looked at closely for each patch. */
const CANDIDATES = 3

export const inter: Method = {
  name: NAME,
  part: 'tokenisation',
  summary: 'VWT inter-image: merges patches that match the same visual word',
  paper: 'Gee et al., TMLR 2025, arXiv 2411.15397',
  argument: 'cosine distance above which a patch stays alone, 0.1',
  parse(argument) {
    const distanceThreshold = parseThreshold(argument)
    return {
      method: inter,
      spec: `${NAME}:${distanceThreshold}`,
      usesVocabulary: true,
      group: buildInter,
      inputs: ({words}) => ({
        [WORDS]: words!.unit,
        [RESTS]: words!.rest,
        [THRESHOLD]: float32Tensor([distanceThreshold], [1]),
      }),
    }
  },
}

/** Which token each patch becomes. */
export type GroupPlan = {
  /** For every patch the position of its token, 0 = first behind the class token. */
  readonly tokenOfPatch: readonly number[]
  /** Label of each token, ascending: word ids below V, then V + i for the unmatched patch i. */
  readonly labels: readonly number[]
}

/**
 * Groups the patches of one image: matched words by ascending id, then unmatched patches in raster order.
 *
 * @param patches normalised pixels `[N, 3·P·P]`, row-major.  @param words `[V, 3·P·P]`, of any length.
 * @param distanceThreshold 1 - cosine; a patch strictly farther than this from its nearest word stays alone.
 */
export function planInterGroups(
  patches: Float32Array,
  words: Float32Array,
  {wordLength, distanceThreshold}: {readonly wordLength: number; readonly distanceThreshold: number},
): GroupPlan {
  const row = (values: Float32Array, index: number) => values.subarray(index * wordLength, (index + 1) * wordLength)
  const wordCount = words.length / wordLength
  const labels = Array.from({length: patches.length / wordLength}, (_, patch) => {
    const similarities = Array.from({length: wordCount}, (_unused, word) =>
      cosine(row(patches, patch), row(words, word)),
    )
    const best = similarities.indexOf(Math.max(...similarities))
    return 1 - similarities[best]! > distanceThreshold ? wordCount + patch : best
  })
  const groups = [...new Set(labels)].sort((a, b) => a - b)
  return {tokenOfPatch: labels.map((label) => groups.indexOf(label)), labels: groups}
}

function buildInter(context: PatchContext, patches: PatchSet, embedded: Value): TokenSet {
  const {g, patchLength} = context
  const words = {
    unit: g.input(WORDS, 'float32', ['words', patchLength]),
    rest: g.input(RESTS, 'float32', ['words', patchLength]),
  }
  const threshold = g.input(THRESHOLD, 'float32', [1])
  return g.scope(NAME, () => {
    const {label, word} = buildLabels(context, patches.pixels, words, threshold)
    const groups = buildGroupLabels(context, label)
    // [B, M, K]: 1 where patch k belongs to token m. Padding has a label no patch has: a row of zeros.
    const member = g.cast(g.equal(g.unsqueeze(groups, [2]), g.unsqueeze(label, [1])), 'float32')
    const counts = g.reduceSum(member, [2])
    return {
      tokens: g.div(g.matMul(member, embedded), g.max(counts, g.float(1))),
      valid: g.min(g.squeeze(counts, [2]), g.float(1)),
      ...(context.trace ? {tokenOfPatch: g.argMax(member, 1), wordOfPatch: word()} : {}),
    }
  })
}

/**
 * What every patch matched, `[B, K]` each: `word` int64, its nearest word's id or -1 when that is too far; `label`
 * float32, that id or V + i for an unmatched patch i.
 */
function buildLabels(
  {g, patchLength}: PatchContext,
  pixels: Value,
  words: Words,
  threshold: Value,
): {label: Value; word: () => Value} {
  const rows = g.reshape(pixels, [-1, patchLength])
  const dims = g.shape(pixels, 0, 2)
  const {word, distance} = buildNearest(g, rows, words)
  const nearest = g.reshape(word, dims)
  const alone = g.op('Greater', [g.reshape(distance, dims), threshold])
  const ownLabel = g.cast(g.add(g.shape(words.unit, 0, 1), g.range(g.shape(pixels, 1, 2))), 'float32')
  return {label: g.where(alone, ownLabel, nearest), word: () => g.cast(g.where(alone, g.float(-1), nearest), 'int64')}
}

/** `UnitWords` in the graph. */
type Words = {readonly unit: Value; readonly rest: Value}

/**
 * The nearest word of each row and 1 - cosine to it, float32 `[R]` each; of equally near words the first.
 *
 * A sum of hundreds of products knows a cosine to about 1e-6 only, and plain patches have words closer together than
 * that. So it merely names candidates. Among these, differences of words are compared, and the distance is taken from
 * the difference to the word: both are small where it matters, and with them their rounding.
 */
function buildNearest(g: Graph, rows: Value, words: Words): {word: Value; distance: Value} {
  const unitRows = g.normalizeRows(rows)
  const similarity = g.op('Gemm', [unitRows, words.unit], {transB: 1})
  const candidateCount = g.min(g.shape(words.unit, 0, 1), g.ints([CANDIDATES]))
  const {values, indices} = g.topK(similarity, candidateCount)
  const [unit, rest] = [g.gather(words.unit, indices, 0), g.gather(words.rest, indices, 0)]
  const ahead = g.add(g.sub(unit, g.slice(unit, 1, 0, 1)), g.sub(rest, g.slice(rest, 1, 0, 1)))
  const gain = g.squeeze(g.matMul(ahead, g.unsqueeze(rows, [2])), [2])
  const isBest = g.equal(gain, g.reduceMax(gain, [1]))
  const ids = g.where(isBest, g.cast(indices, 'float32'), g.float(NO_LABEL))
  const word = g.op('ReduceMin', [ids, g.ints([1])], {keepdims: 0})
  const apart = g.sub(unitRows, g.gather(words.unit, g.cast(word, 'int64'), 0))
  const squares = g.reduceSum(g.mul(apart, apart), [1], false)
  // |a - b|² + 2ab is |a|² + |b|²: 2, or less by one for each vector of zeros, from which everything is at distance 1.
  const best = g.reduceMax(values, [1], false)
  const lengths = g.op('Floor', [g.add(g.add(squares, g.add(best, best)), g.float(0.5))])
  return {word, distance: g.add(g.mul(squares, g.float(0.5)), g.sub(g.float(1), g.mul(lengths, g.float(0.5))))}
}

/** The distinct labels of each image, ascending, `[B, M]`; M is the most any image has, the rest holds `NO_LABEL`. */
function buildGroupLabels({g}: PatchContext, label: Value): Value {
  const same = g.cast(g.equal(g.unsqueeze(label, [2]), g.unsqueeze(label, [1])), 'float32')
  const first = g.equal(g.cast(g.argMax(same, 2), 'float32'), g.range(g.shape(label, 1, 2), 'float32'))
  const distinct = g.where(first, label, g.float(NO_LABEL))
  const counts = g.reduceSum(g.cast(first, 'float32'), [1], false)
  return g.topK(distinct, g.cast(g.reduceMax(counts, [0]), 'int64'), {largest: false}).values
}

function parseThreshold(argument: string | undefined): number {
  if (argument === undefined) return DEFAULT_THRESHOLD
  const threshold = Number(argument)
  if (argument.trim() !== '' && threshold >= 0 && threshold <= 2) return threshold
  throw new UsageError(
    `${NAME} takes the cosine distance above which a patch stays alone, from 0 to 2, but got ${JSON.stringify(argument)}.`,
    {code: 'method-argument', suggestions: [`${NAME}:${DEFAULT_THRESHOLD}`]},
  )
}

/** 0 for a vector of zeros, whose direction nothing says. */
function cosine(a: Float32Array, b: Float32Array): number {
  const dot = (x: Float32Array, y: Float32Array) => x.reduce((sum, value, index) => sum + value * y[index]!, 0)
  return dot(a, b) / Math.max(Math.sqrt(dot(a, a)) * Math.sqrt(dot(b, b)), 1e-12)
}
