/** A folder whose folders are the classes. */
import {join} from 'node:path'
import type {LabelledImage} from '../bench/set.js'
import {foldersIn, imagesIn, invalidData} from './files.js'

/**
 * Class by class in alphabetical order, and so within each class, at any depth.
 * @throws {UsageError} `data-invalid`: no folder holds an image.
 */
export async function readClassFolders(root: string): Promise<LabelledImage[]> {
  const images: LabelledImage[] = []
  for (const label of await foldersIn(root)) {
    const names = await imagesIn(join(root, label), true)
    images.push(...names.map((name) => ({path: join(root, label, name), labels: [label]})))
  }
  if (images.length > 0) return images
  throw invalidData(`The folder ${root} should hold a folder of images for each class, but holds none.`, [
    'Put the images of each class into a folder with its name, or write a CSV with the columns path and label.',
  ])
}
