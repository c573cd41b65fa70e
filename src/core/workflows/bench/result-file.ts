/** Results of benches as files: read back, or refused with what is wrong with them. */
import {readFile} from 'node:fs/promises'
import {messageOf, UsageError} from '../../base/errors.js'
import type {BenchOutcomes} from './outcomes.js'
import type {Bench} from './result.js'
import type {BenchRow} from './rows.js'

/** A result as `--out FILE.json` wrote it, or without single images and runs as `--json` printed it. */
export type BenchFile = {
  readonly path: string
  readonly result: Omit<Bench, 'samples' | 'windows' | 'outcomes'> & {readonly outcomes?: BenchOutcomes}
}

/** @throws {UsageError} `compare-missing`: it cannot be read; `compare-not-bench`: it is no result. */
export async function readBenchFile(path: string): Promise<BenchFile> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    throw new UsageError(`The result ${path} cannot be read: ${messageOf(error)}.`, {
      code: 'compare-missing',
      suggestions: ['Check the spelling; relative paths start at the current folder.'],
    })
  }
  const reason = whyNoResult(text)
  if (reason === undefined) return {path, result: JSON.parse(text).result}
  throw new UsageError(`${path} should be a result of vwt bench, as --out FILE.json writes it, but ${reason}.`, {
    code: 'compare-not-bench',
    suggestions: ['vwt bench --method tome --out after.json'],
  })
}

function whyNoResult(text: string): string | undefined {
  let document: {schema?: unknown; result?: {rows?: unknown}; error?: {message?: unknown}} | null
  try {
    document = JSON.parse(text)
  } catch (error) {
    return `it is no JSON: ${messageOf(error)}`
  }
  if (document === null || typeof document !== 'object') return 'it is no JSON object'
  if (document.schema === 'vwt.error/1') return `the command failed: ${String(document.error?.message).slice(0, 200)}`
  if (document.schema !== 'vwt.bench/1')
    return `its schema is ${JSON.stringify(document.schema ?? null)}, not "vwt.bench/1"`
  const rows = document.result?.rows
  if (!Array.isArray(rows) || rows.length === 0) return 'it has no rows'
  const broken = rows.findIndex((row) => !isRow(row))
  return broken >= 0 ? `row ${broken + 1} is not complete` : undefined
}

function isRow(row: Partial<BenchRow> | null): boolean {
  const numbers = [row?.batch, row?.tokens?.mean, row?.latencyMs?.median, row?.relative?.latency]
  return typeof row?.method === 'string' && numbers.every((value) => typeof value === 'number')
}
