import {writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect, test} from 'vitest'
import {formatComparison, formatComparisonMarkdown} from '../../../../src/core/report/bench/compare.js'
import {PLAIN, widthOf} from '../../../../src/core/report/text.js'
import {compareBenches, compareBenchFiles} from '../../../../src/core/workflows/bench/compare.js'
import type {BenchFile} from '../../../../src/core/workflows/bench/result-file.js'
import {type SampleRow, sampleOutcomes, sampleReport, sampleRow} from '../../report/bench/sample.js'
import {temporaryFolder} from '../../weights/files.js'

type Result = BenchFile['result']
const fileOf = (path: string, rows: readonly SampleRow[], more: Partial<Result> = {}): BenchFile => ({
  path,
  result: {...sampleReport(rows), ...more},
})
const rows = [sampleRow('base'), sampleRow('intra:0.5', {tokens: 99, ms: 4, top1: 0.93, joules: 0.2})]
const before = fileOf('before.json', rows)

test('the same result twice: no change, intervals overlap, nothing differs', () => {
  const [comparison] = compareBenches([before, {...before, path: 'again.json'}]).comparisons
  expect(comparison).toMatchObject({
    path: 'again.json',
    differences: [],
    timesComparable: true,
    onlyBefore: [],
    onlyAfter: [],
  })
  const [, row] = comparison!.rows
  expect(row!.tokens).toEqual({before: 99, after: 99, ratio: 1, overlap: null})
  expect(row!.latency).toEqual({before: 4, after: 4, ratio: 1, overlap: true})
  expect(row!.joules).toEqual({before: 0.2, after: 0.2, ratio: 1, overlap: true})
  expect(row!.accuracy).toMatchObject({difference: 0, differs: false})
})

test('ratios are after by before; intervals that touch nowhere are told, of speed-ups turned round too', () => {
  // Intervals of the sample are 5 % to both sides: 4 ms is 3.8 to 4.2, 3 ms is 2.85 to 3.15, 3.7 ms is 3.5 to 3.9.
  const after = (ms: number) => fileOf('after.json', [sampleRow('base'), sampleRow('intra:0.5', {tokens: 99, ms})])
  const changeTo = (ms: number) => compareBenches([before, after(ms)]).comparisons[0]!.rows[1]!
  expect(changeTo(3).latency).toEqual({before: 4, after: 3, ratio: 0.75, overlap: false})
  expect(changeTo(3.7).latency.overlap).toBe(true)
  expect(changeTo(3).speedup).toMatchObject({before: 2, after: 8 / 3, overlap: false})
  expect(changeTo(3).joules).toBeNull()
})

test('other machine, model and settings are named with both values, and times are then not comparable', () => {
  const {machine, settings} = before.result
  const after = fileOf('after.json', rows, {
    machine: {...machine, cpu: {...machine.cpu, model: 'Another'}},
    modelSha256: 'ff'.repeat(32),
    settings: {...settings, seed: 7},
  })
  const [comparison] = compareBenches([before, after]).comparisons
  expect(comparison!.differences).toEqual([
    {what: 'processor', before: 'A Processor', after: 'Another'},
    {what: 'weights (SHA-256)', before: 'aa11'.repeat(4), after: 'f'.repeat(16)},
    {what: 'seed', before: '0', after: '7'},
  ])
  expect(comparison!.timesComparable).toBe(false)
  const other = fileOf('other.json', rows, {settings: {...settings, seed: 7}})
  expect(compareBenches([before, other]).comparisons[0]!.timesComparable).toBe(true)
})

const outcomes = sampleOutcomes(rows)
/** The method gets the first `lost` of its right images wrong and the first `won` of its wrong ones right. */
function changed(lost: number, won: number): typeof outcomes {
  let [left, right] = [lost, won]
  const methods = outcomes.methods.map((method) => ({
    ...method,
    ranks: method.ranks!.map((rank) => {
      if (rank === 0 && left > 0) left -= 1
      else if (rank !== 0 && right > 0) right -= 1
      else return rank
      return rank === 0 ? 1 : 0
    }),
  }))
  return {...outcomes, methods}
}

test('with the same images in both it is paired, whatever their order and their paths', () => {
  const other = changed(12, 2)
  const order = [...other.images.keys()].reverse()
  const turned = {
    images: order.map((place) => ({...other.images[place]!, path: `elsewhere/${place}.png`})),
    methods: other.methods.map((method) => ({...method, ranks: order.map((place) => method.ranks![place]!)})),
  } as unknown as typeof outcomes
  const files = [fileOf('a.json', rows, {outcomes}), fileOf('b.json', rows, {outcomes: turned})]
  const [row] = compareBenches(files).comparisons[0]!.rows
  // McNemar by hand: 2 (C(14,0) + C(14,1) + C(14,2)) / 2^14 = 2 · 106 / 16384.
  expect(row!.accuracy).toMatchObject({by: 'paired', onlyBefore: 12, onlyAfter: 2, differs: true})
  expect(row!.accuracy!.pValue).toBeCloseTo((2 * 106) / 16384, 12)
})

