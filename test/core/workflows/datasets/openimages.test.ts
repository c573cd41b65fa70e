import {join} from 'node:path'
import {expect, test} from 'vitest'
import {readData} from '../../../../src/core/workflows/bench/data.js'
import {labelledSet} from '../../../../src/core/workflows/bench/set.js'
import {emptyFiles, folderOf} from './folder.js'

const COMMON = 'openimages_common_214'
const TAGS = 'cat\nsnake\nart gallery\n'
const ROWS = 'test/000a,cat,art gallery\ntest/000b,snake\n'
const lists = (prefix: string, rows = ROWS) => ({
  [`${prefix}_ram_annots.txt`]: rows,
  [`${prefix}_ram_taglist.txt`]: TAGS,
})

test('an image has several tags, in the order of the list of tags', async () => {
  const folder = folderOf({...lists(COMMON), ...emptyFiles(['imgs/test/000a.jpg', 'imgs/test/000b.jpg'])})
  const data = await readData(folder)
  expect(data).toMatchObject({
    layout: 'openimages-common',
    split: 'test',
    labels: ['cat', 'snake', 'art gallery'],
    images: [
      {path: join(folder, 'imgs/test/000a.jpg'), labels: ['cat', 'art gallery']},
      {path: join(folder, 'imgs/test/000b.jpg'), labels: ['snake']},
    ],
  })
  expect(labelledSet('tags', data.images, {labels: data.labels}).tasks[0]!.truth).toEqual([[0, 2], [1]])
})

test('an image that bears none of the tags stays: it counts for every tag as one that should stand far down', async () => {
  const folder = folderOf({...lists(COMMON, `${ROWS}test/000c\n`), ...emptyFiles(['imgs/test/000a.jpg'])})
  const {images, labels, areTags} = await readData(folder)
  expect(images[2]).toEqual({path: join(folder, 'imgs/test/000c.jpg'), labels: []})
  expect(labelledSet('tags', images, {labels, areTags}).tasks[0]!.truth).toEqual([[0, 2], [1], []])
})

test('images beside the lists of both, each in its own folder', async () => {
  const rare = 'openimages_rare_200'
  const nested = Object.fromEntries(Object.entries(lists(rare)).map(([name, text]) => [`${rare}/${name}`, text]))
  const folder = folderOf({...nested, 'test/000b.jpg': ''})
  const {layout, images} = await readData(join(folder, rare))
  expect([layout, images[1]!.path]).toEqual(['openimages-rare', join(folder, 'test/000b.jpg')])
})

test('the lists of both in one folder are told apart by --layout', async () => {
  const both = {...lists(COMMON), ...lists('openimages_rare_200', 'test/000b,snake\n'), 'imgs/test/000b.jpg': ''}
  const folder = folderOf(both)
  await expect(readData(folder)).rejects.toMatchObject({
    code: 'layout-ambiguous',
    suggestions: ['--layout openimages-common', '--layout openimages-rare'],
  })
  expect((await readData(folder, {layout: 'openimages-rare'})).images).toHaveLength(1)
})

for (const [title, rows, message] of [
  ['a tag that is not listed', 'test/000a,cat,dragon\n', /tag "dragon" in line 1 of .* should be in .*taglist\.txt/],
  ['a line without an image', `${ROWS},cat\n`, /Line 3 of .* should begin with an image/],
  ['a list without images', ROWS, /names test\/000a\.jpg and others/],
] as const) {
  test(`${title} is refused`, async () => {
    await expect(readData(folderOf(lists(COMMON, rows)))).rejects.toThrow(message)
  })
}
