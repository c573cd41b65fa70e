import {expect, test} from 'vitest'
import {disturbances} from '../../../../src/core/workflows/bench/disturbance.js'
import {parseGate} from '../../../../src/core/workflows/bench/gate.js'
import {checkGates, checkGatesMeasured} from '../../../../src/core/workflows/bench/gates.js'
import {benchRows} from '../../../../src/core/workflows/bench/rows.js'
import {type BenchSet, labelledSet} from '../../../../src/core/workflows/bench/set.js'
import type {TurnSamples} from '../../../../src/core/workflows/bench/timing.js'

// Six images: landbirds on land (2) and water (1), waterbirds on water (2) and land (1).
const set: BenchSet = labelledSet(
  'birds',
  ['l land', 'l land', 'l water', 'w water', 'w water', 'w land'].map((text, index) => {
    const [label, group] = text.split(' ') as [string, string]
    return {path: `${index}.png`, labels: [label], group}
  }),
)
const surveyOf = (tokens: readonly number[], ranks: readonly number[]) => ({tokens, tasks: [{ranks, map: 0.5}]})
const surveys = [
  {method: 'base', survey: surveyOf([17, 17, 17, 17, 17, 17], [0, 0, 1, 0, 0, 0])},
  {method: 'intra:0.5', survey: surveyOf([9, 9, 9, 9, 9, 8], [0, 0, 1, 0, 1, 1])},
]
const turn = (method: string, block: number, ms: number, batch = 1): TurnSamples => ({
  method,
  batch,
  block,
  turn: 0,
  encoderMs: [ms, ms, ms + 2],
  endToEndMs: [ms + 10],
  decodeMs: [6],
  preprocessMs: [3],
  encodeMs: [ms],
  headMs: [1],
})
// The machine slows down threefold; the method takes half the time in every block.
const samples = [0, 1, 2].flatMap((block) => [
  turn('base', block, 20 * (block + 1)),
  turn('intra:0.5', block, 10 * (block + 1)),
])
const rows = () => benchRows(set, surveys, samples, {batches: [1], seed: 0})

test('rows, worked by hand', () => {
  const [base, intra] = rows()
  expect(base).toMatchObject({
    method: 'base',
    batch: 1,
    runs: 9,
    tokens: {mean: 17, std: 0, min: 17, max: 17},
    latencyMs: {median: 40},
    imagesPerSecond: 25,
    stagesMs: {decode: 6, preprocess: 3, encode: 40, head: 1},
    watts: null,
    joulesPerImage: null,
    relative: {tokens: 1, latency: 1, latencyCi95: null, endToEnd: 1, watts: null, joules: null, accuracy: 1},
  })
  // End to end: 20/30, 30/50, 40/70.
  expect(intra!.relative).toMatchObject({latency: 0.5, latencyCi95: [0.5, 0.5], endToEnd: 0.6})
  expect(intra!.relative.tokens).toBeCloseTo(53 / 6 / 17, 12)
  expect(intra!.relative.accuracy).toBeCloseTo(3 / 5, 12)
})

test('accuracy by group, and images that only one gets right', () => {
  const [base, intra] = rows().map(({accuracy}) => accuracy!)
  expect(base!.top1).toBeCloseTo(5 / 6, 12)
  expect(base!.groups!.map(({group, images, top1}) => [group, images, top1])).toEqual([
    ['l, land', 2, 1],
    ['l, water', 1, 0],
    ['w, water', 2, 1],
    ['w, land', 1, 1],
  ])
  expect([base!.worstGroup, base!.againstBase, base!.top5]).toEqual([0, null, null])
  // Two images lost, none won: 2 · (1/2)².
  expect(intra!.againstBase).toEqual({onlyBase: 2, onlyMethod: 0, pValue: expect.closeTo(0.5, 12)})
})

test('the front: the faster row and the more accurate one', () => {
  expect(rows().map(({paretoFront}) => paretoFront)).toEqual([true, true])
  const worse = benchRows(
    set,
    [surveys[1]!, {...surveys[0]!, method: 'x'}],
    samples.map((sample) => ({
      ...sample,
      method: sample.method === 'base' ? 'intra:0.5' : 'x',
    })),
    {batches: [1], seed: 0},
  )
  expect(worse.map(({paretoFront}) => paretoFront)).toEqual([false, true])
})

