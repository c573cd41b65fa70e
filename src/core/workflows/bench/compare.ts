/** Results of two or more benches side by side: what changed, and whether it is more than chance. */
import {UsageError} from '../../base/errors.js'
import type {Interval} from '../../metrics/bootstrap.js'
import {differenceInterval, mcnemarPValue} from '../../metrics/proportions.js'
import {type Circumstance, circumstancesOf, differencesOf, timesDiffer} from './circumstances.js'
import type {BenchOutcomes} from './outcomes.js'
import {type BenchFile, readBenchFile} from './result-file.js'
import type {BenchRow} from './rows.js'

/** One quantity before (in the first file) and after. */
export type Change = {
  readonly before: number
  readonly after: number
  /** After divided by before; null when that is 0. */
  readonly ratio: number | null
  /** Whether the 95 % intervals have something in common; null where one has none. */
  readonly overlap: boolean | null
}

export type AccuracyChange = {
  /** `top1` or, of captions, `cider`. */
  readonly of: 'top1' | 'cider'
  readonly before: number
  readonly after: number
  /** After less before. */
  readonly difference: number
  /**
   * `paired`: image by image, by McNemar's exact test; `unpaired`: as two shares, by Newcombe's interval; `intervals`:
   * only by whether the two intervals overlap.
   */
  readonly by: 'paired' | 'unpaired' | 'intervals'
  readonly pValue: number | null
  /** Of the difference. */
  readonly ci95: Interval | null
  /** Images that only one of the two gets right. */
  readonly onlyBefore: number | null
  readonly onlyAfter: number | null
  /** Whether more than chance is likely at 95 %. */
  readonly differs: boolean | null
}

/** One method at one batch size in the first file and in another; null where either has no such figure. */
export type RowChange = {
  readonly method: string
  readonly batch: number
  readonly tokens: Change
  /** Encoder, ms of one run. */
  readonly latency: Change
  /** Times as fast as base of the same file: what stays comparable between machines. */
  readonly speedup: Change
  readonly joules: Change | null
  readonly accuracy: AccuracyChange | null
}

export type Comparison = {
  readonly path: string
  /** What differs from the first file, such as processor or model. */
  readonly differences: readonly {readonly what: string; readonly before: string; readonly after: string}[]
  /** Machine, threads and device are the same, so that milliseconds and joules may be held against each other. */
  readonly timesComparable: boolean
  readonly rows: readonly RowChange[]
  /** Methods (with their batch size) that only one of the two has. */
  readonly onlyBefore: readonly string[]
  readonly onlyAfter: readonly string[]
}

export type BenchComparison = {
  readonly files: readonly {readonly path: string; readonly circumstances: readonly Circumstance[]}[]
  /** The first file against each other one. */
  readonly comparisons: readonly Comparison[]
}

/**
 * Reads results and compares them.
 *
 * @param paths at least two; the first is what the others are held against.
 * @throws {UsageError} `compare-few`; `compare-missing`: a file cannot be read; `compare-not-bench`: it is no result.
 */
export async function compareBenchFiles(paths: readonly string[]): Promise<BenchComparison> {
  if (paths.length < 2) {
    throw new UsageError(`A comparison needs at least two results, but is given ${paths.length}.`, {
      code: 'compare-few',
      suggestions: ['vwt bench --compare before.json after.json'],
    })
  }
  const files: BenchFile[] = []
  for (const path of paths) files.push(await readBenchFile(path))
  return compareBenches(files)
}

export function compareBenches(files: readonly BenchFile[]): BenchComparison {
  const [first, ...others] = files as readonly [BenchFile, ...BenchFile[]]
  return {
    files: files.map(({path, result}) => ({path, circumstances: circumstancesOf(result)})),
    comparisons: others.map((other) => compareTwo(first, other)),
  }
}

function compareTwo(first: BenchFile, other: BenchFile): Comparison {
  const pairs = pairsOf(first.result.rows, other.result.rows)
  const only = (rows: readonly BenchRow[], than: readonly BenchRow[]) =>
    rows.filter((row) => !sameRow(than, row)).map(({method, batch}) => `${method} at batch ${batch}`)
  const differences = differencesOf(first.result, other.result)
  return {
    path: other.path,
    differences,
    timesComparable: !timesDiffer(differences),
    rows: pairs.map(([before, after]) => changeOf(before, after, first.result.outcomes, other.result.outcomes)),
    onlyBefore: only(first.result.rows, other.result.rows),
    onlyAfter: only(other.result.rows, first.result.rows),
  }
}

function pairsOf(before: readonly BenchRow[], after: readonly BenchRow[]): [BenchRow, BenchRow][] {
  return before.flatMap((row) => {
    const same = sameRow(after, row)
    return same ? [[row, same] as [BenchRow, BenchRow]] : []
  })
}

