import {expect, test} from 'vitest'
import {energyCells, energyNote, energyTables} from '../../../../src/core/report/bench/energy.js'
import type {BenchRow} from '../../../../src/core/workflows/bench/rows.js'

const spread = (mean: number, std: number) => ({count: 10, mean, std, min: mean, max: mean})
const joules = (gross: number, net: number | null = null) => ({
  gross,
  net,
  ci95: [gross * 0.9, gross * 1.1] as const,
  netCi95: null,
})
/** The part of a row that is about energy. */
const rowOf = (part: object): BenchRow =>
  ({watts: null, joulesPerImage: null, endToEndJoulesPerImage: null, relative: {}, ...part}) as unknown as BenchRow
const watts = {mean: 61.234, source: 'rapl: package-0', grade: 'measured'} as const
const base = rowOf({
  watts,
  joulesPerImage: joules(0.5, 0.4),
  endToEndJoulesPerImage: joules(0.75),
  relative: {watts: 1, joules: 1, joulesCi95: null},
})
const tome = rowOf({
  watts: {...watts, mean: 120.4},
  joulesPerImage: joules(0.25, 0.2),
  endToEndJoulesPerImage: joules(0.5),
  relative: {watts: 1.97, joules: 0.5, joulesCi95: [0.45, 0.55]},
})

const shown = (rows: readonly BenchRow[]) =>
  energyTables(rows).map(({title, columns}) => [
    title,
    columns.map((column) => column.title),
    ...rows.map((row) => columns.map(({cell}) => cell(row))),
  ])

test('less than a joule is told in millijoules, with grade and meter above and intervals beside', () => {
  expect(shown([base, tome])).toEqual([
    [
      'Energy of an image in mJ, measured (rapl: package-0)',
      ['watts', 'encoder (95 %)', 'net', 'of base (95 %)', 'file to label'],
      ['61.2', '500 (450–550)', '400', '100 %', '750'],
      ['120', '250 (225–275)', '200', '50 % (45–55)', '500'],
    ],
  ])
})

test('from a joule on it is joules; without a baseline there is no column of net figures', () => {
  const heavy = rowOf({...base, joulesPerImage: joules(12.34), endToEndJoulesPerImage: joules(15)})
  expect(shown([heavy])).toEqual([
    [
      'Energy of an image in J, measured (rapl: package-0)',
      ['watts', 'encoder (95 %)', 'of base (95 %)', 'file to label'],
      ['61.2', '12.3 (11.1–13.6)', '100 %', '15.0'],
    ],
  ])
})

test('nothing measured makes no table; the protocol of the paper makes one of its own, also without watts', () => {
  expect(shown([rowOf({})])).toEqual([])
  const taken = rowOf({protocol: {name: 'vwt', ms: spread(8.5, 0.25), watts: spread(250, 12.5)}})
  const untold = rowOf({protocol: {name: 'vwt', ms: spread(8.5, 0.25), watts: null}})
  expect(shown([taken, untold])).toEqual([
    [
      'As the VWT paper measured: encoder, whole batches, read after each',
      ['ms', 'watts'],
      ['8.50 ± 0.25', '250 ± 12.5'],
      ['8.50 ± 0.25', '–'],
    ],
  ])
})

test('one line says how energy was told, or why it was not', () => {
  const summary = {
    source: 'nvml: NVIDIA H200',
    grade: 'measured',
    idle: {watts: 71.26, seconds: 5.05},
    windowSeconds: 5.05,
    blocks: 5,
    refreshMs: 100,
    reason: null,
  } as const
  expect(energyNote(summary)).toBe(
    'energy measured by nvml: NVIDIA H200, 5 windows of at least 5.05 s each; net is without 71.3 W at rest (5.05 s)',
  )
  const circumstances = {atStart: {limitWatts: 700, temperatureC: 40}, atEnd: {limitWatts: 700, temperatureC: 52}}
  expect(energyNote({...summary, idle: null, circumstances})).toMatch(
    /5 windows of at least 5\.05 s each; limitWatts 700, temperatureC 40 to 52$/,
  )
  const assumed = {...summary, source: '--assume-watts 60', grade: 'assumed', idle: null, windowSeconds: null} as const
  expect(energyNote(assumed)).toBe('energy assumed by --assume-watts 60')
  expect(energyNote({...assumed, source: null, grade: null, reason: 'No meter.'})).toBe(
    'energy not measured: No meter.',
  )
})

test('CSV cells keep joules unrounded, and what was not measured empty', () => {
  expect(energyCells(tome)).toMatchObject({
    watts_mean: 120.4,
    energy_grade: 'measured',
    joules_per_image: 0.25,
    net_joules_per_image: 0.2,
    relative_joules: 0.5,
    relative_joules_low: 0.45,
  })
  expect(energyCells(rowOf({relative: {watts: null, joules: null, joulesCi95: null}}))).toMatchObject({
    watts_mean: null,
    joules_per_image: null,
    relative_joules: null,
  })
})
