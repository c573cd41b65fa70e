/**
 * ImageNet's validation images (Russakovsky et al., IJCV 2015): a folder for each synset, or all in one folder with
 * Kaggle's solution or the ground truth of the development kit. The names of the synsets come from the user's files.
 */
import {readdir} from 'node:fs/promises'
import {basename, join} from 'node:path'
import type {LabelledImage} from '../bench/set.js'
import {firstThere, folderHolding, foldersIn, imagesIn, incomplete, invalidData, isFolder, readLines} from './files.js'
import type {Dataset, Layout, ReadOptions} from './layout.js'
import {findSynsets, nameSynsets, type Synset} from './synsets.js'

const SYNSET = /^n\d{8}$/
const FLAT = /^ILSVRC2012_val_\d{8}\.jpe?g$/i
const FOLDERS = ['val', 'ILSVRC/Data/CLS-LOC/val', 'ILSVRC2012_img_val', '.']
const SOLUTION = ['LOC_val_solution.csv', 'val/LOC_val_solution.csv']
const TRUTH_NAME = 'ILSVRC2012_validation_ground_truth.txt'
const TRUTH = [TRUTH_NAME, `data/${TRUTH_NAME}`, `ILSVRC2012_devkit_t12/data/${TRUTH_NAME}`]
const SOURCE =
  'https://image-net.org/download.php (ILSVRC2012 validation images and development kit), or ' +
  'https://www.kaggle.com/c/imagenet-object-localization-challenge (with LOC_synset_mapping.txt and LOC_val_solution.csv)'

export const IMAGENET: Layout = {
  name: 'imagenet',
  title: 'ImageNet, validation',
  knownBy: `folders named like n01440764, ${SOLUTION[0]} or ${TRUTH_NAME}`,
  source: SOURCE,
  splits: ['val'],
  isPermuted: false,
  isHere: async (folder) => {
    if (await firstThere(folder, [...SOLUTION, ...TRUTH])) return true
    for (const part of FOLDERS) if ((await synsetFolders(join(folder, part))).length > 0) return true
    return false
  },
  read: readImageNet,
}

async function readImageNet(folder: string, {labels}: ReadOptions): Promise<Dataset> {
  const known = await findSynsets(folder)
  const placed = (await bySynsetFolders(folder)) ?? (await bySolution(folder)) ?? (await byGroundTruth(folder, known))
  if (!placed) {
    throw incomplete(
      `${folder} should have a folder for each synset, ${SOLUTION[0]} or ${TRUTH_NAME}, but has none of these.`,
      SOURCE,
    )
  }
  const names = nameSynsets(folder, known, [...new Set(placed.map(({synset}) => synset))].sort(), labels)
  const images = placed.map(({path, synset}): LabelledImage => ({path, labels: [names.get(synset)!]}))
  return {images, labels: [...names.values()], paperKind: 'classify'}
}

type Placed = {readonly path: string; readonly synset: string}

async function bySynsetFolders(folder: string): Promise<Placed[] | undefined> {
  for (const part of FOLDERS) {
    const root = join(folder, part)
    const placed: Placed[] = []
    for (const synset of await synsetFolders(root)) {
      const names = await imagesIn(join(root, synset))
      placed.push(...names.map((name) => ({path: join(root, synset, name), synset})))
    }
    if (placed.length > 0) return placed
  }
  return undefined
}

/** Kaggle's `ImageId,PredictionString`: the string begins with the synset. */
async function bySolution(folder: string): Promise<Placed[] | undefined> {
  const file = await firstThere(folder, SOLUTION)
  if (!file) return undefined
  const rows = (await readLines(file)).filter(({text}) => !text.startsWith('ImageId'))
  const placed = rows.map(({text, line}) => {
    const [id = '', synset = ''] = text.split(/[,\s]+/)
    if (SYNSET.test(synset)) return {name: `${id}.JPEG`, synset}
    throw invalidData(
      `Line ${line} of ${file} should be an image and its synset, such as n01440764, but is ${JSON.stringify(text.slice(0, 60))}.`,
    )
  })
  const names = placed.map(({name}) => name)
  const root = await folderHolding(folder, FOLDERS, names, {named: file, source: SOURCE})
  return placed.map(({name, synset}) => ({path: join(root, name), synset})).sort((a, b) => (a.path < b.path ? -1 : 1))
}

/** One number a line, that of the synset of the image at this place in alphabetical order. */
async function byGroundTruth(folder: string, known: readonly Synset[]): Promise<Placed[] | undefined> {
  const file = await firstThere(folder, TRUTH)
  if (!file) return undefined
  const byNumber = new Map(known.flatMap(({number, id}) => (number === undefined ? [] : [[number, id] as const])))
  if (byNumber.size === 0) {
    throw incomplete(
      `${basename(file)} tells synsets by number, so ${folder} should also hold meta.mat of the development kit, or map_clsloc.txt of a later one, but has neither.`,
      SOURCE,
    )
  }
  const lines = await readLines(file)
  const root = await flatFolder(folder)
  if (!root)
    throw incomplete(`${folder} should hold the images ILSVRC2012_val_00000001.JPEG and so on, but does not.`, SOURCE)
  return lines.map(({text, line}, index) => {
    const synset = byNumber.get(Number(text))
    const name = `ILSVRC2012_val_${String(index + 1).padStart(8, '0')}.JPEG`
    if (synset) return {path: join(root, name), synset}
    throw invalidData(`Line ${line} of ${file} should be the number of a synset, but is ${JSON.stringify(text)}.`)
  })
}

async function flatFolder(folder: string): Promise<string | undefined> {
  for (const part of FOLDERS) {
    const root = join(folder, part)
    if ((await isFolder(root)) && (await readdir(root)).some((name) => FLAT.test(name))) return root
  }
  return undefined
}

async function synsetFolders(folder: string): Promise<string[]> {
  return (await foldersIn(folder)).filter((name) => SYNSET.test(name))
}
