/**
 * Open Images v6 with the test lists of RAM++ (Huang et al., 2023): 214 common and 200 rare tags. A list has a line for
 * each image, `test/0000c64e1253d68f,tag,tag`, and a file names all tags in their order. 157 images of the common list
 * bear none of its tags.
 */
import {join} from 'node:path'
import {folderHolding, invalidData, isThere, readLines} from './files.js'
import type {Dataset, Layout} from './layout.js'

const IMAGE_FOLDERS = ['imgs', 'images', '.', '../imgs', '../images', '..']

export const OPENIMAGES_COMMON = openImages('openimages-common', 'Open Images v6, common tags', 'openimages_common_214')
export const OPENIMAGES_RARE = openImages('openimages-rare', 'Open Images v6, rare tags', 'openimages_rare_200')

function openImages(name: string, title: string, prefix: string): Layout {
  const annotations = `${prefix}_ram_annots.txt`
  const tagList = `${prefix}_ram_taglist.txt`
  const source =
    `https://github.com/xinyu1205/recognize-anything: ${annotations} and ${tagList} of datasets/${prefix}; ` +
    'the images https://storage.googleapis.com/openimages/web/download_v6.html in imgs/test'
  return {
    name,
    title,
    knownBy: `${annotations} and ${tagList}`,
    source,
    splits: ['test'],
    isPermuted: false,
    isHere: (folder) => isThere(join(folder, annotations)),
    read: (folder) => readOpenImages(folder, join(folder, annotations), join(folder, tagList), source),
  }
}

async function readOpenImages(folder: string, file: string, tagFile: string, source: string): Promise<Dataset> {
  const labels = (await readLines(tagFile)).map(({text}) => text.trim())
  const known = new Set(labels)
  const rows = (await readLines(file)).map(({text, line}) => {
    const [name = '', ...tags] = text.split(',').map((cell) => cell.trim())
    if (name === '')
      throw invalidData(`Line ${line} of ${file} should begin with an image, but is ${JSON.stringify(text)}.`)
    const unknown = tags.find((tag) => !known.has(tag))
    if (unknown !== undefined) {
      throw invalidData(
        `The tag ${JSON.stringify(unknown)} in line ${line} of ${file} should be in ${tagFile}, but is not.`,
        ['Take both files from the same place.'],
      )
    }
    return {name: /\.[a-z]+$/i.test(name) ? name : `${name}.jpg`, labels: [...new Set(tags)]}
  })
  const names = rows.map((row) => row.name)
  const root = await folderHolding(folder, IMAGE_FOLDERS, names, {named: file, source})
  return {
    images: rows.map((row) => ({path: join(root, row.name), labels: row.labels})),
    labels,
    areTags: true,
    paperKind: 'classify',
  }
}
