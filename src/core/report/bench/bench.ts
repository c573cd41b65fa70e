/** A bench as text: methods against base, stage by stage, and what they cost in accuracy. */

import type {GateResult} from '../../workflows/bench/gates.js'
import type {Bench} from '../../workflows/bench/result.js'
import type {Paper} from '../../workflows/paper/suite.js'
import {formatList} from '../list.js'
import {formatPaper} from '../paper.js'
import {formatTable} from '../table.js'
import {count, type Layout, printable, wrap} from '../text.js'
import {energyNote} from './energy.js'
import {benchTables, hasFront} from './tables.js'

/** The result without single runs and images, which go into the file of `--out` only. */
export type BenchReport = Omit<Bench, 'samples' | 'windows' | 'outcomes'> & {
  /** Of the suite of the VWT paper. */
  readonly paper?: Paper
}

/** Tables, then conditions, then what was measured where. No newline at the end. */
export function formatBench(report: BenchReport, layout: Layout): string {
  const {paint, width} = layout
  const tables = benchTables(report).map(({title, columns, rows}) => {
    const [first, ...rest] = columns
    const shrinking = [{...first!, keep: 'start' as const}, ...rest]
    return `${paint.bold(title)}\n${formatTable(shrinking, rows, layout, (text, _row, column) => (column === 0 ? paint.bold(text) : text))}`
  })
  const gates = report.gates.map((gate) => ({
    label: printable(gate.require),
    good: gate.passed,
    text: `${gate.method}${batchText(gate)}: ${valuesOf(gate)}`,
  }))
  const energy = report.energy.source === null ? [] : [energyNote(report.energy)]
  const notes = [circumstances(report), ...energy, ...legend(report)]
  return [
    ...(report.paper ? [formatPaper(report.paper, layout), paint.bold('Batch figure')] : []),
    ...tables,
    ...(gates.length > 0 ? [`${paint.bold('Required')}\n${formatList(gates, layout)}`] : []),
    notes.flatMap((note) => wrap(note, width).map((line) => paint.dim(line))).join('\n'),
  ].join('\n\n')
}

/** One sentence on the conditions that were missed; undefined when all hold. */
export function describeMissed(gates: readonly GateResult[]): string | undefined {
  const missed = gates.filter(({passed}) => !passed)
  if (missed.length === 0) return undefined
  const parts = missed.map((gate) => `${gate.require} for ${gate.method}${batchText(gate)} (${valuesOf(gate)})`)
  return `${missed.length} of ${gates.length} required conditions should hold, but ${missed.length === 1 ? 'is' : 'are'} missed: ${parts.join('; ')}.`
}

/** `240 images of scenes · mini on cpu, 2 threads · …` */
export function circumstances({data, model, device, settings, vocab, machine, incomplete}: BenchReport): string {
  const failed = data.failed.length > 0 ? `, ${count(data.failed.length)} failed` : ''
  const parts = [
    `${count(data.images)} ${data.images === 1 ? 'image' : 'images'} of ${printable(data.name)}${failed}`,
    `${printable(model)} on ${device}, ${settings.threads} ${settings.threads === 1 ? 'thread' : 'threads'}`,
    ...(vocab === null ? [] : [printable(vocab)]),
    `${settings.blocks} ${settings.blocks === 1 ? 'block' : 'blocks'}, seed ${settings.seed}`,
    machine.cpu.model ?? machine.arch,
  ]
  return `${parts.join(' · ')}${incomplete ? ' · stopped before the end' : ''}`
}

/** What the words and marks of the tables mean. */
function legend({rows}: BenchReport): string[] {
  const isCompared = rows.some(({accuracy}) => accuracy?.againstBase)
  return [
    ...(hasFront(rows) ? ['● no other row of its batch size is as fast and as accurate, and better in one'] : []),
    ...(rows.some(({accuracy}) => accuracy?.cider != null)
      ? [
          'CIDEr, BLEU, ROUGE-L and SPICE as papers print them, a hundred times the score; against base: CIDEr, by image',
        ]
      : []),
    ...(rows.some(({accuracy}) => accuracy?.map != null)
      ? ['mAP: how well each label ranks all images, by cosine; other than top-1, which ranks labels within an image']
      : []),
    ...(isCompared ? ["lost, won: images that only base, only the method gets right; p: McNemar's exact test"] : []),
  ]
}

function batchText({batch}: GateResult): string {
  return batch === 1 ? '' : ` at batch ${batch}`
}

function valuesOf({values}: GateResult): string {
  return Object.entries(values)
    .map(([name, value]) => `${name} ${value === null ? 'was not measured' : `is ${Number(value.toPrecision(4))}`}`)
    .join(', ')
}
