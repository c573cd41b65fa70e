/** What a bench says about single images and groups: accuracy in full, groups, lengths of token sequences. */
import type {BenchOutcomes} from '../../workflows/bench/outcomes.js'
import {drawChart} from '../charts/chart.js'
import {groupChart} from '../charts/group-bars.js'
import {tokenChart} from '../charts/token-histograms.js'
import {type Markup, markup} from '../markup.js'
import {pageFigure, pageSection, pageTable} from '../page.js'
import {missingLines, paperTables} from '../paper.js'
import {count, percent} from '../text.js'
import type {BenchReport} from './bench.js'
import {type EnergyTable, energyNote, energyTables} from './energy.js'
import {batchBreaks, named} from './html-overview.js'
import {benchTables} from './tables.js'

const RIGHT = 'right' as const

/** The tables of the VWT paper; the rows of the bench are then those of its batch figure. */
export function paperSection({paper}: BenchReport): Markup | null {
  if (!paper) return null
  const missing = missingLines(paper)
  return pageSection('paper', 'Tables of the VWT paper', [
    paperTables(paper).map(({title, columns, rows}) => pageTable({caption: title, columns, rows})),
    missing.length > 0 &&
      markup`<h3>Missing</h3>
<ul>${missing.map((line) => markup`<li>${line}</li>`)}</ul>
`,
  ])
}

/** Watts and joules of every row; null where nothing was measured. */
export function energySection({rows, energy}: BenchReport): Markup | null {
  const tables = energyTables(rows)
  if (tables.length === 0) return null
  const columns = (table: EnergyTable) => [
    {title: 'method'},
    ...[{title: 'batch'}, ...table.columns].map(({title}) => ({title, align: RIGHT})),
  ]
  return pageSection('energy', 'Energy', [
    markup`<p>${energyNote(energy)}</p>
`,
    tables.map((table) =>
      pageTable({
        caption: table.title,
        columns: columns(table),
        rows: rows.map((row) => [named(row.method), String(row.batch), ...table.columns.map(({cell}) => cell(row))]),
        breaks: batchBreaks(rows),
      }),
    ),
  ])
}

/** Everything the terminal says about accuracy; null without labels and captions. */
export function accuracySection(report: BenchReport): Markup | null {
  // It does not depend on the batch size.
  const rows = report.rows.filter(({batch}) => batch === report.rows[0]!.batch)
  const tables = benchTables({...report, rows}).filter(({title}) => /^(Accuracy|Captions)/.test(title))
  const [first] = tables
  if (!first) return null
  const images = `Over ${count(rows[0]!.accuracy!.images)} images, with 95 % intervals.`
  return pageSection(
    'accuracy',
    first.title,
    tables.map(({title, columns, rows: lines}) =>
      pageTable({
        caption: title === first.title ? images : `${title}.`,
        columns,
        rows: lines.map(([method, ...rest]) => [named(method!), ...rest]),
      }),
    ),
  )
}

/** Accuracy of each group; null where the images have none. */
export function groupSection({rows}: BenchReport): Markup | null {
  const smallest = rows.filter(({batch}) => batch === rows[0]!.batch)
  const known = smallest.flatMap(({method, accuracy}) => (accuracy?.groups ? [{method, groups: accuracy.groups}] : []))
  if (known.length === 0) return null
  const groups = [...new Map(known.flatMap((row) => row.groups.map(({group, images}) => [group, images] as const)))]
  const chart = groups.map(([group, images]) => ({
    group,
    images,
    shares: known.flatMap((row) => {
      const share = row.groups.find((other) => other.group === group)
      return share
        ? [{method: row.method, percent: share.top1 * 100, ci95: [share.ci95[0] * 100, share.ci95[1] * 100] as const}]
        : []
    }),
  }))
  return pageSection('groups', 'Groups', [
    pageFigure(
      {
        title: 'Accuracy by group',
        chart: drawChart('group-chart', (width) => groupChart(chart, 'Accuracy by group', width)),
        text: 'Top-1 within each group with its 95 % interval. A method that is as good on the whole may still be worse where images are few.',
      },
      {
        caption: 'Top-1 by group',
        columns: [
          {title: 'method'},
          ...groups.map(([title]) => ({title, align: RIGHT})),
          {title: 'worst', align: RIGHT},
        ],
        rows: known.map((row) => [
          named(row.method),
          ...groups.map(([group]) => {
            const share = row.groups.find((other) => other.group === group)
            return share ? percent(share.top1) : '–'
          }),
          percent(Math.min(...row.groups.map(({top1}) => top1))),
        ]),
      },
    ),
  ])
}

/** Histograms of tokens, image by image. */
export function tokenSection({methods, images}: BenchOutcomes): Markup | null {
  if (images.length === 0 || methods.length === 0) return null
  return pageSection('lengths', 'Token lengths', [
    pageFigure(
      {
        title: 'Tokens in the last layer, image by image',
        chart: drawChart('token-chart', (width) =>
          tokenChart(methods, 'Tokens in the last layer, image by image', width),
        ),
        text: `How many of ${images.length.toLocaleString('en-US')} images end with how many tokens. A method with a fixed length is one bar; one that looks at the image spreads. Triangles mark means.`,
      },
      {
        caption: 'Tokens in the last layer, class token included',
        columns: ['method', 'mean', 'least', 'median', 'most'].map((title, column) => ({
          title,
          ...(column > 0 ? {align: RIGHT} : {}),
        })),
        rows: methods.map(({method, tokens}) => {
          const sorted = Float64Array.from(tokens).sort()
          const mean = sorted.reduce((sum, value) => sum + value, 0) / sorted.length
          const median = sorted[Math.floor((sorted.length - 1) / 2)]!
          return [named(method), mean.toFixed(1), String(sorted[0]), String(median), String(sorted.at(-1))]
        }),
      },
    ),
  ])
}
