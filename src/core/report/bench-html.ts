/** A bench as one HTML page: what was found, charts with their figures beside them, and where it all comes from. */
import type {BenchOutcomes} from '../workflows/bench-outcomes.js'
import type {BenchReport} from './bench.js'
import {batchSection, costSection, latencySection, stageSection} from './bench-html-cost.js'
import {accuracySection, energySection, groupSection, paperSection, tokenSection} from './bench-html-detail.js'
import {findings, overviewTable} from './bench-html-overview.js'
import {provenanceSection} from './bench-html-provenance.js'
import {type Markup, markup} from './markup.js'
import {formatPage, pageSection, pageTable} from './page.js'
import {count} from './text.js'

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
  const {model, data, rows, settings, device} = report
  const methods = new Set(rows.map(({method}) => method)).size
  const others = methods - 1
  const heading =
    others === 0
      ? `${model} as it is`
      : `What ${others} ${others === 1 ? 'method saves' : 'methods save'} and what ${others === 1 ? 'it costs' : 'they cost'}`
  const number = `${count(data.images)} ${data.images === 1 ? 'image' : 'images'}`
  const images = data.name === UNNAMED ? number : `${number} of ${data.name}`
  const threads = `${settings.threads} ${settings.threads === 1 ? 'thread' : 'threads'}`
  return formatPage(`vwt bench: ${model}, ${data.name}`, [
    markup`<header><p class="kicker">vwt bench</p>
<h1>${heading}</h1>
<p class="lead">${model} on ${device} with ${threads}, over ${images}, held against the model as it is.</p></header>
`,
    notes(report, warnings),
    findings(report),
    paperSection(report),
    pageSection('overview', 'Side by side', [pageTable(overviewTable(report))]),
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