test('with other images, other labels or none of them inside, it is two shares', () => {
  const images = outcomes.images.map((image, place) => (place === 3 ? {...image, sha256: 'other'} : image))
  const labels = outcomes.images.map((image, place) => (place === 3 ? {...image, labels: ['dog']} : image))
  for (const after of [{...outcomes, images}, {...outcomes, images: labels}, undefined]) {
    const files = [fileOf('a.json', rows, {outcomes}), fileOf('b.json', rows, after ? {outcomes: after} : {})]
    const {accuracy} = compareBenches(files).comparisons[0]!.rows[1]!
    expect(accuracy).toMatchObject({by: 'unpaired', pValue: null, onlyBefore: null, differs: false})
    expect(accuracy!.ci95![0]).toBeLessThan(0)
    expect(accuracy!.ci95![1]).toBeGreaterThan(0)
  }
})

test('methods that only one file has are named', () => {
  const after = fileOf('after.json', [sampleRow('base'), sampleRow('q8', {batch: 4})])
  const [comparison] = compareBenches([before, after]).comparisons
  expect(comparison!.rows.map(({method}) => method)).toEqual(['base'])
  expect(comparison).toMatchObject({onlyBefore: ['intra:0.5 at batch 1'], onlyAfter: ['q8 at batch 4']})
})

test('as text: what changed, what differs, how sure; at 80 columns nothing is wider', () => {
  const after = fileOf(
    'after.json',
    [sampleRow('base'), sampleRow('intra:0.5', {tokens: 120, ms: 3, top1: 0.7, joules: 0.1})],
    {
      device: 'webgpu',
    },
  )
  const comparison = compareBenches([before, after, before])
  const text = formatComparison(comparison, PLAIN)
  expect(text).toContain(`after.json against before.json
method       tokens  encoder, ms   ratio  times as fast as base        J/image   ratio     top-1, %   points       p or 95 %
base            197         8.00    1.00                   1.00              –       –         95.0      0.0    −3.1 to +3.1
intra:0.5  99 → 120  4.00 → 3.00  0.75 ≠          2.00 → 2.67 ≠  0.200 → 0.100  0.50 ≠  93.0 → 70.0  −23.0 ≠  −28.1 to −17.8
`)
  expect(text).toMatch(/what differs {2}before {2}after\ndevice {8}cpu {5}webgpu\n/)
  expect(text).toContain('Machine, threads or device differ')
  expect(text).toContain('before.json against before.json')
  expect(text).toContain('Nothing else differs: same machine, model, images and settings.')
  const markdown = formatComparisonMarkdown(comparison)
  expect(markdown).toContain('| intra:0.5 | 99 → 120 | 4.00 → 3.00 | 0.75 ≠ |')
  expect(markdown).toContain('| device | cpu | webgpu |')
  const narrow = formatComparison(
    compareBenches([
      before,
      fileOf(
        'b.json',
        rows.map((row) => ({...row, accuracy: null, joulesPerImage: null})),
      ),
    ]),
    {...PLAIN, width: 80},
  )
  for (const line of narrow.split('\n')) expect(widthOf(line)).toBeLessThanOrEqual(80)
})

const write = (text: string) => {
  const file = join(temporaryFolder(), 'result.json')
  writeFileSync(file, text)
  return file
}
const documentOf = (result: unknown) => JSON.stringify({schema: 'vwt.bench/1', status: 0, result, warnings: []})

test('files are read as they were written; those of an earlier version lack some facts', async () => {
  const {versions: _, energy: __, data: ___, ...old} = sampleReport(rows)
  const [comparison] = (await compareBenchFiles([write(documentOf(before.result)), write(documentOf(old))])).comparisons
  expect(comparison!.differences).toContainEqual({what: 'onnxruntime', before: '1.30.0', after: 'unknown'})
  expect(comparison!.rows).toHaveLength(2)
})

for (const [title, text, reason] of [
  ['no JSON', 'method,batch\n', /it is no JSON/],
  ['a list', '[]', /its schema is null/],
  ['null', 'null', /it is no JSON object/],
  ['another command', '{"schema": "vwt.classify/1"}', /its schema is "vwt.classify\/1", not "vwt.bench\/1"/],
  ['a failure', '{"schema": "vwt.error/1", "error": {"message": "No model."}}', /the command failed: No model\./],
  ['no rows', documentOf({rows: []}), /it has no rows/],
  ['a row without its figures', documentOf({rows: [rows[0], {method: 'q8'}]}), /row 2 is not complete/],
] as const) {
  test(`a file that is ${title} is refused with the reason`, async () => {
    const good = write(documentOf(before.result))
    await expect(compareBenchFiles([good, write(text)])).rejects.toThrow(reason)
    await expect(compareBenchFiles([write(text), good])).rejects.toMatchObject({code: 'compare-not-bench'})
  })
}

test('one file is too few, a missing one is named', async () => {
  await expect(compareBenchFiles([write(documentOf(before.result))])).rejects.toMatchObject({code: 'compare-few'})
  await expect(compareBenchFiles(['nowhere.json', 'nowhere.json'])).rejects.toThrow(/nowhere\.json cannot be read/)
})
