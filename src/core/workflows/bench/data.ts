/** Labelled images as users have them: a published data set, a folder for each class, or a table of paths. */
import {stat} from 'node:fs/promises'
import {extname} from 'node:path'
import {UsageError} from '../../base/errors.js'
import {nearest} from '../../base/nearest.js'
import type {PaperKind} from '../../image/paper.js'
import {readClassFolders} from '../datasets/class-folders.js'
import {invalidData, readText} from '../datasets/files.js'
import {type Layout, PAPER_PROMPT, type Split} from '../datasets/layout.js'
import {chooseLayout} from '../datasets/registry.js'
import {parseCsvTable, parseJsonlTable} from '../datasets/tables.js'
import type {LabelledImage} from './set.js'

export type DataOptions = {
  /** A layout of the registry, or `plain`; default: recognised by the files. */
  readonly layout?: string | undefined
  /** `train`, `val` or `test`, perhaps with a seed: `test:1`. Default: `test`, or `val` where there is no other. */
  readonly split?: string | undefined
  /** The user's labels, which name the classes of a layout that has none of its own. */
  readonly labels?: readonly string[] | undefined
}

export type LabelledData = {
  readonly images: readonly LabelledImage[]
  /** Of a published data set: name of the layout, and the split as `--split` takes it. */
  readonly layout?: string
  readonly split?: string
  /** All labels in their order; undefined takes those that occur. */
  readonly labels?: readonly string[] | undefined
  readonly prompt?: string
  readonly areTags?: boolean | undefined
  readonly paperKind?: PaperKind
}

/**
 * Reads `--data`: the folder of a published data set (see `datasets/`), a folder whose folders are the classes, a
 * `.csv` or a `.jsonl`. The images themselves are not opened.
 *
 * @throws {UsageError} `data-missing`: nothing is there; `data-invalid`, `data-incomplete`: it is not of that form, with
 *   file and line; `layout-ambiguous`, `layout-unknown`, `split-invalid`.
 */
export async function readData(path: string, options: DataOptions = {}): Promise<LabelledData> {
  const found = await stat(path).catch(() => undefined)
  if (!found) {
    throw new UsageError(`There is no folder or file ${path}.`, {
      code: 'data-missing',
      suggestions: ['Check the spelling; relative paths start at the current folder.'],
    })
  }
  const layout = found.isDirectory() ? await chooseLayout(path, options.layout) : undefined
  if (layout) return readLayout(path, layout, options)
  if (options.split !== undefined) {
    throw new UsageError(`--split goes with a published data set, but ${path} is none that vwt recognises.`, {
      code: 'split-invalid',
      suggestions: ['Leave --split out, or name the layout by --layout.'],
    })
  }
  if (found.isDirectory()) return {images: await readClassFolders(path)}
  const ending = extname(path).toLowerCase()
  const parse = ending === '.csv' ? parseCsvTable : ending === '.jsonl' ? parseJsonlTable : undefined
  if (!parse) {
    throw invalidData(`--data should be a folder, a .csv or a .jsonl file, but is ${path}.`, [
      'Write a CSV with the columns path and label.',
    ])
  }
  const images = parse(path, await readText(path))
  if (images.length > 0) return {images}
  throw invalidData(`${path} should name at least one image, but names none.`)
}

async function readLayout(
  path: string,
  layout: Layout,
  {split: wanted, labels: given}: DataOptions,
): Promise<LabelledData> {
  const split = parseSplit(layout, wanted)
  const {images, labels, areTags, paperKind} = await layout.read(path, {split, labels: given})
  if (images.length === 0) throw invalidData(`The split ${split.name} of ${path} should have images, but has none.`)
  const text = split.seed === undefined ? split.name : `${split.name}:${split.seed}`
  return {images, layout: layout.name, split: text, labels, prompt: PAPER_PROMPT, areTags, paperKind}
}

/** @throws {UsageError} `split-invalid`: the data set has no such split, or no seeds. */
export function parseSplit({title, splits, isPermuted}: Layout, text?: string): Split {
  if (text === undefined) return {name: splits.at(-1)!}
  const [, name = '', seedText] = /^\s*([^:]*?)\s*(?::\s*(.*?)\s*)?$/s.exec(text) ?? []
  const split = splits.find((other) => other === name)
  if (!split) {
    const near = nearest(name, splits) ?? splits.at(-1)!
    throw splitError(
      `The split of ${title} should be one of ${splits.join(', ')}, but is ${JSON.stringify(name)}.`,
      near,
    )
  }
  if (seedText === undefined) return {name: split}
  if (!isPermuted) throw splitError(`The splits of ${title} are fixed, so none has a seed, but ${text} has.`, split)
  if (/^\d{1,10}$/.test(seedText) && Number(seedText) < 2 ** 32) return {name: split, seed: Number(seedText)}
  throw splitError(`The seed of a split should be a whole number from 0 to 4294967295, but is ${text}.`, `${split}:1`)
}

function splitError(message: string, cure: string): UsageError {
  return new UsageError(message, {code: 'split-invalid', suggestions: [`--split ${cure}`]})
}
