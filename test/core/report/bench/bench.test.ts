import {expect, test} from 'vitest'
import {type BenchReport, describeMissed, formatBench} from '../../../../src/core/report/bench/bench.js'
import {formatBenchCsv, formatBenchMarkdown} from '../../../../src/core/report/bench/files.js'
import {formatSamplesCsv} from '../../../../src/core/report/bench/samples.js'
import {PLAIN, widthOf} from '../../../../src/core/report/text.js'
import {NO_CAPTIONS} from '../../../../src/core/workflows/bench/accuracy.js'

type Row = BenchReport['rows'][number]

const latency = (median: number) => ({
  median,
  p95: median * 1.1,
  mean: median,
  ci95: [median - 0.5, median + 0.5] as const,
})
const base: Row = {
  method: 'base',
  batch: 1,
  tokens: {mean: 197, std: 0, min: 197, max: 197},
  latencyMs: latency(8),
  runs: 375,
  imagesPerSecond: 125,
  endToEndMs: latency(12),
  stagesMs: {decode: 2.5, preprocess: 1, encode: 8.25, head: 0.05},
  watts: null,
  joulesPerImage: null,
  endToEndJoulesPerImage: null,
  accuracy: {
    images: 200,
    top1: 0.95,
    top1Ci95: [0.91, 0.97],
    top5: 0.995,
    worstGroup: null,
    groups: null,
    map: 0.9,
    tasks: {colour: {top1: 0.9, ci95: [0.85, 0.93]}},
    againstBase: null,
    ...NO_CAPTIONS,
  },
  relative: {
    tokens: 1,
    latency: 1,
    latencyCi95: null,
    endToEnd: 1,
    endToEndCi95: null,
    watts: null,
    joules: null,
    joulesCi95: null,
    accuracy: 1,
  },
  paretoFront: true,
}
const inter: Row = {
  ...base,
  method: 'inter:0.1',
  tokens: {mean: 80.25, std: 12, min: 40, max: 150},
  latencyMs: latency(4),
  imagesPerSecond: 250,
  accuracy: {...base.accuracy!, top1: 0.94, againstBase: {onlyBase: 3, onlyMethod: 1, pValue: 0.625}},
  // Twice as fast, from 1 / 0.6 to 1 / 0.4 times.
  relative: {...base.relative, tokens: 0.407, latency: 0.5, latencyCi95: [0.4, 0.6], accuracy: 0.989},
}
const report: BenchReport = {
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
      instructions: {avx2: true, avx512: false, vnni: null, amx: false, neon: false, dotprod: false, i8mm: false},
    },
    memoryBytes: 8e9,
    threads: {affinity: 2, quota: null, cores: 2, allowed: 2},
  },
  versions: {vwt: '0.1.0', commit: null, onnxruntime: '1.30.0', node: 'v22.0.0'},
  model: 'mini',
  modelSha256: 'abcdef0123456789abcdef',
  device: 'cpu',
  vocab: 'photos-100',
  vocabSha256: '0123456789abcdef0123',
  data: {name: 'scenes', sha256: 'fedcba9876543210fedc', images: 200, failed: [], labels: ['cat', 'dog']},
  settings: {runs: 10, seconds: 3, warmup: 3, blocks: 10, seed: 0, threads: 2, preprocess: 'model'},
  energy: {
    source: null,
    grade: null,
    idle: null,
    windowSeconds: null,
    blocks: null,
    refreshMs: null,
    reason: 'No meter.',
  },
  rows: [base, inter],
  gates: [],
}

test('three tables: time, stages, accuracy; an interval of a ratio turns round when it becomes a speed-up', () => {
  expect(formatBench(report, PLAIN)).toBe(`Encoder, ms of one run
method     tokens  median   p95  images/s  times as fast (95 %)   top-1
base          197    8.00  8.80       125                  1.00  95.0 %
inter:0.1    80.3    4.00  4.40       250      2.00 (1.67–2.50)  94.0 %

From file to label, ms of one run
method     decode  prepare  encode  head   all  times as fast (95 %)
base         2.50     1.00    8.25  0.05  12.0                  1.00
inter:0.1    2.50     1.00    8.25  0.05  12.0                  1.00

Accuracy
method           top-1 (95 %)   top-5     mAP  colour  lost  won      p
base       95.0 % (91.0–97.0)  99.5 %  90.0 %  90.0 %     –    –      –
inter:0.1  94.0 % (91.0–97.0)  99.5 %  90.0 %  90.0 %     3    1  0.625

200 images of scenes · mini on cpu, 2 threads · photos-100 · 10 blocks, seed 0 · A Processor
mAP: how well each label ranks all images, by cosine; other than top-1, which ranks labels within an image
lost, won: images that only base, only the method gets right; p: McNemar's exact test`)
})

