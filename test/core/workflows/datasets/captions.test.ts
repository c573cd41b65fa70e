/** COCO and NoCaps. */
import {join} from 'node:path'
import {expect, test} from 'vitest'
import {readData} from '../../../../src/core/workflows/bench/data.js'
import {labelledSet} from '../../../../src/core/workflows/bench/set.js'
import {emptyFiles, folderOf} from './folder.js'

const coco = (name: string, split: string, raws: readonly string[]) => ({
  filepath: 'val2014',
  filename: name,
  split,
  cocoid: 7,
  sentences: raws.map((raw) => ({raw, tokens: raw.toLowerCase().split(' ')})),
})
const KARPATHY = JSON.stringify({
  dataset: 'coco',
  images: [
    coco('a.jpg', 'test', ['A man with a red helmet.', 'A man rides a bike']),
    coco('b.jpg', 'restval', ['A girl']),
    coco('c.jpg', 'test', ['A kitchen']),
    {...coco('d.jpg', 'train', ['Cars']), filepath: 'train2014'},
  ],
})

test('COCO: the images of the split with all their captions, as they were written', async () => {
  const folder = folderOf({'dataset_coco.json': KARPATHY, ...emptyFiles(['val2014/a.jpg', 'val2014/c.jpg'])})
  const data = await readData(folder)
  expect(data).toMatchObject({layout: 'coco', split: 'test', paperKind: 'caption', labels: undefined})
  expect(data.images).toEqual([
    {
      path: join(folder, 'val2014/a.jpg'),
      labels: [],
      captions: ['A man with a red helmet.', 'A man rides a bike'],
      id: 7,
    },
    {path: join(folder, 'val2014/c.jpg'), labels: [], captions: ['A kitchen'], id: 7},
  ])
  expect(labelledSet('coco', data.images)).toMatchObject({tasks: [], captions: [{length: 2}, {length: 1}]})
})

test('COCO: train takes restval with it; a part whose images are not there is refused', async () => {
  const folder = folderOf({'annotations/dataset_coco.json': KARPATHY, 'images/val2014/b.jpg': ''})
  const {images} = await readData(folder, {split: 'train'})
  expect(images.map(({path}) => path)).toEqual([
    join(folder, 'images/val2014/b.jpg'),
    join(folder, 'images/train2014/d.jpg'),
  ])
  await expect(readData(folder)).rejects.toThrow(/names val2014\/a\.jpg and others, which should be in .* or .*images/)
  await expect(readData(folder, {split: 'val'})).rejects.toThrow(/should have images of the split val/)
})

const NOCAPS = {
  info: {},
  licenses: [],
  images: [
    {id: 0, file_name: 'x.jpg', open_images_id: 'x', domain: 'near-domain', coco_url: 'https://example.org/x.jpg'},
    {id: 4, file_name: 'y.jpg', open_images_id: 'y', domain: 'out-domain', coco_url: 'https://example.org/y.jpg'},
  ],
  annotations: [
    {image_id: 4, id: 0, caption: 'A drum'},
    {image_id: 0, id: 1, caption: 'A baby'},
    {image_id: 4, id: 2, caption: 'A drum kit'},
  ],
}
const NOCAPS_FILE = 'nocaps_val_4500_captions.json'

test('NoCaps: captions by the number of the image, domains as groups', async () => {
  const folder = folderOf({[NOCAPS_FILE]: JSON.stringify(NOCAPS), ...emptyFiles(['images/x.jpg', 'images/y.jpg'])})
  const data = await readData(folder)
  expect(data).toMatchObject({layout: 'nocaps', split: 'val', paperKind: 'caption'})
  expect(data.images).toEqual([
    {path: join(folder, 'images/x.jpg'), labels: [], group: 'near-domain', captions: ['A baby'], id: 0},
    {path: join(folder, 'images/y.jpg'), labels: [], group: 'out-domain', captions: ['A drum', 'A drum kit'], id: 4},
  ])
  const set = labelledSet('nocaps', data.images)
  expect([set.groups, set.imageIds]).toEqual([
    ['near-domain', 'out-domain'],
    [0, 4],
  ])
})

for (const [title, files, message] of [
  ['COCO cut off', {'dataset_coco.json': KARPATHY.slice(0, -9)}, /dataset_coco\.json should be one JSON document/],
  ['COCO of another form', {'dataset_coco.json': '[]'}, /an object with the list images/],
  ['COCO that is null', {'dataset_coco.json': 'null'}, /an object with the list images/],
  [
    'COCO without sentences',
    {'dataset_coco.json': '{"images": [{"split": "test", "filename": "a.jpg"}]}'},
    /images\[0\] in .* should have a filename and sentences/,
  ],
  [
    'NoCaps without captions',
    {[NOCAPS_FILE]: JSON.stringify({...NOCAPS, annotations: []})},
    /images\[0\] in .* captions/,
  ],
  [
    'NoCaps with a caption that is none',
    {[NOCAPS_FILE]: JSON.stringify({...NOCAPS, annotations: [{image_id: 0}]})},
    /annotations\[0\] in .* should have a caption/,
  ],
  ['NoCaps without images', {[NOCAPS_FILE]: JSON.stringify(NOCAPS)}, /names x\.jpg and others/],
] as const) {
  test(`${title} is refused`, async () => {
    await expect(readData(folderOf(files))).rejects.toThrow(message)
  })
}
