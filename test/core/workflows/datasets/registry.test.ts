import {join} from 'node:path'
import {expect, test} from 'vitest'
import {parseSplit, readData} from '../../../../src/core/workflows/bench/data.js'
import {COCO} from '../../../../src/core/workflows/datasets/coco.js'
import {LAYOUTS, layoutsIn} from '../../../../src/core/workflows/datasets/registry.js'
import {WATERBIRDS} from '../../../../src/core/workflows/datasets/waterbirds.js'
import {emptyFiles, folderOf} from './folder.js'

test('names differ, and every layout says where its data come from', () => {
  expect(new Set(LAYOUTS.map(({name}) => name)).size).toBe(LAYOUTS.length)
  for (const {source, splits} of LAYOUTS) {
    expect(source).toMatch(/https?:\/\//)
    expect(splits.length).toBeGreaterThan(0)
  }
})

test('a folder of classes, and one with a table of another kind, are no published data set', async () => {
  expect(await layoutsIn(folderOf(emptyFiles(['cat/a.png', 'dog/b.png'])))).toEqual([])
  expect(await layoutsIn(folderOf({'metadata.csv': 'path,label\na.png,cat\n', 'cat/a.png': ''}))).toEqual([])
})

test('plain reads class folders whatever else is there', async () => {
  const folder = folderOf(emptyFiles(['n01440764/a.JPEG', 'n02119789/b.JPEG']))
  const {images, layout} = await readData(folder, {layout: 'plain'})
  expect([images.map(({labels}) => labels[0]), layout]).toEqual([['n01440764', 'n02119789'], undefined])
  await expect(readData(folder, {layout: 'imagnet'})).rejects.toMatchObject({code: 'layout-unknown'})
})

test('a split is a name, or a name and a seed', () => {
  expect(parseSplit(WATERBIRDS)).toEqual({name: 'test'})
  expect(parseSplit(WATERBIRDS, ' val ')).toEqual({name: 'val'})
  expect(parseSplit(WATERBIRDS, 'test:3')).toEqual({name: 'test', seed: 3})
  expect(parseSplit(COCO)).toEqual({name: 'test'})
})

for (const [layout, text, message] of [
  [WATERBIRDS, 'tset', /split of Waterbirds should be one of train, val, test, but is "tset"/],
  [WATERBIRDS, 'test:-1', /whole number from 0 to 4294967295, but is test:-1/],
  [WATERBIRDS, 'test:4294967296', /but is test:4294967296/],
  [WATERBIRDS, 'test:', /but is test:/],
  [COCO, 'test:1', /splits of COCO captions, Karpathy split are fixed/],
] as const) {
  test(`the split ${text} of ${layout.name} is refused`, () => {
    expect(() => parseSplit(layout, text)).toThrow(message)
  })
}

test('a split of data that has none is refused', async () => {
  const folder = folderOf(emptyFiles(['cat/a.png']))
  await expect(readData(folder, {split: 'test'})).rejects.toMatchObject({code: 'split-invalid'})
  await expect(readData(join(folder, 'cat', 'a.png'), {split: 'test'})).rejects.toMatchObject({code: 'split-invalid'})
})
