import {join} from 'node:path'
import {expect, test} from 'vitest'
import {readData} from '../../../../src/core/workflows/bench/data.js'
import {emptyFiles, folderOf} from './folder.js'

const TXT = `4
5_o_Clock_Shadow Blond_Hair Male Young
000001.jpg -1  1 -1  1
000002.jpg -1 -1  1  1
000003.jpg  1  1  1 -1
000004.jpg -1 -1 -1  1
`
const PARTITION = '000001.jpg 2\n000002.jpg 2\n000003.jpg 2\n000004.jpg 0\n'
const NAMES = ['000001.jpg', '000002.jpg', '000003.jpg', '000004.jpg']
const CSV = TXT.replace('4\n5_o', 'image_id,5_o').replaceAll(/ +/g, ',')
const PARTITION_CSV = `image_id,partition\n${PARTITION.replaceAll(' ', ',')}`

const imagesAt = (folder: string) => emptyFiles(NAMES.map((name) => `${folder}/${name}`))

for (const [title, files, images] of [
  [
    'as the authors distribute it',
    {'Anno/list_attr_celeba.txt': TXT, 'Eval/list_eval_partition.txt': PARTITION, ...imagesAt('Img/img_align_celeba')},
    'Img/img_align_celeba',
  ],
  [
    'with all in one folder',
    {'list_attr_celeba.txt': TXT, 'list_eval_partition.txt': PARTITION, ...imagesAt('img_align_celeba')},
    'img_align_celeba',
  ],
  [
    'as Kaggle distributes it',
    {
      'list_attr_celeba.csv': CSV,
      'list_eval_partition.csv': PARTITION_CSV,
      ...imagesAt('img_align_celeba/img_align_celeba'),
    },
    'img_align_celeba/img_align_celeba',
  ],
] as const) {
  test(`is read ${title}: blond or not, by sex`, async () => {
    const folder = folderOf(files)
    expect(await readData(folder)).toMatchObject({
      layout: 'celeba',
      split: 'test',
      labels: ['non-blond', 'blond'],
      paperKind: 'faces',
      images: [
        {path: join(folder, images, '000001.jpg'), labels: ['blond'], group: 'female'},
        {path: join(folder, images, '000002.jpg'), labels: ['non-blond'], group: 'male'},
        {path: join(folder, images, '000003.jpg'), labels: ['blond'], group: 'male'},
      ],
    })
    expect((await readData(folder, {split: 'train'})).images).toHaveLength(1)
  })
}

for (const [title, files, code, message] of [
  ['no partition', {'list_attr_celeba.txt': TXT}, 'data-incomplete', /should hold list_eval_partition\.txt or \.csv/],
  [
    'no images',
    {'list_attr_celeba.txt': TXT, 'list_eval_partition.txt': PARTITION},
    'data-incomplete',
    /names 000001\.jpg and others/,
  ],
  [
    'a line that is cut off',
    {'list_attr_celeba.txt': `${TXT.replace('4', '5')}000005.jpg -1 1`, 'list_eval_partition.txt': PARTITION},
    'data-invalid',
    /Line 7 of .*list_attr_celeba\.txt should have a name and 4 values, but has 3 cells/,
  ],
  [
    'a file of fewer images than it says',
    {'list_attr_celeba.txt': TXT.replace('4', '202599'), 'list_eval_partition.txt': PARTITION},
    'data-invalid',
    /should have 202599 images, as its first line says, but has 4/,
  ],
  [
    'a value that is none',
    {'list_attr_celeba.txt': TXT.replace('000003.jpg  1  1', '000003.jpg  1  x'), 'list_eval_partition.txt': PARTITION},
    'data-invalid',
    /Blond_Hair in line 5 .* should be 1 or -1, but is "x"/,
  ],
  [
    'an image without a split',
    {'list_attr_celeba.txt': TXT, 'list_eval_partition.txt': '000001.jpg 2\n', ...imagesAt('img_align_celeba')},
    'data-invalid',
    /000002\.jpg in line 4 of .* should have a split in .*list_eval_partition\.txt/,
  ],
  [
    'a split that is none',
    {'list_attr_celeba.txt': TXT, 'list_eval_partition.txt': '000001.jpg 5\n'},
    'data-invalid',
    /The split in line 1 of .* one of 0, 1, 2, but is "5"/,
  ],
  [
    'a table of other attributes',
    {'list_attr_celeba.txt': '1\nYoung Male\na.jpg 1 1\n', 'list_eval_partition.txt': PARTITION},
    'data-invalid',
    /should name the attributes Blond_Hair and Male/,
  ],
] as const) {
  test(`${title} is refused`, async () => {
    const failure = readData(folderOf(files))
    await expect(failure).rejects.toThrow(message)
    await expect(failure).rejects.toMatchObject({code})
  })
}
