/** COCO captions (Chen et al., 2015) in the splits of Karpathy and Fei-Fei (CVPR 2015): `dataset_coco.json`. */
import {join} from 'node:path'
import {firstThere, folderHolding, invalidData, missingFile, readJson} from './files.js'
import type {Dataset, Layout, ReadOptions} from './layout.js'

const FILES = ['dataset_coco.json', 'annotations/dataset_coco.json', 'karpathy/dataset_coco.json']
const IMAGE_FOLDERS = ['.', 'images', 'coco/images']
/** `restval` are the images of val2014 that later work trains on as well. */
const NAMES = {train: ['train', 'restval'], val: ['val'], test: ['test']} as const
const SOURCE =
  'https://cs.stanford.edu/people/karpathy/deepimagesent/caption_datasets.zip (dataset_coco.json) and ' +
  'http://images.cocodataset.org/zips/val2014.zip, unpacked as val2014'

export const COCO: Layout = {
  name: 'coco',
  title: 'COCO captions, Karpathy split',
  knownBy: 'dataset_coco.json',
  source: SOURCE,
  splits: ['train', 'val', 'test'],
  isPermuted: false,
  isHere: async (folder) => (await firstThere(folder, FILES)) !== undefined,
  read: readCoco,
}

async function readCoco(folder: string, {split}: ReadOptions): Promise<Dataset> {
  const file = await firstThere(folder, FILES)
  if (!file) throw missingFile(folder, 'dataset_coco.json', SOURCE)
  const {images} = ((await readJson(file)) ?? {}) as {images?: unknown}
  if (!Array.isArray(images)) throw invalidData(`${file} should be an object with the list images, but is not.`)
  const rows = images.flatMap((image, index) => {
    const {filepath, filename, split: part, sentences, cocoid} = (image ?? {}) as Record<string, unknown>
    if (!(NAMES[split.name] as readonly unknown[]).includes(part)) return []
    const captions = Array.isArray(sentences) ? sentences.map((sentence) => sentence?.raw) : []
    if (typeof filename !== 'string' || captions.length === 0 || !captions.every((raw) => typeof raw === 'string')) {
      throw invalidData(
        `images[${index}] in ${file} should have a filename and sentences with their raw text, but has not.`,
        [`Fetch it again: ${SOURCE}.`],
      )
    }
    const name = typeof filepath === 'string' ? `${filepath}/${filename}` : filename
    return [{name, captions: captions as string[], ...(typeof cocoid === 'number' ? {id: cocoid} : {})}]
  })
  if (rows.length === 0) throw invalidData(`${file} should have images of the split ${split.name}, but has none.`)
  const names = rows.map(({name}) => name)
  const root = await folderHolding(folder, IMAGE_FOLDERS, names, {named: file, source: SOURCE})
  return {
    images: rows.map(({name, captions, id}) => ({path: join(root, name), labels: [], captions, id})),
    paperKind: 'caption',
  }
}
