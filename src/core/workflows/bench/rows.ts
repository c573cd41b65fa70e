/** Samples and surveys become the rows of a bench: one for each method and batch size, each held against base. */
import type {Interval} from '../../metrics/bootstrap.js'
import {type LatencySummary, pairedRatio, summarizeLatency} from '../../metrics/latency.js'
import {type Offer, paretoFront} from '../../metrics/pareto.js'
import {medianOf} from '../../metrics/quantile.js'
import {type Spread, spreadOf} from '../../metrics/spread.js'
import {accuracyOf, type BenchAccuracy, mainFigure} from './accuracy.js'
import type {Energy} from './energy.js'
import {energyOfRow, type RowEnergy} from './energy-rows.js'
import type {ProtocolFigures, ProtocolRow} from './protocol.js'
import type {BenchSet} from './set.js'
import type {Survey} from './survey.js'
import {type TurnSamples, turnsOf} from './timing.js'

/** Medians in milliseconds of one run over one batch; together less or more than the median of the whole. */
export type StageTimes = {
  readonly decode: number
  readonly preprocess: number
  readonly encode: number
  /** Label scores, or the decoder of captions; null without either. */
  readonly head: number | null
}

/** Method divided by base, so 1 for base; null where either was not measured. */
export type Relative = {
  /** Mean tokens of the last layer. */
  readonly tokens: number
  /** Encoder: median over the blocks of the ratio within a block. Its interval is null for base itself. */
  readonly latency: number
  readonly latencyCi95: Interval | null
  readonly endToEnd: number
  readonly endToEndCi95: Interval | null
  readonly watts: number | null
  readonly joules: number | null
  readonly joulesCi95: Interval | null
  /** Top-1, of captions CIDEr. */
  readonly accuracy: number | null
}

/** One method at one batch size. Milliseconds are those of one run over one batch. */
export type BenchRow = {
  readonly method: string
  readonly batch: number
  /** In the last layer, class token included, over all images. */
  readonly tokens: Omit<Spread, 'count'>
  /** Encoder alone. */
  readonly latencyMs: LatencySummary
  /** Timed runs of the encoder. */
  readonly runs: number
  /** Encoder alone, from the median. */
  readonly imagesPerSecond: number
  /** From file to label scores or caption, or to embeddings when there are no labels. */
  readonly endToEndMs: LatencySummary
  readonly stagesMs: StageTimes
  readonly watts: RowEnergy['watts']
  /** Encoder alone. */
  readonly joulesPerImage: RowEnergy['joulesPerImage']
  /** From file to label scores. */
  readonly endToEndJoulesPerImage: RowEnergy['endToEndJoulesPerImage']
  readonly accuracy: BenchAccuracy | null
  readonly relative: Relative
  /** No other row of this batch size is as fast and as accurate and better in one; null without accuracy. */
  readonly paretoFront: boolean | null
  /** Present when a protocol of a paper was asked for. */
  readonly protocol?: ProtocolFigures
}

type Surveyed = {readonly method: string; readonly survey: Survey}

/**
 * @param surveys one per method, base first.
 * @param samples of complete blocks.
 */
export function benchRows(
  set: BenchSet,
  surveys: readonly Surveyed[],
  samples: readonly TurnSamples[],
  {batches, seed, energy, protocol = []}: RowOptions,
): BenchRow[] {
  const base = surveys[0]!
  // Once for all batch sizes: intervals of captions are a second of work.
  const accuracies = surveys.map(({survey}, index) =>
    accuracyOf(set, survey, index === 0 ? undefined : base.survey, seed),
  )
  return batches.flatMap((batch) => {
    const rows = surveys.map(({method, survey}, index) => {
      const own = turnsOf(samples, method, batch)
      const reference = turnsOf(samples, base.method, batch)
      const row = rowOf(
        {method, survey, own, accuracy: accuracies[index] ?? null},
        {survey: base.survey, own: reference, accuracy: accuracies[0] ?? null},
        {batch, seed},
      )
      const {relative, ...figures} = energyOfRow(energy, {method, batch}, base.method, {seed})
      const taken = protocol.find((other) => other.method === method && other.batch === batch)
      return {
        ...row,
        ...figures,
        relative: {...row.relative, ...relative},
        ...(taken ? {protocol: {name: taken.name, ms: taken.ms, watts: taken.watts}} : {}),
      }
    })
    const front = rows.every(({accuracy}) => accuracy) ? paretoFront(rows.map(offerOf)) : rows.map(() => null)
    return rows.map((row, index) => ({...row, paretoFront: front[index]!}))
  })
}

/** A row without its energy. */
type TimedRow = Omit<BenchRow, 'paretoFront' | 'protocol' | 'relative' | keyof RowEnergy> & {
  readonly relative: Omit<Relative, keyof RowEnergy['relative']>
}

type RowOptions = {
  readonly batches: readonly number[]
  readonly seed: number
  readonly energy?: Energy
  readonly protocol?: readonly ProtocolRow[]
}

type Measured = {
  readonly survey: Survey
  readonly own: readonly TurnSamples[]
  readonly accuracy: BenchAccuracy | null
}

function rowOf(
  {method, survey, own, accuracy}: Measured & {readonly method: string},
  base: Measured,
  {batch, seed}: {readonly batch: number; readonly seed: number},
): TimedRow {
  const encoder = own.map(({encoderMs}) => encoderMs)
  const chain = own.map(({endToEndMs}) => endToEndMs)
  const latencyMs = summarizeLatency(encoder, {seed})
  const {count: _, ...tokens} = spreadOf(survey.tokens)!
  const latency = pairedRatio(
    encoder,
    base.own.map(({encoderMs}) => encoderMs),
    {seed},
  )
  const endToEnd = pairedRatio(
    chain,
    base.own.map(({endToEndMs}) => endToEndMs),
    {seed},
  )
  const isBase = survey === base.survey
  const reference = base.accuracy && mainFigure(base.accuracy)
  const stage = (pick: (turn: TurnSamples) => readonly number[]) => medianOf(own.flatMap(pick))
  const hasHead = own.every(({headMs}) => headMs.length > 0)
  return {
    method,
    batch,
    tokens,
    latencyMs,
    runs: encoder.flat().length,
    imagesPerSecond: (1000 * batch) / latencyMs.median,
    endToEndMs: summarizeLatency(chain, {seed}),
    stagesMs: {
      decode: stage(({decodeMs}) => decodeMs),
      preprocess: stage(({preprocessMs}) => preprocessMs),
      encode: stage(({encodeMs}) => encodeMs),
      head: hasHead ? stage(({headMs}) => headMs) : null,
    },
    accuracy,
    relative: {
      tokens: tokens.mean / spreadOf(base.survey.tokens)!.mean,
      latency: latency.ratio,
      latencyCi95: isBase ? null : latency.ci95,
      endToEnd: endToEnd.ratio,
      endToEndCi95: isBase ? null : endToEnd.ci95,
      accuracy: accuracy && reference ? mainFigure(accuracy) / reference : null,
    },
  }
}

function offerOf({latencyMs, accuracy}: Pick<BenchRow, 'latencyMs' | 'accuracy'>): Offer {
  return {cost: latencyMs.median, gain: mainFigure(accuracy!)}
}
