/** MetaShift's cats and dogs, indoor and outdoor (Liang and Zou, ICLR 2022): four folders of images. */
import {join} from 'node:path'
import {NumpyRandom} from '../../base/numpy-random.js'
import {parseCsv} from '../csv-rows.js'
import {imagesIn, incomplete, invalidData, isFolder, isThere, readText} from './files.js'
import {type GroupedImage, pickSplit, readNumber} from './groups.js'
import type {Dataset, Layout, ReadOptions} from './layout.js'

const ROOT = 'MetaShift-Cat-Dog-indoor-outdoor'
/** Written by the common preparation; its splits are taken where it is there. */
const TABLE = 'metadata_metashift.csv'
const WORDS = {labels: ['dog', 'cat'], attributes: ['outdoor', 'indoor']} as const
/** In the order of the common preparation. */
const FOLDERS = [
  {folder: 'train/cat/cat(indoor)', label: 1, attribute: 1},
  {folder: 'train/dog/dog(outdoor)', label: 0, attribute: 0},
  {folder: 'test/cat/cat(outdoor)', label: 1, attribute: 0},
  {folder: 'test/dog/dog(indoor)', label: 0, attribute: 1},
] as const
const TEST_FRACTION = 0.25
const VAL_FRACTION = 0.1
const SPLIT_SEED = 42
const SOURCE = `https://github.com/Weixin-Liang/MetaShift: the folder ${ROOT} of its subpopulation-shift task`

export const METASHIFT: Layout = {
  name: 'metashift',
  title: 'MetaShift',
  knownBy: `the folders ${FOLDERS.map(({folder}) => folder).join(', ')}`,
  source: SOURCE,
  splits: ['train', 'val', 'test'],
  isPermuted: true,
  isHere: async (folder) => (await rootOf(folder)) !== undefined,
  read: readMetaShift,
}

async function readMetaShift(folder: string, {split}: ReadOptions): Promise<Dataset> {
  const root = (await rootOf(folder)) ?? folder
  const found: Omit<GroupedImage, 'split'>[] = []
  for (const {folder: part, ...group} of FOLDERS) {
    const names = await imagesIn(join(root, part))
    if (names.length === 0) throw incomplete(`${join(root, part)} should hold images, but holds none.`, SOURCE)
    found.push(...names.map((name) => ({path: join(root, part, name), ...group})))
  }
  const table = [join(folder, TABLE), join(root, TABLE), join(root, '..', TABLE)]
  for (const file of table) {
    if (await isThere(file)) return datasetOf(await splitByTable(found, file), split)
  }
  return datasetOf(splitBySeed(found), split)
}

function datasetOf(images: readonly GroupedImage[], split: ReadOptions['split']): Dataset {
  return {images: pickSplit(images, split, WORDS), labels: WORDS.labels, paperKind: 'classify'}
}

/**
 * A quarter for test, a tenth for val, drawn as the common preparation does. That one takes files in the order in
 * which the file system lists them, which differs between machines; here they are sorted by name in each folder.
 */
function splitBySeed(images: readonly Omit<GroupedImage, 'split'>[]): GroupedImage[] {
  const random = new NumpyRandom(SPLIT_SEED)
  const splits = images.map(() => 0)
  const test = random.permutation(images.length).slice(0, Math.trunc(images.length * TEST_FRACTION))
  for (const place of test) splits[place] = 2
  const rest = [...splits.keys()].filter((place) => splits[place] === 0)
  const val = random.permutation(rest.length).slice(0, Math.trunc(images.length * VAL_FRACTION))
  for (const index of val) splits[rest[index]!] = 1
  return images.map((image, place) => ({...image, split: splits[place]!}))
}

/** In the order of the table. Its paths belong to another machine: their last two parts tell which image is meant. */
async function splitByTable(images: readonly Omit<GroupedImage, 'split'>[], file: string): Promise<GroupedImage[]> {
  const [head, ...rows] = parseCsv(file, await readText(file))
  const titles = head?.cells.map((cell) => cell.trim()) ?? []
  const [name, part] = [titles.indexOf('filename'), titles.indexOf('split')]
  if (name < 0 || part < 0) {
    throw invalidData(`The first line of ${file} should name the columns filename and split, but does not.`)
  }
  const endOf = (path: string) => path.trim().split(/[/\\]/).slice(-2).join('/')
  const byEnd = new Map(images.map((image) => [endOf(image.path), image]))
  return rows.map(({cells, line}) => {
    const image = byEnd.get(endOf(cells[name]!))
    if (!image)
      throw incomplete(`Line ${line} of ${file} names ${cells[name]}, but no folder holds that image.`, SOURCE)
    return {...image, split: readNumber(cells[part], 3, {column: 'split', file, line})}
  })
}

/** The folder itself or the one of the published name in it. */
async function rootOf(folder: string): Promise<string | undefined> {
  for (const root of [folder, join(folder, ROOT)]) {
    for (const {folder: part} of FOLDERS) if (await isFolder(join(root, part))) return root
  }
  return undefined
}
