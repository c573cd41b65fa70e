/** Labelled images as users have them: a folder for each class, or a table of paths and labels. */
import {readdir, readFile, stat} from 'node:fs/promises'
import {dirname, extname, join, resolve} from 'node:path'
import {messageOf, UsageError} from '../base/errors.js'
import {IMAGE_ENDINGS} from '../image/formats.js'
import type {LabelledImage} from './bench-set.js'
import {parseCsv} from './csv-rows.js'

/** Between the labels of an image that has several, in a CSV. */
const LABEL_PART = '|'
const COLUMNS = ['path', 'label', 'group'] as const

/**
 * Reads `--data`: a folder whose folders are the classes (images below them at any depth), a `.csv` whose first line
 * names the columns `path`, `label` and, if there is one, `group`, or a `.jsonl` of objects with these keys. Other
 * columns and keys are left alone. Paths are relative to the file. In a CSV several labels are parted by `|`, in JSONL
 * they are a list. The images themselves are not opened.
 *
 * @throws {UsageError} `data-missing`: nothing is there; `data-invalid`: it is not of that form, with file and line.
 */
export async function readLabelledImages(path: string): Promise<LabelledImage[]> {
  const found = await stat(path).catch(() => undefined)
  if (!found) {
    throw new UsageError(`There is no folder or file ${path}.`, {
      code: 'data-missing',
      suggestions: ['Check the spelling; relative paths start at the current folder.'],
    })
  }
  if (found.isDirectory()) return readClassFolders(path)
  const ending = extname(path).toLowerCase()
  const rows = ending === '.csv' ? csvRows : ending === '.jsonl' ? jsonlRows : undefined
  if (!rows) {
    throw invalid(`--data should be a folder, a .csv or a .jsonl file, but is ${path}.`, [
      'Write a CSV with the columns path and label.',
    ])
  }
  const images = rows(path, await readText(path))
  if (images.length > 0) return images
  throw invalid(`${path} should name at least one image, but names none.`)
}

/** Class by class in alphabetical order, and so within each class. */
async function readClassFolders(root: string): Promise<LabelledImage[]> {
  const entries = await readdir(root, {withFileTypes: true})
  const classes: string[] = []
  for (const entry of entries) {
    const isFolder = entry.isDirectory() || (entry.isSymbolicLink() && (await isDirectory(join(root, entry.name))))
    if (isFolder && !entry.name.startsWith('.')) classes.push(entry.name)
  }
  const images: LabelledImage[] = []
  for (const label of classes.sort()) {
    const names = await readdir(join(root, label), {recursive: true})
    const found = names.filter((name) => (IMAGE_ENDINGS as readonly string[]).includes(endingOf(name))).sort()
    images.push(...found.map((name) => ({path: join(root, label, name), labels: [label]})))
  }
  if (images.length > 0) return images
  throw invalid(`The folder ${root} should hold a folder of images for each class, but holds none.`, [
    'Put the images of each class into a folder with its name, or write a CSV with the columns path and label.',
  ])
}

function csvRows(file: string, text: string): LabelledImage[] {
  const [head, ...rows] = parseCsv(file, text)
  const titles = head?.cells.map((cell) => cell.trim().toLowerCase()) ?? []
  const [path, label, group] = COLUMNS.map((column) => titles.indexOf(column)) as [number, number, number]
  if (path < 0 || label < 0) {
    throw invalid(
      `The first line of ${file} should name the columns path and label, but is ${JSON.stringify(head?.cells.join(',') ?? '')}.`,
      ['path,label,group'],
    )
  }
  return rows.map(({cells, line}) =>
    imageOf(file, line, cells[path], (cells[label] ?? '').split(LABEL_PART), group < 0 ? undefined : cells[group]),
  )
}

function jsonlRows(file: string, text: string): LabelledImage[] {
  return text.split(/\r\n|\r|\n/).flatMap((row, index) => {
    if (row.trim() === '') return []
    const {path, label, group} = parseObject(file, index + 1, row)
    const labels = Array.isArray(label) ? label : [label]
    return [imageOf(file, index + 1, path, labels, group ?? undefined)]
  })
}

function parseObject(file: string, line: number, row: string): Record<string, unknown> {
  let value: unknown
  try {
    value = JSON.parse(row)
  } catch (error) {
    throw invalid(`Line ${line} of ${file} should be one JSON object, but is not: ${messageOf(error)}.`)
  }
  if (value !== null && typeof value === 'object' && !Array.isArray(value)) return value as Record<string, unknown>
  throw invalid(`Line ${line} of ${file} should be one JSON object, but is ${row.trim().slice(0, 40)}.`)
}

function imageOf(file: string, line: number, path: unknown, labels: readonly unknown[], group: unknown): LabelledImage {
  if (typeof path !== 'string' || path.trim() === '') throw invalid(`Line ${line} of ${file} names no path.`)
  const words = labels.map((label) => (typeof label === 'number' ? String(label) : label))
  if (words.length === 0 || !words.every((word) => typeof word === 'string' && word.trim() !== '')) {
    throw invalid(`The label in line ${line} of ${file} should be text, but is missing or empty.`)
  }
  const groupText = typeof group === 'number' ? String(group) : group
  if (groupText !== undefined && (typeof groupText !== 'string' || groupText.trim() === '')) {
    throw invalid(`The group in line ${line} of ${file} should be text, but is empty or something else.`, [
      'Fill in the group of every image, or leave the column out.',
    ])
  }
  return {
    path: resolve(dirname(file), path.trim()),
    labels: [...new Set((words as string[]).map((word) => word.trim()))],
    ...(groupText === undefined ? {} : {group: groupText.trim()}),
  }
}

async function readText(file: string): Promise<string> {
  try {
    return new TextDecoder('utf-8', {fatal: true}).decode(await readFile(file))
  } catch (error) {
    throw invalid(`${file} should be UTF-8 text, but cannot be read as such: ${messageOf(error)}.`)
  }
}

function endingOf(name: string): string {
  return extname(name).slice(1).toLowerCase()
}

async function isDirectory(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  )
}

function invalid(message: string, suggestions: readonly string[] = []): UsageError {
  return new UsageError(message, {code: 'data-invalid', suggestions})
}
