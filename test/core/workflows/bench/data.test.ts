import {mkdirSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect, test} from 'vitest'
import {readData} from '../../../../src/core/workflows/bench/data.js'
import {labelledSet, limitSet} from '../../../../src/core/workflows/bench/set.js'
import {parseCsv} from '../../../../src/core/workflows/csv-rows.js'
import {temporaryFolder} from '../../weights/files.js'

/** Files with the given texts in a new folder. */
function folderOf(files: Readonly<Record<string, string>>): string {
  const folder = temporaryFolder()
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(folder, name, '..'), {recursive: true})
    writeFileSync(join(folder, name), text)
  }
  return folder
}

const readImages = async (path: string) => (await readData(path)).images

test('CSV: quotes, doubled quotes, line ends in cells, every kind of line end, empty lines', () => {
  expect(parseCsv('x.csv', 'a,b\r\n\r\n"1,""2""",\n"3\n4",5\r6,7')).toEqual([
    {cells: ['a', 'b'], line: 1},
    {cells: ['1,"2"', ''], line: 3},
    {cells: ['3\n4', '5'], line: 4},
    {cells: ['6', '7'], line: 6},
  ])
  expect(parseCsv('x.csv', '')).toEqual([])
  expect(() => parseCsv('x.csv', 'a,b\n"c"d,e')).toThrow('Line 2 of x.csv should close each quote')
  expect(() => parseCsv('x.csv', 'a\n"b')).toThrow('Line 2 of x.csv')
})

test('a folder for each class, images at any depth, other files left alone', async () => {
  const folder = folderOf({
    'dog/b.JPG': '',
    'dog/old/a.png': '',
    'cat/c.webp': '',
    'cat/notes.txt': '',
    'loose.png': '',
  })
  expect(await readImages(folder)).toEqual([
    {path: join(folder, 'cat', 'c.webp'), labels: ['cat']},
    {path: join(folder, 'dog', 'b.JPG'), labels: ['dog']},
    {path: join(folder, 'dog', 'old', 'a.png'), labels: ['dog']},
  ])
})

test('a CSV names its columns in any order; paths start at the file', async () => {
  const folder = folderOf({
    'set.csv': '\uFEFFlabel,extra,Path,group\n"red, ripe",x,a.png, wet \ncat|dog,y,sub/b.png,dry\n',
  })
  expect(await readImages(join(folder, 'set.csv'))).toEqual([
    {path: join(folder, 'a.png'), labels: ['red, ripe'], group: 'wet'},
    {path: join(folder, 'sub', 'b.png'), labels: ['cat', 'dog'], group: 'dry'},
  ])
})

test('JSONL takes one label or a list, and numbers as they are written', async () => {
  const rows = [
    '{"path": "a.png", "label": "cat", "group": 1}',
    '',
    '{"path": "b.png", "label": ["cat", 7, "cat"], "group": 0}',
  ]
  const folder = folderOf({'set.jsonl': rows.join('\n')})
  expect(await readImages(join(folder, 'set.jsonl'))).toEqual([
    {path: join(folder, 'a.png'), labels: ['cat'], group: '1'},
    {path: join(folder, 'b.png'), labels: ['cat', '7'], group: '0'},
  ])
})

test('captions stand beside labels or alone: parted in a cell, in several columns, as a list', async () => {
  const rows = [
    '{"path": "a.png", "caption": "a cat"}',
    '{"path": "b.png", "caption": ["a dog", " dogs "], "label": "dog"}',
  ]
  const folder = folderOf({
    'two.csv': 'path,caption,label,caption\na.png,a cat|one cat,cat,"a cat, asleep"\nb.png,a dog,dog,\n',
    'bare.csv': 'path,caption\na.png,a cat\n',
    'set.jsonl': rows.join('\n'),
  })
  expect(await readImages(join(folder, 'two.csv'))).toEqual([
    {path: join(folder, 'a.png'), labels: ['cat'], captions: ['a cat', 'one cat', 'a cat, asleep']},
    {path: join(folder, 'b.png'), labels: ['dog'], captions: ['a dog']},
  ])
  const bare = await readImages(join(folder, 'bare.csv'))
  expect(bare).toEqual([{path: join(folder, 'a.png'), labels: [], captions: ['a cat']}])
  expect(labelledSet('bare', bare)).toMatchObject({tasks: [], groups: undefined, captions: [['a cat']]})
  expect(await readImages(join(folder, 'set.jsonl'))).toEqual([
    {path: join(folder, 'a.png'), labels: [], captions: ['a cat']},
    {path: join(folder, 'b.png'), labels: ['dog'], captions: ['a dog', 'dogs']},
  ])
})

