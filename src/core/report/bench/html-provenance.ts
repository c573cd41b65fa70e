/** What is needed to take a bench again: machine, versions, hashes, settings. */

import {type Markup, type MarkupPart, markup} from '../markup.js'
import {pageSection, pageTable} from '../page.js'
import {bytes, count} from '../text.js'
import type {BenchReport} from './bench.js'

export function provenanceSection(report: BenchReport): Markup {
  const facts = provenanceOf(report)
  const failed = report.data.failed
  return pageSection('provenance', 'Where this comes from', [
    markup`<dl>${facts.map(
      ([name, value]) => markup`<dt>${name}</dt><dd>${value}</dd>
`,
    )}</dl>
`,
    failed.length > 0 &&
      pageTable({
        caption: 'Images that could not be read',
        columns: [{title: 'image'}, {title: 'reason'}],
        rows: failed.map(({path, error}) => [path, error.message]),
      }),
  ])
}

function provenanceOf(report: BenchReport): [string, MarkupPart][] {
  const {machine, versions, model, modelSha256, vocab, vocabSha256, data, settings, device} = report
  const sets = Object.entries(machine.cpu.instructions).flatMap(([name, has]) => (has ? [name] : []))
  const {threads} = machine
  return [
    ['begun', `${report.startedAt.slice(0, 16).replace('T', ' ')} UTC`],
    ['processor', `${machine.cpu.model ?? 'unknown'}, ${count(machine.cpu.logicalCount)} logical`],
    ['instruction sets', sets.length > 0 ? sets.join(', ') : 'unknown'],
    [
      'machine',
      `${machine.platform} ${machine.release}, ${machine.arch}, ${bytes(machine.memoryBytes)} of memory, ${threads.allowed} threads allowed`,
    ],
    ['device', `${device}, ${settings.threads} ${settings.threads === 1 ? 'thread' : 'threads'}`],
    ['versions', `vwt ${versions.vwt}, onnxruntime ${versions.onnxruntime}, Node ${versions.node}`],
    ['commit', versions.commit === null ? 'not a clone' : markup`<code>${versions.commit}</code>`],
    ['model', hashed(model, modelSha256)],
    ...(vocab === null ? [] : [['vocabulary', hashed(vocab, vocabSha256)] as [string, MarkupPart]]),
    ['images', hashed(`${data.name}, ${count(data.images)}`, data.sha256)],
    ...(data.labels ? [['labels', labelsText(data.labels)] as [string, MarkupPart]] : []),
    [
      'settings',
      `at least ${settings.runs} runs and ${settings.seconds} s in ${settings.blocks} ${settings.blocks === 1 ? 'block' : 'blocks'}, ${settings.warmup} warm-up runs in each, seed ${settings.seed}, preprocessing ${settings.preprocess}`,
    ],
  ]
}

/** A name and the SHA-256 behind it. */
function hashed(name: string, sha256: string | null): Markup {
  return markup`${name}${sha256 !== null && markup`<br><code>${sha256}</code>`}`
}

/** The first of many. */
function labelsText(labels: readonly string[]): string {
  const shown = labels.slice(0, 20).join(', ')
  return labels.length > 20 ? `${shown} and ${count(labels.length - 20)} more` : shown
}