function sameRow(rows: readonly BenchRow[], {method, batch}: BenchRow): BenchRow | undefined {
  return rows.find((row) => row.method === method && row.batch === batch)
}

function changeOf(
  before: BenchRow,
  after: BenchRow,
  outcomesBefore: BenchOutcomes | undefined,
  outcomesAfter: BenchOutcomes | undefined,
): RowChange {
  const [joulesBefore, joulesAfter] = [before.joulesPerImage, after.joulesPerImage]
  return {
    method: before.method,
    batch: before.batch,
    tokens: change(before.tokens.mean, after.tokens.mean, null, null),
    latency: change(before.latencyMs.median, after.latencyMs.median, before.latencyMs.ci95, after.latencyMs.ci95),
    speedup: change(
      1 / before.relative.latency,
      1 / after.relative.latency,
      inverse(before.relative.latencyCi95),
      inverse(after.relative.latencyCi95),
    ),
    joules:
      joulesBefore && joulesAfter
        ? change(joulesBefore.gross, joulesAfter.gross, joulesBefore.ci95, joulesAfter.ci95)
        : null,
    accuracy: accuracyChange(before, after, pairedHits(before.method, outcomesBefore, outcomesAfter)),
  }
}

function change(before: number, after: number, ci95Before: Interval | null, ci95After: Interval | null): Change {
  return {
    before,
    after,
    ratio: before === 0 ? null : after / before,
    overlap: ci95Before && ci95After ? overlap(ci95Before, ci95After) : null,
  }
}

function inverse(interval: Interval | null): Interval | null {
  return interval && [1 / interval[1], 1 / interval[0]]
}

function overlap(a: Interval, b: Interval): boolean {
  return a[0] <= b[1] && b[0] <= a[1]
}

type Hits = {readonly before: readonly boolean[]; readonly after: readonly boolean[]}

function accuracyChange(
  {accuracy: before}: BenchRow,
  {accuracy: after}: BenchRow,
  hits: Hits | null,
): AccuracyChange | null {
  if (before?.top1 != null && after?.top1 != null) {
    const shared = {of: 'top1', before: before.top1, after: after.top1, difference: after.top1 - before.top1} as const
    if (hits) {
      const onlyBefore = hits.before.filter((hit, index) => hit && !hits.after[index]).length
      const onlyAfter = hits.after.filter((hit, index) => hit && !hits.before[index]).length
      const pValue = mcnemarPValue(onlyBefore, onlyAfter)
      return {...shared, by: 'paired', pValue, ci95: null, onlyBefore, onlyAfter, differs: pValue < 0.05}
    }
    const ci95 = differenceInterval(
      [after.top1 * after.images, after.images],
      [before.top1 * before.images, before.images],
    )
    const differs = ci95[0] > 0 || ci95[1] < 0
    return {...shared, by: 'unpaired', pValue: null, ci95, onlyBefore: null, onlyAfter: null, differs}
  }
  if (before?.cider == null || after?.cider == null) return null
  const [endsBefore, endsAfter] = [before.captionCi95?.cider ?? null, after.captionCi95?.cider ?? null]
  return {
    of: 'cider',
    before: before.cider,
    after: after.cider,
    difference: after.cider - before.cider,
    by: 'intervals',
    pValue: null,
    ci95: null,
    onlyBefore: null,
    onlyAfter: null,
    differs: endsBefore && endsAfter ? !overlap(endsBefore, endsAfter) : null,
  }
}

/**
 * Right or wrong, image by image, when both files hold the same images with the same right labels, in whatever order and
 * wherever they lay: images are known by the hash of their file.
 */
function pairedHits(method: string, before: BenchOutcomes | undefined, after: BenchOutcomes | undefined): Hits | null {
  const hitsBefore = hitsByImage(method, before)
  const hitsAfter = hitsByImage(method, after)
  if (!hitsBefore || !hitsAfter || hitsBefore.size !== hitsAfter.size) return null
  const keys = [...hitsBefore.keys()]
  if (!keys.every((key) => hitsAfter.has(key))) return null
  return {before: keys.map((key) => hitsBefore.get(key)!), after: keys.map((key) => hitsAfter.get(key)!)}
}

function hitsByImage(method: string, outcomes: BenchOutcomes | undefined): Map<string, boolean> | null {
  const ranks = outcomes?.methods.find((other) => other.method === method)?.ranks
  if (!outcomes || !ranks || outcomes.images.some(({sha256}) => sha256 === null)) return null
  const seen = new Map<string, number>()
  return new Map(
    outcomes.images.map(({sha256, labels}, place) => {
      const key = JSON.stringify([sha256, labels])
      const times = seen.get(key) ?? 0
      seen.set(key, times + 1)
      return [`${key} ${times}`, ranks[place] === 0]
    }),
  )
}