test('several batch sizes have a column, more than two rows the front', () => {
  const rows = [base, {...inter, paretoFront: false}, {...base, batch: 4}]
  const lines = formatBench({...report, rows}, PLAIN).split('\n')
  expect(lines[1]).toBe('method     batch  tokens  median   p95  images/s  times as fast (95 %)   top-1')
  expect(lines.slice(2, 5).map((line) => line.endsWith('●'))).toEqual([true, false, true])
  expect(lines.at(-3)).toMatch(/^● no other row/)
})

test('images without labels have no accuracy, and no column that would be empty', () => {
  const rows = [base, inter].map((row) => ({
    ...row,
    accuracy: null,
    paretoFront: null,
    stagesMs: {...row.stagesMs, head: null},
  }))
  const text = formatBench({...report, rows, vocab: null, incomplete: true}, PLAIN)
  expect(text).not.toMatch(/top-1|Accuracy|lost/)
  expect(text).toMatch(/base {9}2\.50 {5}1\.00 {4}8\.25 {5}– {2}12\.0/)
  expect(text).toMatch(/10 blocks, seed 0 · A Processor · stopped before the end$/)
})

const missed = {
  require: 'accuracy.drop<=0.5',
  method: 'inter:0.1',
  batch: 4,
  passed: false,
  values: {'accuracy.drop': 1.00001},
}
const met = {require: 'latency.speedup>1', method: 'inter:0.1', batch: 1, passed: true, values: {'latency.speedup': 2}}

test('conditions are marked, and those missed become one sentence', () => {
  const text = formatBench({...report, gates: [met, missed]}, PLAIN)
  expect(text).toContain('✓ latency.speedup>1   inter:0.1: latency.speedup is 2\n')
  expect(text).toContain('✗ accuracy.drop<=0.5  inter:0.1 at batch 4: accuracy.drop is 1\n')
  expect(describeMissed([met])).toBeUndefined()
  expect(describeMissed([met, missed])).toBe(
    '1 of 2 required conditions should hold, but is missed: accuracy.drop<=0.5 for inter:0.1 at batch 4 (accuracy.drop is 1).',
  )
})

test('at 80 columns no line is wider, long specs give way', () => {
  const rows = [base, {...inter, method: 'intra:0.3+inter:0.1+tome:4+q8'}]
  for (const line of formatBench({...report, rows}, {...PLAIN, width: 80}).split('\n'))
    expect(widthOf(line)).toBeLessThanOrEqual(80)
})

test('CSV: a line for each row, unrounded, groups and other questions as columns, empty where not measured', () => {
  const groups = [{group: 'landbird, water', images: 10, top1: 0.7, ci95: [0.4, 0.9] as const}]
  const grouped = {...inter, accuracy: {...inter.accuracy!, worstGroup: 0.7, groups}}
  const lines = formatBenchCsv({...report, rows: [base, grouped]})
    .trimEnd()
    .split('\n')
  expect(lines).toHaveLength(3)
  expect(lines[0]).toMatch(
    /^model,device,data,images,method,batch,tokens_mean,.*,"top1: landbird, water",top1 of colour,/,
  )
  expect(lines[1]).toMatch(/^mini,cpu,scenes,200,base,1,197,0,197,197,375,8,8\.8\d*,8,7\.5,8\.5,125,/)
  expect(lines[1]).toMatch(/,0\.9,,,0\.9,,,,1,1$/)
  expect(lines[2]).toMatch(/,0\.9,0\.7,0\.7,0\.9,3,1,0\.625,0\.989,1$/)
})

test('every timed run is a line of the long table', () => {
  const turn = {method: 'tome:[8,4]', batch: 2, block: 1, turn: 0, encoderMs: [1.5, 2], endToEndMs: [9]}
  const stages = {decodeMs: [3], preprocessMs: [2], encodeMs: [4], headMs: []}
  expect(formatSamplesCsv([{...turn, ...stages}])).toBe(`method,batch,block,turn,phase,run,ms
"tome:[8,4]",2,1,0,encoder,0,1.5
"tome:[8,4]",2,1,0,encoder,1,2
"tome:[8,4]",2,1,0,endToEnd,0,9
"tome:[8,4]",2,1,0,decode,0,3
"tome:[8,4]",2,1,0,preprocess,0,2
"tome:[8,4]",2,1,0,encode,0,4
`)
})

test('Markdown has the tables of the terminal and what is needed to take them again', () => {
  const text = formatBenchMarkdown({...report, gates: [met, missed]})
  expect(text).toContain('| inter:0.1 | 80.3 | 4.00 | 4.40 | 250 | 2.00 (1.67–2.50) | 94.0 % |\n')
  expect(text).toContain('- missed: `accuracy.drop<=0.5` (inter:0.1, batch 4)\n')
  const clone = formatBenchMarkdown({...report, versions: {...report.versions, commit: '0123abc-dirty'}})
  expect(clone).toContain('- vwt 0.1.0 (0123abc-dirty), onnxruntime')
  expect(text).toContain('- vwt 0.1.0, onnxruntime 1.30.0, Node v22.0.0, linux x64, avx2\n')
  expect(text).toContain('- model abcdef0123456789, vocabulary 0123456789abcdef, images fedcba9876543210 (SHA-256)\n')
})
