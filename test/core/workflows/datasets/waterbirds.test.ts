import {join} from 'node:path'
import {expect, test} from 'vitest'
import {readData} from '../../../../src/core/workflows/bench/data.js'
import {labelledSet} from '../../../../src/core/workflows/bench/set.js'
import {emptyFiles, folderOf} from './folder.js'

const HEAD = 'img_id,img_filename,y,split,place,place_filename'
/** Image, label, split, place. */
const ROWS = [
  ['001.Albatross/a.jpg', 1, 2, 1],
  ['001.Albatross/b.jpg', 1, 2, 0],
  ['002.Finch/c.jpg', 0, 2, 0],
  ['002.Finch/d.jpg', 0, 0, 1],
  ['002.Finch/e.jpg', 0, 1, 0],
] as const

function tableOf(rows: readonly (readonly (string | number)[])[] = ROWS): string {
  const lines = rows.map(
    ([name, y, split, place], index) => `${index + 1},${name},${y},${split},${place},/b/bamboo/1.jpg`,
  )
  return [HEAD, ...lines, ''].join('\n')
}

const whole = {'metadata.csv': tableOf(), ...emptyFiles(ROWS.map(([name]) => name))}

test('the test split is read, with the words of the paper and place as the group', async () => {
  const folder = folderOf(whole)
  const data = await readData(folder)
  expect(data).toEqual({
    layout: 'waterbirds',
    split: 'test',
    prompt: 'a photo of a {}',
    labels: ['landbird', 'waterbird'],
    paperKind: 'classify',
    images: [
      {path: join(folder, '001.Albatross/a.jpg'), labels: ['waterbird'], group: 'water'},
      {path: join(folder, '001.Albatross/b.jpg'), labels: ['waterbird'], group: 'land'},
      {path: join(folder, '002.Finch/c.jpg'), labels: ['landbird'], group: 'land'},
    ],
  })
  const set = labelledSet('birds', data.images, {labels: data.labels})
  expect(set.groups).toEqual(['waterbird, water', 'waterbird, land', 'landbird, land'])
  expect(set.tasks[0]!.truth).toEqual([[1], [1], [0]])
})

test('other splits are read on demand', async () => {
  const folder = folderOf(whole)
  const namesOf = async (split: string) => (await readData(folder, {split})).images.map(({path}) => path.slice(-5))
  expect(await namesOf('train')).toEqual(['d.jpg'])
  expect(await namesOf('val')).toEqual(['e.jpg'])
})

for (const [title, files, code, message] of [
  [
    'a label that is none',
    {'metadata.csv': tableOf([['a.jpg', 2, 2, 0]])},
    'data-invalid',
    /y in line 2 of .*metadata\.csv should be one of 0, 1, but is "2"/,
  ],
  ['a place that is missing', {'metadata.csv': `${HEAD}\n1,a.jpg,1,2\n`}, 'data-invalid', /place in line 2/],
  [
    'a split that is none',
    {'metadata.csv': tableOf([['a.jpg', 1, 3, 0]])},
    'data-invalid',
    /split in line 2 .* one of 0, 1, 2/,
  ],
  ['a row without an image', {'metadata.csv': tableOf([['', 1, 2, 0]])}, 'data-invalid', /Line 2 of .* names no image/],
  [
    'columns that are missing',
    {'metadata.csv': 'img_filename,y,split\na.jpg,1,2\n'},
    'data-invalid',
    /first line .* lacks place/,
  ],
  ['no rows', {'metadata.csv': `${HEAD}\n`}, 'data-invalid', /metadata\.csv should name at least one image/],
  [
    'the table without the images',
    {'metadata.csv': tableOf()},
    'data-incomplete',
    /names 001\.Albatross\/a\.jpg and others, .* but are not/,
  ],
] as const) {
  test(`${title} is refused`, async () => {
    const failure = readData(folderOf({...files, 'loose.jpg': ''}))
    await expect(failure).rejects.toThrow(message)
    await expect(failure).rejects.toMatchObject({code, oclif: {exit: 2}})
  })
}

test('what is missing is told with where it comes from', async () => {
  await expect(readData(folderOf({'metadata.csv': tableOf()}))).rejects.toMatchObject({
    suggestions: [
      expect.stringContaining('https://nlp.stanford.edu/data/dro/waterbird_complete95_forest2water2.tar.gz'),
    ],
  })
})
