/** Small data sets of the paper's layouts, with pictures of coloured noise. */
import {mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {dirname, join} from 'node:path'
import sharp from 'sharp'
import {mixSeed, seededRandom} from '../../../../src/core/base/random.js'

const folders: string[] = []

/** A folder that outlives a test; `removeFolders` is for `afterAll`. */
export function lastingFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'vwt-paper-'))
  folders.push(folder)
  return folder
}

export function removeFolders(): void {
  for (const folder of folders.splice(0)) rmSync(folder, {recursive: true, force: true})
}

export class PaperFolder {
  readonly root = lastingFolder()

  text(name: string, lines: readonly string[] | string): void {
    const file = join(this.root, name)
    mkdirSync(dirname(file), {recursive: true})
    writeFileSync(file, typeof lines === 'string' ? lines : [...lines, ''].join('\n'))
  }

  /** Blocks of one colour each, so that some patches are alike. */
  async picture(name: string, seed: number): Promise<void> {
    const random = seededRandom(mixSeed(seed, 9))
    const data = Uint8Array.from({length: 8 * 6 * 3}, () => Math.floor(random() * 256))
    const image = sharp(data, {raw: {width: 8, height: 6, channels: 3}}).resize(96, 72, {kernel: 'nearest'})
    const file = join(this.root, name)
    mkdirSync(dirname(file), {recursive: true})
    writeFileSync(file, await image.png().toBuffer())
  }

  /** As many for each label, place and split: `count` is a multiple of 12. */
  async waterbirds(count: number): Promise<void> {
    const rows = ['img_id,img_filename,y,split,place,place_filename']
    for (let index = 0; index < count; index += 1) {
      await this.picture(`waterbirds/birds/${index}.png`, index)
      rows.push(`${index},birds/${index}.png,${index % 2},${Math.floor(index / 4) % 3},${Math.floor(index / 2) % 2},x`)
    }
    this.text('waterbirds/metadata.csv', rows)
  }

  async openImages(count: number): Promise<void> {
    const folder = 'tags/openimages_rare_200'
    const tags = ['Ball game', 'Team sport', 'Jeans']
    const rows: string[] = []
    for (let index = 0; index < count; index += 1) {
      await this.picture(`${folder}/imgs/test/${index}.jpg`, 100 + index)
      rows.push([`test/${index}`, ...tags.slice(0, 1 + (index % 3))].join(','))
    }
    this.text(`${folder}/openimages_rare_200_ram_annots.txt`, rows)
    this.text(`${folder}/openimages_rare_200_ram_taglist.txt`, tags)
  }

  async nocaps(count: number): Promise<void> {
    const domains = ['in-domain', 'near-domain', 'out-domain']
    const images = []
    const annotations = []
    for (let id = 0; id < count; id += 1) {
      await this.picture(`nocaps/val/${id}.png`, 200 + id)
      images.push({id, file_name: `${id}.png`, domain: domains[id % 3]})
      for (const word of ['one', 'two'])
        annotations.push({image_id: id, caption: `${word} of the things in picture ${id}`})
    }
    this.text('nocaps/nocaps_val_4500_captions.json', JSON.stringify({images, annotations}))
  }
}
