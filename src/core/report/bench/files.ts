/** A bench for other programs and for documents: CSV and Markdown. */
import {CAPTION_METRICS} from '../../metrics/captions/scores.js'
import type {BenchAccuracy} from '../../workflows/bench/accuracy.js'
import type {BenchRow} from '../../workflows/bench/rows.js'
import {type CsvCell, formatCsv} from '../csv.js'
import {formatMarkdownTable} from '../markdown.js'
import {formatPaperMarkdown} from '../paper.js'
import {printable} from '../text.js'
import {type BenchReport, circumstances} from './bench.js'
import {energyCells, energyNote} from './energy.js'
import {benchTables} from './tables.js'

/** One line for each method and batch size, figures unrounded; fractions are 0 to 1. */
export function formatBenchCsv({rows, model, device, data}: BenchReport): string {
  const groups = [...new Set(rows.flatMap(({accuracy}) => accuracy?.groups?.map(({group}) => group) ?? []))]
  const tasks = [...new Set(rows.flatMap(({accuracy}) => Object.keys(accuracy?.tasks ?? {})))]
  const cells = (row: BenchRow): Record<string, CsvCell> => ({
    model,
    device,
    data: data.name,
    images: data.images,
    ...timeCells(row),
    ...(rows.some(({watts, protocol}) => watts ?? protocol) ? energyCells(row) : {}),
    ...accuracyCells(row, groups, tasks),
  })
  const lines = rows.map(cells)
  return formatCsv(
    Object.keys(lines[0]!),
    lines.map((line) => Object.values(line)),
  )
}

/** The tables of the terminal, and under them where the figures come from. */
export function formatBenchMarkdown(report: BenchReport): string {
  const {versions, modelSha256, vocabSha256, settings, machine} = report
  const tables = benchTables(report).map(
    ({title, columns, rows}) => `**${title}**\n\n${formatMarkdownTable(columns, rows)}`,
  )
  const gates = report.gates.map(
    ({require, method, batch, passed}) =>
      `- ${passed ? 'met' : 'missed'}: \`${require}\` (${method}, batch ${batch})\n`,
  )
  const sets = Object.entries(machine.cpu.instructions).flatMap(([name, has]) => (has ? [name] : []))
  const facts = [
    `${circumstances(report)} · ${report.startedAt.slice(0, 10)}`,
    `vwt ${versions.vwt}${versions.commit === null ? '' : ` (${versions.commit})`}, onnxruntime ${versions.onnxruntime}, Node ${versions.node}, ${machine.platform} ${machine.arch}, ${sets.join(' ')}`,
    `at least ${settings.runs} runs and ${settings.seconds} s, ${settings.warmup} warm-up runs in each block, preprocessing ${settings.preprocess}`,
    energyNote(report.energy),
    `model ${modelSha256.slice(0, 16)}${vocabSha256 === null ? '' : `, vocabulary ${vocabSha256.slice(0, 16)}`}, images ${report.data.sha256.slice(0, 16)} (SHA-256)`,
  ]
  const list = facts.map((fact) => `- ${printable(fact)}\n`).join('')
  const paper = report.paper ? [formatPaperMarkdown(report.paper), '**Batch figure**\n'] : []
  return [...paper, ...tables, ...(gates.length > 0 ? [gates.join('')] : []), list].join('\n')
}

function timeCells(row: BenchRow): Record<string, CsvCell> {
  const {method, batch, tokens, latencyMs, endToEndMs, stagesMs, relative} = row
  return {
    method,
    batch,
    tokens_mean: tokens.mean,
    tokens_std: tokens.std,
    tokens_min: tokens.min,
    tokens_max: tokens.max,
    runs: row.runs,
    latency_ms_median: latencyMs.median,
    latency_ms_p95: latencyMs.p95,
    latency_ms_mean: latencyMs.mean,
    latency_ms_low: latencyMs.ci95?.[0] ?? null,
    latency_ms_high: latencyMs.ci95?.[1] ?? null,
    images_per_second: row.imagesPerSecond,
    end_to_end_ms_median: endToEndMs.median,
    end_to_end_ms_p95: endToEndMs.p95,
    decode_ms: stagesMs.decode,
    preprocess_ms: stagesMs.preprocess,
    encode_ms: stagesMs.encode,
    head_ms: stagesMs.head,
    relative_tokens: relative.tokens,
    relative_latency: relative.latency,
    relative_latency_low: relative.latencyCi95?.[0] ?? null,
    relative_latency_high: relative.latencyCi95?.[1] ?? null,
    relative_end_to_end: relative.endToEnd,
  }
}

function captionCells(
  accuracy: BenchAccuracy,
  {relative, paretoFront}: Pick<BenchRow, 'relative' | 'paretoFront'>,
  tasks: readonly string[],
): Record<string, CsvCell> {
  const {captionCi95, captionsAgainstBase} = accuracy
  return {
    ...Object.fromEntries(
      CAPTION_METRICS.flatMap((metric) => [
        [metric, accuracy[metric]],
        [`${metric}_low`, captionCi95?.[metric]?.[0] ?? null],
        [`${metric}_high`, captionCi95?.[metric]?.[1] ?? null],
        [`${metric}_against_base`, captionsAgainstBase?.[metric].difference ?? null],
      ]),
    ),
    spice: accuracy.spice,
    ...Object.fromEntries(tasks.map((task) => [`names ${task}`, accuracy.tasks[task]?.top1 ?? null])),
    relative_accuracy: relative.accuracy,
    pareto_front: paretoFront === null ? null : Number(paretoFront),
  }
}

function accuracyCells(
  {accuracy, relative, paretoFront}: BenchRow,
  groups: readonly string[],
  tasks: readonly string[],
): Record<string, CsvCell> {
  if (!accuracy) return {}
  if (accuracy.cider !== null) return captionCells(accuracy, {relative, paretoFront}, tasks)
  return {
    top1: accuracy.top1,
    top1_low: accuracy.top1Ci95?.[0] ?? null,
    top1_high: accuracy.top1Ci95?.[1] ?? null,
    top5: accuracy.top5,
    map: accuracy.map,
    worst_group: accuracy.worstGroup,
    ...Object.fromEntries(
      groups.map((name) => [`top1: ${name}`, accuracy.groups?.find(({group}) => group === name)?.top1 ?? null]),
    ),
    ...Object.fromEntries(tasks.map((task) => [`top1 of ${task}`, accuracy.tasks[task]?.top1 ?? null])),
    only_base_right: accuracy.againstBase?.onlyBase ?? null,
    only_method_right: accuracy.againstBase?.onlyMethod ?? null,
    mcnemar_p: accuracy.againstBase?.pValue ?? null,
    relative_accuracy: relative.accuracy,
    pareto_front: paretoFront === null ? null : Number(paretoFront),
  }
}
