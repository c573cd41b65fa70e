import {copyFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect, test} from 'vitest'
import {readData} from '../../../../src/core/workflows/bench/data.js'
import {emptyFiles, folderOf} from './folder.js'

const MAPPING = `n01440764 tench, Tinca tinca
n02012849 crane
n03126707 crane
n03710637 maillot
n03710721 maillot, tank suit
n02119789 kit fox, Vulpes macrotis
`
const flat = (number: number) => `ILSVRC2012_val_${String(number).padStart(8, '0')}.JPEG`

test('a folder for each synset, named by the mapping; names that two share are told apart', async () => {
  const paths = ['n03126707/b.JPEG', 'n01440764/a.JPEG', 'n03710637/c.JPEG', 'n03710721/d.JPEG']
  const folder = folderOf({'LOC_synset_mapping.txt': MAPPING, ...emptyFiles(paths.map((path) => `val/${path}`))})
  const data = await readData(folder)
  expect(data).toMatchObject({layout: 'imagenet', split: 'val', paperKind: 'classify'})
  expect(data.labels).toEqual([
    'tench',
    'crane (n02012849)',
    'kit fox',
    'crane (n03126707)',
    'maillot',
    'maillot, tank suit',
  ])
  expect(data.images).toEqual([
    {path: join(folder, 'val/n01440764/a.JPEG'), labels: ['tench']},
    {path: join(folder, 'val/n03126707/b.JPEG'), labels: ['crane (n03126707)']},
    {path: join(folder, 'val/n03710637/c.JPEG'), labels: ['maillot']},
    {path: join(folder, 'val/n03710721/d.JPEG'), labels: ['maillot, tank suit']},
  ])
})

test("Kaggle's archive: all images in one folder, the solution beside it", async () => {
  const folder = folderOf({
    'LOC_synset_mapping.txt': MAPPING,
    'LOC_val_solution.csv': `ImageId,PredictionString\nILSVRC2012_val_00000002,n02119789 1 2 3 4 \nILSVRC2012_val_00000001,n01440764 85 1 499 272 n01440764 1 1 2 2\n`,
    ...emptyFiles([1, 2].map((number) => `ILSVRC/Data/CLS-LOC/val/${flat(number)}`)),
  })
  const {images} = await readData(folder)
  expect(images.map(({path, labels}) => [path.slice(-28), labels])).toEqual([
    [flat(1), ['tench']],
    [flat(2), ['kit fox']],
  ])
})

test('the ground truth of the development kit counts images, and synsets by its own numbers', async () => {
  const folder = folderOf({
    'ILSVRC2012_devkit_t12/data/ILSVRC2012_validation_ground_truth.txt': '2\n1\n2\n',
    'devkit/data/map_clsloc.txt': 'n02119789 1 kit_fox\nn01440764 2 tench\n',
    ...emptyFiles([1, 2, 3].map((number) => `val/${flat(number)}`)),
  })
  const {images, labels} = await readData(folder)
  expect(images.map(({path, labels: own}) => [path, own[0]])).toEqual([
    [join(folder, 'val', flat(1)), 'tench'],
    [join(folder, 'val', flat(2)), 'kit fox'],
    [join(folder, 'val', flat(3)), 'tench'],
  ])
  expect(labels).toEqual(['tench', 'kit fox'])
})

test('the development kit alone tells numbers and names; parents of classes are no labels', async () => {
  const kit = 'ILSVRC2012_devkit_t12/data'
  const folder = folderOf({
    [`${kit}/ILSVRC2012_validation_ground_truth.txt`]: '3\n1\n4\n',
    ...emptyFiles([1, 2, 3].map((number) => flat(number))),
  })
  copyFileSync('test/fixtures/datasets/meta.mat', join(folder, kit, 'meta.mat'))
  const {images, labels} = await readData(folder)
  expect(images.map(({labels: own}) => own[0])).toEqual(['crane (n03126707)', 'kit fox', 'jalapeño'])
  expect(labels).toEqual(['crane (n02012849)', 'kit fox', 'crane (n03126707)', 'jalapeño'])
})

test("the user's names go to the synsets in their order, and must be as many", async () => {
  const folder = folderOf(emptyFiles(['n02119789/a.JPEG', 'n01440764/b.JPEG']))
  const {images, labels} = await readData(folder, {labels: ['a tench', 'a fox']})
  expect(labels).toEqual(['a tench', 'a fox'])
  expect(images.map(({labels: own}) => own[0])).toEqual(['a tench', 'a fox'])
  await expect(readData(folder, {labels: ['tench']})).rejects.toMatchObject({
    code: 'data-label',
    message: expect.stringMatching(/names of the 2 synsets .* from n01440764 on, but are 1/),
  })
})

for (const [title, files, message] of [
  [
    'synsets without names',
    emptyFiles(['n01440764/a.JPEG']),
    /name of the synset n01440764 should be in .*LOC_synset_mapping\.txt/,
  ],
  [
    'a mapping of another form',
    {'LOC_synset_mapping.txt': `${MAPPING}tench\n`, 'val/n01440764/a.JPEG': ''},
    /Line 7 of .* a synset and its names, but is "tench"/,
  ],
  [
    'numbers without a map of them',
    {'LOC_synset_mapping.txt': MAPPING, 'ILSVRC2012_validation_ground_truth.txt': '1\n', [flat(1)]: ''},
    /tells synsets by number, so .* should also hold meta\.mat .* or map_clsloc\.txt/,
  ],
  [
    'a number that is none',
    {'map_clsloc.txt': 'n02119789 1 kit_fox\n', 'ILSVRC2012_validation_ground_truth.txt': '1\n9\n', [flat(1)]: ''},
    /Line 2 of .* the number of a synset, but is "9"/,
  ],
  [
    'a solution without images',
    {'LOC_synset_mapping.txt': MAPPING, 'LOC_val_solution.csv': 'ILSVRC2012_val_00000001,n01440764 1 1 2 2\n'},
    /names ILSVRC2012_val_00000001\.JPEG and others/,
  ],
  [
    'a solution of another form',
    {'LOC_synset_mapping.txt': MAPPING, 'LOC_val_solution.csv': 'ILSVRC2012_val_00000001,tench\n'},
    /Line 1 of .* an image and its synset/,
  ],
] as const) {
  test(`${title} is refused`, async () => {
    await expect(readData(folderOf(files))).rejects.toThrow(message)
  })
}
