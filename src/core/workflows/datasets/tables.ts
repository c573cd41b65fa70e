/** Labelled images as a table: CSV or JSONL with a path, labels, perhaps a group, perhaps captions. */
import {dirname, resolve} from 'node:path'
import {messageOf} from '../../base/errors.js'
import type {LabelledImage} from '../bench/set.js'
import {parseCsv} from '../csv-rows.js'
import {invalidData} from './files.js'

/** Between the labels or captions of an image that has several, in a CSV. */
const PART = '|'

/** What one line says, unchecked. */
type Row = {
  readonly file: string
  readonly line: number
  readonly path: unknown
  readonly labels: readonly unknown[]
  readonly group: unknown
  readonly captions: readonly unknown[]
}

/**
 * A CSV whose first line names the columns `path` and `label` or `caption`, perhaps `group`; others are left alone.
 * Several labels or captions are parted by `|`; the column `caption` may also occur several times. Paths are relative
 * to the file.
 *
 * @throws {UsageError} `data-invalid`, with file and line.
 */
export function parseCsvTable(file: string, text: string): LabelledImage[] {
  const [head, ...rows] = parseCsv(file, text)
  const titles = head?.cells.map((cell) => cell.trim().toLowerCase()) ?? []
  const path = titles.indexOf('path')
  const label = titles.indexOf('label')
  const group = titles.indexOf('group')
  const captions = [...titles.keys()].filter((column) => titles[column] === 'caption')
  if (path < 0 || (label < 0 && captions.length === 0)) {
    throw invalidData(
      `The first line of ${file} should name the columns path and label, or path and caption, but is ${JSON.stringify(head?.cells.join(',') ?? '')}.`,
      ['path,label,group', 'path,caption'],
    )
  }
  return rows.map(({cells, line}) =>
    imageOf({
      file,
      line,
      path: cells[path],
      labels: label < 0 ? [] : (cells[label] ?? '').split(PART),
      group: group < 0 ? undefined : cells[group],
      captions: captions.flatMap((column) => (cells[column] ?? '').split(PART)).filter(isFilled),
    }),
  )
}

/**
 * One JSON object a line, with the keys of the CSV's columns; `label` and `caption` are text or a list of it.
 * @throws {UsageError} `data-invalid`, with file and line.
 */
export function parseJsonlTable(file: string, text: string): LabelledImage[] {
  return text.split(/\r\n|\r|\n/).flatMap((row, index) => {
    if (row.trim() === '') return []
    const line = index + 1
    const {path, label, group, caption} = parseObject(file, line, row)
    const captions = listOf(caption)
    const labels = label === undefined && captions.length > 0 ? [] : Array.isArray(label) ? label : [label]
    return [imageOf({file, line, path, labels, group: group ?? undefined, captions})]
  })
}

function parseObject(file: string, line: number, row: string): Record<string, unknown> {
  let value: unknown
  try {
    value = JSON.parse(row)
  } catch (error) {
    throw invalidData(`Line ${line} of ${file} should be one JSON object, but is not: ${messageOf(error)}.`)
  }
  if (value !== null && typeof value === 'object' && !Array.isArray(value)) return value as Record<string, unknown>
  throw invalidData(`Line ${line} of ${file} should be one JSON object, but is ${row.trim().slice(0, 40)}.`)
}

function imageOf({file, line, path, labels, group, captions}: Row): LabelledImage {
  if (!isFilled(path)) throw invalidData(`Line ${line} of ${file} names no path.`)
  const words = labels.map((label) => (typeof label === 'number' ? String(label) : label))
  if ((words.length === 0 && captions.length === 0) || !words.every(isFilled)) {
    throw invalidData(`The label in line ${line} of ${file} should be text, but is missing or empty.`)
  }
  if (!captions.every(isFilled)) {
    throw invalidData(`The caption in line ${line} of ${file} should be text or a list of it, but one is not.`)
  }
  const groupText = typeof group === 'number' ? String(group) : group
  if (groupText !== undefined && !isFilled(groupText)) {
    throw invalidData(`The group in line ${line} of ${file} should be text, but is empty or something else.`, [
      'Fill in the group of every image, or leave the column out.',
    ])
  }
  return {
    path: resolve(dirname(file), path.trim()),
    labels: [...new Set(words.map((word) => word.trim()))],
    ...(groupText === undefined ? {} : {group: groupText.trim()}),
    ...(captions.length === 0 ? {} : {captions: captions.map((caption) => caption.trim())}),
  }
}

function listOf(value: unknown): readonly unknown[] {
  if (value === undefined || value === null) return []
  return Array.isArray(value) ? value : [value]
}

function isFilled(value: unknown): value is string {
  return typeof value === 'string' && value.trim() !== ''
}
