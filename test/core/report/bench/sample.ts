/** Benches made up to have everything a report can show. */
import type {BenchReport} from '../../../../src/core/report/bench/bench.js'
import {NO_CAPTIONS} from '../../../../src/core/workflows/bench/accuracy.js'
import type {BenchOutcomes} from '../../../../src/core/workflows/bench/outcomes.js'

export type SampleRow = BenchReport['rows'][number]

type Made = {
  readonly batch?: number
  readonly tokens?: number
  /** Milliseconds of an image in the encoder. */
  readonly ms?: number
  /** 0 to 1; null: the images have no labels. */
  readonly top1?: number | null
  readonly joules?: number | null
  /** Name and share of each group. */
  readonly groups?: Readonly<Record<string, number>>
  readonly front?: boolean
}

const IMAGES = 400
const BASE_MS = 8

export function sampleRow(method: string, made: Made = {}): SampleRow {
  const {batch = 1, tokens = 197, ms = BASE_MS, top1 = 0.95, joules = null, groups, front = true} = made
  const isBase = method === 'base'
  const latency = (median: number) => ({
    median,
    p95: median * 1.2,
    mean: median * 1.05,
    ci95: [median * 0.95, median * 1.05] as const,
  })
  const energy =
    joules === null
      ? null
      : {gross: joules, net: joules / 2, ci95: [joules * 0.9, joules * 1.1] as const, netCi95: null}
  const shares = groups
    ? Object.entries(groups).map(([group, share]) => ({
        group,
        images: 100,
        top1: share,
        ci95: [share - 0.05, Math.min(1, share + 0.05)] as const,
      }))
    : null
  return {
    method,
    batch,
    tokens: {mean: tokens, std: 0, min: tokens, max: tokens},
    latencyMs: latency(ms * batch),
    runs: 100,
    imagesPerSecond: 1000 / ms,
    endToEndMs: latency((ms + 4) * batch),
    stagesMs: {decode: 2 * batch, preprocess: 1.5 * batch, encode: ms * batch, head: top1 === null ? null : 0.5},
    watts: joules === null ? null : {mean: 40, source: 'rapl: package-0', grade: 'measured'},
    joulesPerImage: energy,
    endToEndJoulesPerImage: energy,
    accuracy:
      top1 === null
        ? null
        : {
            images: IMAGES,
            top1,
            top1Ci95: [top1 - 0.02, Math.min(1, top1 + 0.02)],
            top5: 0.99,
            worstGroup: shares ? Math.min(...shares.map((share) => share.top1)) : null,
            groups: shares,
            map: 0.9,
            tasks: {},
            againstBase: isBase ? null : {onlyBase: 9, onlyMethod: 3, pValue: 0.146},
            ...NO_CAPTIONS,
          },
    relative: {
      tokens: tokens / 197,
      latency: ms / BASE_MS,
      latencyCi95: isBase ? null : [(ms / BASE_MS) * 0.95, (ms / BASE_MS) * 1.05],
      endToEnd: (ms + 4) / (BASE_MS + 4),
      endToEndCi95: isBase ? null : [0.5, 0.6],
      watts: joules === null ? null : 1,
      joules: joules === null ? null : joules / 0.4,
      joulesCi95: null,
      accuracy: top1 === null ? null : top1 / 0.95,
    },
    paretoFront: top1 === null ? null : front,
  }
}

export function sampleReport(rows: readonly SampleRow[], more: Partial<BenchReport> = {}): BenchReport {
  return {
    startedAt: '2026-01-02T03:04:05.678Z',
    task: 'classify',
    machine: {
      platform: 'linux',
      release: '6.1',
      arch: 'x64',
      node: 'v22.0.0',
      cpu: {
        model: 'A Processor',
        logicalCount: 2,
        instructions: {avx2: true, avx512: true, vnni: true, amx: false, neon: false, dotprod: false, i8mm: false},
      },
      memoryBytes: 8e9,
      threads: {affinity: 2, quota: null, cores: 2, allowed: 2},
    },
    versions: {
      vwt: '0.1.0',
      commit: '0123456789abcdef0123456789abcdef01234567',
      onnxruntime: '1.30.0',
      node: 'v22.0.0',
    },
    model: 'mini',
    modelSha256: 'aa11'.repeat(16),
    device: 'cpu',
    vocab: 'photos-100',
    vocabSha256: 'bb22'.repeat(16),
    data: {name: 'scenes', sha256: 'cc33'.repeat(16), images: IMAGES, failed: [], labels: ['cat', 'dog']},
    settings: {runs: 10, seconds: 3, warmup: 3, blocks: 10, seed: 0, threads: 2, preprocess: 'model'},
    energy: {
      source: null,
      grade: null,
      idle: null,
      windowSeconds: null,
      blocks: null,
      refreshMs: null,
      reason: 'No meter can be read.',
    },
    rows,
    gates: [],
    ...more,
  }
}

/** Every image keeps the mean of its method, give or take what its number says. */
export function sampleOutcomes(rows: readonly SampleRow[]): BenchOutcomes {
  const methods = new Map(rows.map(({method, tokens}) => [method, tokens.mean]))
  return {
    images: Array.from({length: IMAGES}, (_, place) => ({
      path: `${place}.png`,
      sha256: place.toString(16).padStart(64, '0'),
      labels: ['cat'],
    })),
    methods: [...methods].map(([method, mean]) => ({
      method,
      tokens: Array.from({length: IMAGES}, (_, place) => (method === 'base' ? mean : mean + (place % 7))),
      ranks: Array.from({length: IMAGES}, (_, place) => (place % 20 === 0 ? 1 : 0)),
      captions: null,
    })),
  }
}

/** Three methods at two batch sizes, with groups and energy. */
export function fullSample(): BenchReport {
  const groups = {'landbird, land': 0.99, 'landbird, water': 0.7}
  const rows = [1, 8].flatMap((batch) => [
    sampleRow('base', {batch, joules: 0.4, groups}),
    sampleRow('intra:0.5', {batch, tokens: 99, ms: 4.2, top1: 0.93, joules: 0.2, groups}),
    sampleRow('tome:13', {batch, tokens: 41, ms: 5.6, top1: 0.945, joules: 0.3, groups, front: false}),
  ])
  return sampleReport(rows)
}

/** As many methods as sweeps give, all labels of one length in one corner. */
export function manyMethods(): BenchReport {
  const sweep = (name: string, slope: number) =>
    Array.from({length: 10}, (_, index) =>
      sampleRow(`${name}:${(index + 1) / 20}`, {
        tokens: 197 - 10 * index,
        ms: BASE_MS - 0.3 * index,
        top1: 0.95 - slope * index ** 2,
        front: index < 3,
      }),
    )
  return sampleReport([sampleRow('base'), ...sweep('intra', 1e-4), ...sweep('inter', 2e-4), ...sweep('random', 4e-3)])
}
