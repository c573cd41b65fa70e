/** NoCaps (Agrawal et al., ICCV 2019), validation: images of Open Images, ten captions each, in three domains. */
import {join} from 'node:path'
import type {LabelledImage} from '../bench/set.js'
import {firstThere, folderHolding, invalidData, missingFile, readJson} from './files.js'
import type {Dataset, Layout} from './layout.js'

const NAME = 'nocaps_val_4500_captions.json'
const FILES = [NAME, `annotations/${NAME}`]
const IMAGE_FOLDERS = ['val', 'images/val', 'images', 'validation', '.']
const SOURCE = `https://nocaps.s3.amazonaws.com/${NAME} and the images it names by coco_url, in the folder val (https://nocaps.org/download)`

export const NOCAPS: Layout = {
  name: 'nocaps',
  title: 'NoCaps, validation',
  knownBy: NAME,
  source: SOURCE,
  splits: ['val'],
  isPermuted: false,
  isHere: async (folder) => (await firstThere(folder, FILES)) !== undefined,
  read: readNoCaps,
}

/** The group of an image is its domain: in-domain, near-domain or out-domain. */
async function readNoCaps(folder: string): Promise<Dataset> {
  const file = await firstThere(folder, FILES)
  if (!file) throw missingFile(folder, NAME, SOURCE)
  const {images, annotations} = ((await readJson(file)) ?? {}) as {images?: unknown; annotations?: unknown}
  if (!Array.isArray(images) || !Array.isArray(annotations)) {
    throw invalidData(`${file} should be an object with the lists images and annotations, but is not.`)
  }
  const captions = new Map<unknown, string[]>()
  for (const [index, annotation] of annotations.entries()) {
    const {image_id: image, caption} = (annotation ?? {}) as Record<string, unknown>
    if (typeof caption !== 'string')
      throw invalidData(`annotations[${index}] in ${file} should have a caption, but has none.`)
    const own = captions.get(image)
    if (own) own.push(caption)
    else captions.set(image, [caption])
  }
  const rows = images.map((image, index) => {
    const {id, file_name: name, domain} = (image ?? {}) as Record<string, unknown>
    const own = captions.get(id)
    if (typeof name !== 'string' || typeof domain !== 'string' || !own) {
      throw invalidData(`images[${index}] in ${file} should have a file_name, a domain and captions, but has not.`)
    }
    return {name, domain, captions: own, ...(typeof id === 'number' ? {id} : {})}
  })
  const names = rows.map(({name}) => name)
  const root = await folderHolding(folder, IMAGE_FOLDERS, names, {named: file, source: SOURCE})
  return {
    images: rows.map(
      ({name, domain, captions: own, id}): LabelledImage => ({
        path: join(root, name),
        labels: [],
        group: domain,
        captions: own,
        id,
      }),
    ),
    paperKind: 'caption',
  }
}
