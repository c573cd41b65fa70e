/** CelebA (Liu et al., ICCV 2015): faces, asked for blond hair, grouped by sex as the table has it; text files or CSV. */
import {join} from 'node:path'
import {firstThere, folderHolding, invalidData, type Line, missingFile, readLines} from './files.js'
import {type GroupedImage, pickSplit, readNumber} from './groups.js'
import type {Dataset, Layout, ReadOptions} from './layout.js'

const ATTRIBUTES = filesOf('list_attr_celeba', 'Anno')
const PARTITION = filesOf('list_eval_partition', 'Eval')
/** Kaggle's archive has the folder in a folder of the same name. */
const IMAGES = ['img_align_celeba/img_align_celeba', 'img_align_celeba', 'Img/img_align_celeba']
const LABEL = 'Blond_Hair'
const ATTRIBUTE = 'Male'
const WORDS = {labels: ['non-blond', 'blond'], attributes: ['female', 'male']} as const
const SOURCE =
  'https://mmlab.ie.cuhk.edu.hk/projects/CelebA.html: img_align_celeba.zip unpacked, list_attr_celeba.txt and list_eval_partition.txt'

export const CELEBA: Layout = {
  name: 'celeba',
  title: 'CelebA',
  knownBy: 'list_attr_celeba.txt or .csv',
  source: SOURCE,
  splits: ['train', 'val', 'test'],
  isPermuted: true,
  isHere: async (folder) => (await firstThere(folder, ATTRIBUTES)) !== undefined,
  read: readCelebA,
}

async function readCelebA(folder: string, {split}: ReadOptions): Promise<Dataset> {
  const attributeFile = await firstThere(folder, ATTRIBUTES)
  const partitionFile = await firstThere(folder, PARTITION)
  if (!attributeFile) throw missingFile(folder, 'list_attr_celeba.txt or .csv', SOURCE)
  if (!partitionFile) throw missingFile(folder, 'list_eval_partition.txt or .csv', SOURCE)
  const splits = await readPartition(partitionFile)
  const faces = await readAttributes(attributeFile)
  const root = await folderHolding(
    folder,
    IMAGES,
    faces.map(({name}) => name),
    {named: attributeFile, source: SOURCE},
  )
  const all = faces.map(({name, label, attribute, line}): GroupedImage => {
    const part = splits.get(name)
    if (part !== undefined) return {path: join(root, name), label, attribute, split: part}
    throw invalidData(
      `${name} in line ${line} of ${attributeFile} should have a split in ${partitionFile}, but has none.`,
      ['Take both files from the same place.'],
    )
  })
  return {images: pickSplit(all, split, WORDS), labels: WORDS.labels, paperKind: 'faces'}
}

/** Split by name of the image. */
async function readPartition(file: string): Promise<Map<string, number>> {
  const splits = new Map<string, number>()
  for (const row of await readLines(file)) {
    const [name = '', part] = cellsOf(row)
    if (name === 'image_id') continue
    splits.set(name, readNumber(part, 3, {column: 'The split', file, line: row.line}))
  }
  return splits
}

type Face = {readonly name: string; readonly label: number; readonly attribute: number; readonly line: number}

/** In the text file the first line is the number of images; in both the titles come before the rows. */
async function readAttributes(file: string): Promise<Face[]> {
  const lines = await readLines(file)
  const titleRow = lines.findIndex(({text}) => text.includes(LABEL))
  const titles = titleRow < 0 ? [] : cellsOf(lines[titleRow]!).filter((title) => title !== 'image_id')
  if (!titles.includes(ATTRIBUTE) || titleRow > 1) {
    throw invalidData(
      `${file} should name the attributes ${LABEL} and ${ATTRIBUTE} in its first two lines, but does not.`,
      [`Fetch it again: ${SOURCE}.`],
    )
  }
  const stated = titleRow === 1 ? Number(lines[0]!.text) : Number.NaN
  const rowCount = lines.length - titleRow - 1
  if (Number.isInteger(stated) && stated !== rowCount) {
    throw invalidData(`${file} should have ${stated} images, as its first line says, but has ${rowCount}.`, [
      'It may have been cut off: fetch it again.',
    ])
  }
  const [label, attribute] = [titles.indexOf(LABEL) + 1, titles.indexOf(ATTRIBUTE) + 1]
  return lines.slice(titleRow + 1).map((row) => {
    const cells = cellsOf(row)
    if (cells.length !== titles.length + 1) {
      throw invalidData(
        `Line ${row.line} of ${file} should have a name and ${titles.length} values, but has ${cells.length} cells.`,
        ['It may have been cut off: fetch it again.'],
      )
    }
    return {
      name: cells[0]!,
      label: sign(cells[label]!, LABEL, file, row),
      attribute: sign(cells[attribute]!, ATTRIBUTE, file, row),
      line: row.line,
    }
  })
}

/** 1 for present, 0 for -1 (and for the 0 of some copies). */
function sign(cell: string, column: string, file: string, {line}: Line): number {
  if (cell === '1') return 1
  if (cell === '-1' || cell === '0') return 0
  throw invalidData(`${column} in line ${line} of ${file} should be 1 or -1, but is ${JSON.stringify(cell)}.`)
}

function cellsOf({text}: Line): string[] {
  return text.trim().split(/[\s,]+/)
}

function filesOf(name: string, folder: string): string[] {
  return [`${name}.txt`, `${name}.csv`, `${folder}/${name}.txt`, `${folder}/${name}.csv`]
}
