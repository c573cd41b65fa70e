import {expect, test} from 'vitest'
import {CAPTION_METRICS, type CaptionMetric} from '../../../../src/core/metrics/captions/scores.js'
import {formatBench} from '../../../../src/core/report/bench/bench.js'
import {formatBenchCsv, formatBenchMarkdown} from '../../../../src/core/report/bench/files.js'
import {PLAIN, widthOf} from '../../../../src/core/report/text.js'
import type {BenchAccuracy} from '../../../../src/core/workflows/bench/accuracy.js'
import {sampleReport, sampleRow} from './sample.js'

const SCORES = {bleu1: 0.8, bleu2: 0.6, bleu3: 0.5, bleu4: 0.399, rougeL: 0.6, cider: 1.335} as const
const byMetric = <T>(of: (metric: CaptionMetric) => T) =>
  Object.fromEntries(CAPTION_METRICS.map((metric) => [metric, of(metric)])) as Record<CaptionMetric, T>

function captioned(change: number, spice: number | null): BenchAccuracy {
  const scores = byMetric((metric) => SCORES[metric] + change)
  return {
    images: 400,
    top1: null,
    top1Ci95: null,
    top5: null,
    worstGroup: null,
    groups: null,
    map: null,
    againstBase: null,
    ...scores,
    spice,
    captionCi95: byMetric((metric) => [scores[metric] - 0.05, scores[metric] + 0.05] as const),
    captionsAgainstBase:
      change === 0 ? null : byMetric(() => ({difference: change, ci95: [change - 0.02, change + 0.03] as const})),
    tasks: {noun: {top1: 0.95, ci95: [0.92, 0.97]}},
  }
}

const report = sampleReport(
  [
    {...sampleRow('base'), accuracy: captioned(0, 0.237)},
    {...sampleRow('intra:0.5', {tokens: 99, ms: 4}), accuracy: captioned(-0.021, 0.23)},
  ],
  {task: 'caption'},
)

test('scores are printed as in papers, with intervals; the decoder is a stage', () => {
  const text = formatBench(report, {...PLAIN, width: 120})
  expect(text).toContain('From file to caption, ms of one run')
  expect(text).toMatch(/method +decode +prepare +encode +write +all/)
  expect(text).toMatch(/method +CIDEr \(95 %\) +against base \(95 %\) +BLEU-4 +ROUGE-L +SPICE\n/)
  expect(text).toMatch(/base +133\.5 \(128\.5–138\.5\) +– +39\.9 +60\.0 +23\.7\n/)
  expect(text).toMatch(/intra:0\.5 +131\.4 \(126\.4–136\.4\) +−2\.1 \(−4\.1 to 0\.9\) +37\.8 +57\.9 +23\.0\n/)
  expect(text).toMatch(/Captions that name\nmethod +noun \(95 %\)\nbase +95\.0 % \(92\.0–97\.0\)\n/)
  expect(text).not.toMatch(/top-1|NaN|undefined/)
})

test('at 80 columns no line is wider', () => {
  for (const line of formatBench(report, {...PLAIN, width: 80}).split('\n'))
    expect(widthOf(line)).toBeLessThanOrEqual(80)
})

test('without SPICE there is no column of it', () => {
  const rows = report.rows.map((row) => ({...row, accuracy: {...row.accuracy!, spice: null}}))
  expect(formatBenchMarkdown({...report, rows})).toMatch(
    /\| CIDEr \(95 %\) \| against base \(95 %\) \| BLEU-4 \| ROUGE-L \|\n/,
  )
})

test('CSV has every score unrounded, with its interval and what it is above base', () => {
  const [head, base, intra] = formatBenchCsv(report).split('\n')
  const columns = head!.split(',')
  const cell = (line: string, name: string) => line.split(',')[columns.indexOf(name)]
  expect(columns).not.toContain('top1')
  for (const metric of CAPTION_METRICS) expect(cell(base!, metric)).toBe(String(SCORES[metric]))
  expect([cell(base!, 'cider_against_base'), cell(intra!, 'cider_against_base')]).toEqual(['', '-0.021'])
  expect(Number(cell(base!, 'cider_low'))).toBeCloseTo(1.285, 12)
  expect([cell(base!, 'spice'), cell(base!, 'names noun')]).toEqual(['0.237', '0.95'])
})
