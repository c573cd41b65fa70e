/** Golden numbers of numpy, scipy and scikit-learn; `make_metrics.py` beside them made them. */
import {readFileSync} from 'node:fs'

type Wilson = {readonly hits: number; readonly count: number; readonly low: number; readonly high: number}
type McNemar = {readonly first: number; readonly second: number; readonly p: number}
type Trend = {readonly values: number[]; readonly p: number; readonly change: number}
type Range = {readonly low: number; readonly high: number}

export const golden = JSON.parse(readFileSync('test/fixtures/metrics/metrics.json', 'utf8')) as {
  readonly averagePrecision: {
    readonly scores: number[][]
    readonly truth: number[][]
    readonly map: number
    readonly sklearn: number
  }
  readonly topK: {readonly scores: number[][]; readonly truth: number[]; readonly top1: number; readonly top5: number}
  readonly wilson: readonly Wilson[]
  readonly mcnemar: readonly McNemar[]
  readonly trend: readonly Trend[]
  readonly quantiles: {readonly values: number[]} & Readonly<Record<'0' | '0.025' | '0.5' | '0.95' | '1', number>>
  readonly tails: readonly {readonly count: number; readonly tail: number}[]
  readonly bootstrap: readonly ({readonly values: number[]} & Range)[]
  readonly pooled: {readonly blocks: number[][]} & Range
}
