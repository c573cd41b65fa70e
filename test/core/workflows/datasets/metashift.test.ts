/** The golden split is the choice of test/fixtures/random/numpy.json, written by make_numpy.py with NumPy. */
import {readFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect, test} from 'vitest'
import {readData} from '../../../../src/core/workflows/bench/data.js'
import {emptyFiles, folderOf} from './folder.js'

const ROOT = 'MetaShift-Cat-Dog-indoor-outdoor'
const PARTS = ['train/cat/cat(indoor)', 'train/dog/dog(outdoor)', 'test/cat/cat(outdoor)', 'test/dog/dog(indoor)']
/** Forty images, ten in each folder, in the order in which they are drawn. */
const NAMES = PARTS.flatMap((part) => Array.from({length: 10}, (_, index) => `${part}/${index}.jpg`))

const golden = JSON.parse(readFileSync('test/fixtures/random/numpy.json', 'utf8')).choice

test('a quarter is test and a tenth val, drawn as NumPy draws them over sorted names', async () => {
  const folder = folderOf(emptyFiles(NAMES.map((name) => `${ROOT}/${name}`)))
  const pathsOf = (places: readonly number[]) =>
    [...places].sort((a, b) => a - b).map((place) => join(folder, ROOT, NAMES[place]!))
  for (const split of ['test', 'val'] as const) {
    const {images} = await readData(folder, {split})
    expect(images.map(({path}) => path)).toEqual(pathsOf(golden[split]))
  }
  expect((await readData(folder, {split: 'train'})).images).toHaveLength(26)
})

test('labels and groups are told by the folder; the folder itself may be named, too', async () => {
  const folder = join(folderOf(emptyFiles(NAMES.map((name) => `${ROOT}/${name}`))), ROOT)
  const {labels, images, paperKind} = await readData(folder)
  expect([labels, paperKind]).toEqual([['dog', 'cat'], 'classify'])
  for (const {path, labels: own, group} of images) expect(path).toContain(`${own[0]}(${group})`)
})

test('the table of the common preparation decides where it is there, whatever machine it was written on', async () => {
  const rows = [
    '/home/them/metashift/train/cat/cat(indoor)/3.jpg,1,1,2',
    '/home/them/metashift/test/cat/cat(outdoor)/3.jpg,1,0,0',
    '/home/them/metashift/test/dog/dog(indoor)/7.jpg,0,1,2',
  ]
  const table = {[`${ROOT}/../metadata_metashift.csv`]: ['filename,y,a,split', ...rows, ''].join('\n')}
  const folder = folderOf({...table, ...emptyFiles(NAMES.map((name) => `${ROOT}/${name}`))})
  const {images} = await readData(folder)
  expect(images).toEqual([
    {path: join(folder, ROOT, 'train/cat/cat(indoor)/3.jpg'), labels: ['cat'], group: 'indoor'},
    {path: join(folder, ROOT, 'test/dog/dog(indoor)/7.jpg'), labels: ['dog'], group: 'indoor'},
  ])
})

test('a missing folder and an image that only the table knows are refused', async () => {
  const half = folderOf(emptyFiles(NAMES.slice(0, 20)))
  await expect(readData(half)).rejects.toThrow(/test\/cat\/cat\(outdoor\) should hold images, but holds none/)
  const table = 'filename,y,a,split\n/x/test/dog/dog(indoor)/99.jpg,0,1,2\n'
  const folder = folderOf({'metadata_metashift.csv': table, ...emptyFiles(NAMES)})
  await expect(readData(folder)).rejects.toMatchObject({
    code: 'data-incomplete',
    message: expect.stringMatching(/Line 2 of .*metadata_metashift\.csv names .*99\.jpg, but no folder holds/),
  })
})
