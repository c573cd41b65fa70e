/** Waterbirds (Sagawa et al., ICLR 2020): birds of two kinds pasted on two backgrounds; `metadata.csv` beside them. */
import {join} from 'node:path'
import {parseCsv} from '../csv-rows.js'
import {folderHolding, invalidData, isThere, readText} from './files.js'
import {type GroupedImage, pickSplit, readNumber} from './groups.js'
import type {Dataset, Layout, ReadOptions} from './layout.js'

const TABLE = 'metadata.csv'
const COLUMNS = ['img_filename', 'y', 'split', 'place'] as const
const WORDS = {labels: ['landbird', 'waterbird'], attributes: ['land', 'water']} as const
const SOURCE = 'https://nlp.stanford.edu/data/dro/waterbird_complete95_forest2water2.tar.gz, unpacked'

export const WATERBIRDS: Layout = {
  name: 'waterbirds',
  title: 'Waterbirds',
  knownBy: `${TABLE} with the columns ${COLUMNS.join(', ')}`,
  source: SOURCE,
  splits: ['train', 'val', 'test'],
  isPermuted: true,
  isHere: async (folder) => {
    const file = join(folder, TABLE)
    if (!(await isThere(file))) return false
    const [head = ''] = (await readText(file).catch(() => '')).split(/\r\n|\r|\n/, 1)
    return head.includes('img_filename')
  },
  read: readWaterbirds,
}

async function readWaterbirds(folder: string, {split}: ReadOptions): Promise<Dataset> {
  const file = join(folder, TABLE)
  const [head, ...rows] = parseCsv(file, await readText(file))
  const titles = head?.cells.map((cell) => cell.trim()) ?? []
  const [name, y, part, place] = COLUMNS.map((column) => titles.indexOf(column)) as [number, number, number, number]
  const lacking = COLUMNS.filter((column) => !titles.includes(column))
  if (lacking.length > 0) {
    throw invalidData(
      `The first line of ${file} should name the columns ${COLUMNS.join(', ')}, but lacks ${lacking.join(', ')}.`,
      [`Fetch it again: ${SOURCE}.`],
    )
  }
  const birds = rows.map(({cells, line}) => {
    const path = cells[name]?.trim()
    if (!path) throw invalidData(`Line ${line} of ${file} names no image in img_filename.`)
    return {
      path,
      label: readNumber(cells[y], 2, {column: 'y', file, line}),
      attribute: readNumber(cells[place], 2, {column: 'place', file, line}),
      split: readNumber(cells[part], 3, {column: 'split', file, line}),
    }
  })
  const names = birds.map(({path}) => path)
  const root = await folderHolding(folder, ['.'], names, {named: file, source: SOURCE})
  const all: GroupedImage[] = birds.map((bird) => ({...bird, path: join(root, bird.path)}))
  return {images: pickSplit(all, split, WORDS), labels: WORDS.labels, paperKind: 'classify'}
}