test('images without labels have no accuracy and no front', () => {
  const bare = surveys.map(({method, survey}) => ({method, survey: {...survey, tasks: []}}))
  const [row] = benchRows({name: 'images', images: set.images, tasks: []}, bare, samples, {batches: [1], seed: 0})
  expect([row!.accuracy, row!.paretoFront, row!.relative.accuracy]).toEqual([null, null, null])
})

test('each batch size is held against base at the same size', () => {
  const both = [
    ...samples,
    ...[0, 1].flatMap((block) => [turn('base', block, 100, 4), turn('intra:0.5', block, 25, 4)]),
  ]
  const all = benchRows(set, surveys, both, {batches: [1, 4], seed: 0})
  expect(all.map(({method, batch, relative}) => [method, batch, relative.latency])).toEqual([
    ['base', 1, 1],
    ['intra:0.5', 1, 0.5],
    ['base', 4, 1],
    ['intra:0.5', 4, 0.25],
  ])
  expect(all[2]!.imagesPerSecond).toBe(40)
})

test('conditions are held against every method but base, with what they name', () => {
  const gates = ['latency.speedup>=2 && tokens.ratio<0.6', 'accuracy.drop<=10'].map(parseGate)
  expect(checkGates(gates, rows())).toEqual([
    {
      require: 'latency.speedup>=2 && tokens.ratio<0.6',
      method: 'intra:0.5',
      batch: 1,
      passed: true,
      values: {'latency.speedup': 2, 'tokens.ratio': expect.closeTo(53 / 6 / 17, 12)},
    },
    {
      require: 'accuracy.drop<=10',
      method: 'intra:0.5',
      batch: 1,
      passed: false,
      values: {'accuracy.drop': expect.closeTo(100 / 3, 10)},
    },
  ])
  expect(checkGates([parseGate('latency.median<50')], rows().slice(0, 1))[0]).toMatchObject({
    method: 'base',
    passed: true,
  })
})

test('conditions on energy: savings in percent, and what a meter failed to measure is not met', () => {
  const window = (method: string, joules: number) => ({
    method,
    batch: 1,
    block: 0,
    phase: 'encoder' as const,
    images: 10,
    ms: 1000,
    joules,
  })
  const summary = {
    source: 'rapl: package-0',
    grade: 'measured',
    idle: {watts: 5, seconds: 5},
    windowSeconds: 1,
    blocks: 1,
    refreshMs: 1,
    reason: null,
  } as const
  const energy = {summary, samples: [window('base', 40), window('intra:0.5', 30)]}
  const measured = benchRows(set, surveys, samples, {batches: [1], seed: 0, energy})
  const gates = ['joules.saving>=25 && watts.mean<=30', 'joules.net<2 || joules.perImage>3'].map(parseGate)
  const results = checkGates(gates, measured)
  expect(results.map(({passed}) => passed)).toEqual([true, false])
  expect(results[1]!.values).toEqual({'joules.net': 2.5, 'joules.perImage': 3})
  // Null compares as 0: an upper limit would hold.
  expect(checkGates([parseGate('watts.mean<=30')], rows())[0]).toMatchObject({
    passed: false,
    values: {'watts.mean': null},
  })
})

test('a condition on what these images cannot tell is refused before the work', () => {
  const bare: BenchSet = {...set, tasks: [], groups: undefined}
  expect(() => checkGatesMeasured([parseGate('accuracy.drop<1')], bare)).toThrow(
    /birds has none: its images have no labels/,
  )
  expect(() => checkGatesMeasured([parseGate('accuracy.worstGroup>1')], {...set, groups: undefined})).toThrow(
    /no groups/,
  )
  expect(() => checkGatesMeasured([parseGate('accuracy.top5>1')], set)).toThrow(/five labels or fewer/)
  expect(() => checkGatesMeasured([parseGate('latency.p95<9')], bare)).not.toThrow()
})

test('a drift of the machine and far-out times are told, a quiet run says nothing', () => {
  const quiet = [...Array(10).keys()].map((block) => turn('base', block, 20 + (block % 3)))
  expect(disturbances(quiet, 'base')).toEqual([])
  const rising = quiet.map((sample, block) => ({...sample, encoderMs: [20 + block]}))
  expect(disturbances(rising, 'base')).toEqual([
    expect.stringMatching(/^The time of base at batch 1 drifted by \+37 % /),
  ])
  const disturbed = quiet.map((sample, block) => ({
    ...sample,
    encoderMs: [20, 21, 22, 23, block === 0 ? 500 : 22, 900],
  }))
  expect(disturbances(disturbed, 'base')).toEqual([expect.stringMatching(/^Far-out times.*: 18 % \(base, batch 1\)/)])
})
