/** A bench as one HTML page: what was found, charts with their figures beside them, and where it all comes from. */
import type {BenchOutcomes} from '../../workflows/bench/outcomes.js'
import {type Markup, markup} from '../markup.js'
import {formatPage, pageSection, pageTable} from '../page.js'
import {count} from '../text.js'
import type {BenchReport} from './bench.js'
import {batchSection, costSection, latencySection, stageSection} from './html-cost.js'
import {accuracySection, energySection, groupSection, paperSection, tokenSection} from './html-detail.js'
import {findings, overviewTable} from './html-overview.js'
import {provenanceSection} from './html-provenance.js'

export type BenchHtmlOptions = {
  /** For the histograms of token lengths; without them these are left out. */
  readonly outcomes?: BenchOutcomes
  /** What a reader should know about the measurement. */
  readonly warnings?: readonly string[]
}

/** What images given one by one are called. */
const UNNAMED = 'images'

/** One self-contained page, see `formatPage`. */
export function formatBenchHtml(report: BenchReport, {outcomes, warnings = []}: BenchHtmlOptions = {}): string {
  const {model, data, settings, device} = report
  const number = `${count(data.images)} ${data.images === 1 ? 'image' : 'images'}`
  const images = data.name === UNNAMED ? number : `${number} of ${data.name}`
  const threads = `${settings.threads} ${settings.threads === 1 ? 'thread' : 'threads'}`
  return formatPage(`vwt bench: ${model}, ${data.name}`, [
    markup`<header><p class="kicker">vwt bench</p>
<h1>${headingOf(report)}</h1>
<p class="lead">${model} on ${device} with ${threads}, over ${images}, held against the model as it is.</p></header>
`,
    notes(report, warnings),
    findings(report),
    paperSection(report),
    pageSection('overview', report.paper ? 'Batch figure' : 'Side by side', [pageTable(overviewTable(report))]),
    costSection(report),
    batchSection(report),
    latencySection(report),
    stageSection(report),
    energySection(report),
    accuracySection(report),
    groupSection(report),
    outcomes && tokenSection(outcomes),
    conditions(report),
    provenanceSection(report),
    markup`<footer>Written by vwt ${report.versions.vwt}. Nothing in this page is loaded from elsewhere.</footer>
`,
  ])
}

function headingOf({model, rows, paper}: BenchReport): string {
  if (paper) return `The tables of the VWT paper, with ${model}`
  const others = new Set(rows.map(({method}) => method)).size - 1
  if (others === 0) return `${model} as it is`
  return others === 1 ? 'What a method saves and what it costs' : `What ${others} methods save and what they cost`
}

function notes({incomplete, resumed, data}: BenchReport, warnings: readonly string[]): Markup | null {
  const failed = data.failed.length
  const all = [
    ...(incomplete ? ['The bench was stopped before its end: fewer blocks of times than asked for.'] : []),
    ...(resumed
      ? [
          `Measured in ${resumed.runs + 1} runs: after a stop it went on from its journal (${count(resumed.images)} images, ${resumed.blocks} blocks).`,
        ]
      : []),
    ...(failed > 0
      ? [
          `${count(failed)} ${failed === 1 ? 'image' : 'images'} could not be read and ${failed === 1 ? 'is' : 'are'} left out for every method.`,
        ]
      : []),
    ...warnings,
  ]
  if (all.length === 0) return null
  return markup`<div class="note" role="note">${all.map((text) => markup`<p>${text}</p>`)}</div>
`
}

function conditions({gates}: BenchReport): Markup | null {
  if (gates.length === 0) return null
  const rows = gates.map(({require, method, batch, passed, values}) => [
    markup`<code>${require}</code>`,
    method,
    String(batch),
    Object.entries(values)
      .map(([name, value]) => `${name} is ${value === null ? 'not measured' : Number(value.toPrecision(4))}`)
      .join(', '),
    markup`<span class="${passed ? 'met' : 'missed'}">${passed ? 'met' : 'missed'}</span>`,
  ])
  const columns = [
    {title: 'condition'},
    {title: 'method'},
    {title: 'batch', align: 'right' as const},
    {title: 'measured'},
    {title: ''},
  ]
  return pageSection('conditions', 'Conditions', [
    pageTable({caption: 'What was required of every method', columns, rows}),
  ])
}