for (const [title, name, text, message] of [
  [
    'a CSV without the column label',
    'x.csv',
    'path,class\na.png,cat\n',
    /should name the columns path and label, or path and caption, but is "path,class"/,
  ],
  [
    'a CSV row without a label',
    'x.csv',
    'path,label\na.png,cat\nb.png\n',
    /label in line 3 of .*x\.csv should be text/,
  ],
  ['a CSV row without a path', 'x.csv', 'path,label\n,cat\n', /Line 2 of .* names no path/],
  ['a CSV without rows', 'x.csv', 'path,label\n', /should name at least one image/],
  ['an empty CSV', 'x.csv', '', /first line of .* but is ""/],
  ['a CSV row with neither label nor caption', 'x.csv', 'path,caption\na.png,\n', /label in line 2/],
  ['JSONL with a caption that is none', 'x.jsonl', '{"path": "a.png", "caption": [7]}\n', /caption in line 1 of/],
  ['JSONL with a path alone', 'x.jsonl', '{"path": "a.png"}\n', /label in line 1/],
  ['an empty group', 'x.csv', 'path,label,group\na.png,cat,\n', /group in line 2/],
  [
    'JSONL that is none',
    'x.jsonl',
    '{"path": "a.png", "label": "cat"}\n{oops}\n',
    /Line 2 of .* should be one JSON object/,
  ],
  ['JSONL with a list', 'x.jsonl', '["a.png"]\n', /Line 1 of .* but is \["a\.png"\]/],
  ['another ending', 'x.txt', 'a.png cat', /a folder, a \.csv or a \.jsonl file/],
  ['a folder without classes', 'loose/a.png', '', /a folder of images for each class/],
] as const) {
  test(`${title} is refused with its place`, async () => {
    const folder = folderOf({[name]: text})
    const failure = readImages(join(folder, name.split('/')[0]!))
    await expect(failure).rejects.toThrow(message)
    await expect(failure).rejects.toMatchObject({code: 'data-invalid', oclif: {exit: 2}})
  })
}

test('nothing there at all', async () => {
  await expect(readImages('nowhere.csv')).rejects.toMatchObject({code: 'data-missing'})
})

const birds = [
  {path: '1', labels: ['waterbird'], group: 'water'},
  {path: '2', labels: ['landbird'], group: 'water'},
  {path: '3', labels: ['landbird'], group: 'land'},
]

test('labels are those that occur, sorted; a group is label and group', () => {
  const set = labelledSet('birds', birds)
  expect(set.tasks[0]).toMatchObject({labels: ['landbird', 'waterbird'], truth: [[1], [0], [0]]})
  expect(set.groups).toEqual(['waterbird, water', 'landbird, water', 'landbird, land'])
  expect(labelledSet('birds', birds, {labels: ['waterbird', ' landbird', 'cat']}).tasks[0]!.truth).toEqual([
    [0],
    [1],
    [1],
  ])
})

test('a label that is none of the given ones, and groups for some images only, are refused', () => {
  expect(() => labelledSet('birds', birds, {labels: ['landbird']})).toThrow(
    /label of 1 should be one of landbird, but is "waterbird"/,
  )
  expect(() => labelledSet('birds', [...birds, {path: '4', labels: ['landbird']}])).toThrow(
    /3 of 4 have one and 4 has none/,
  )
})

test('labels or captions of some images only are refused', () => {
  expect(() => labelledSet('birds', [...birds.slice(0, 2), {path: '4', labels: [], captions: ['a bird']}])).toThrow(
    /have a label or none, but 2 of 3 have one and 4 has none/,
  )
  const written = birds.map((bird, index) => (index === 1 ? bird : {...bird, captions: ['a bird']}))
  expect(() => labelledSet('birds', written)).toThrow(/have a caption or none, but 2 of 3 have one and 2 has none/)
})

test('a limit draws by the seed, keeps the order, and keeps truth and groups with their images', () => {
  const many = Array.from({length: 50}, (_, index) => ({
    path: String(index),
    labels: [`l${index % 3}`],
    group: `g${index % 2}`,
    captions: [`c${index}`],
  }))
  const set = limitSet(labelledSet('many', many), 10, 4)
  const places = set.images.map(({path}) => Number(path))
  expect(places).toHaveLength(10)
  expect(places).toEqual([...new Set(places)].sort((a, b) => a - b))
  expect(set.tasks[0]!.truth).toEqual(places.map((place) => [place % 3]))
  expect(set.groups).toEqual(places.map((place) => `l${place % 3}, g${place % 2}`))
  expect(set.captions).toEqual(places.map((place) => [`c${place}`]))
  expect(set.tasks[0]!.labels).toEqual(['l0', 'l1', 'l2'])
  expect(limitSet(labelledSet('many', many), 10, 4)).toEqual(set)
  expect(limitSet(labelledSet('many', many), 10, 5).images).not.toEqual(set.images)
  expect(limitSet(labelledSet('many', many), 50, 4).images).toHaveLength(50)
})
