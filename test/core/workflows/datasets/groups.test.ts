/** Golden: test/fixtures/random/splits.json, written by make_splits.py with NumPy. */
import {readFileSync} from 'node:fs'
import {expect, test} from 'vitest'
import {type GroupedImage, permuteSplits, pickSplit} from '../../../../src/core/workflows/datasets/groups.js'

const golden = JSON.parse(readFileSync('test/fixtures/random/splits.json', 'utf8'))
const images: GroupedImage[] = golden.rows.map(
  ([label, attribute, split]: [number, number, number], place: number) => ({
    path: String(place),
    label,
    attribute,
    split,
  }),
)

test('permuted splits are those that NumPy draws, for the seeds of the paper', () => {
  for (const {seed, splits} of golden.permuted) expect(permuteSplits(images, seed)).toEqual(splits)
})

test('every group keeps the sizes of its splits, and other images are in them', () => {
  const countsOf = (splits: readonly number[]) => {
    const cells = images.map(({label, attribute}, place) => `${label} ${attribute} ${splits[place]}`)
    return [...new Set(cells)].sort().map((cell) => [cell, cells.filter((other) => other === cell).length])
  }
  const canonical = images.map(({split}) => split)
  for (const seed of [1, 2, 3]) {
    const splits = permuteSplits(images, seed)
    expect(countsOf(splits)).toEqual(countsOf(canonical))
    expect(splits).not.toEqual(canonical)
  }
})

test('a seeded split has the images the permutation puts there, in their old order', () => {
  const words = {labels: ['no', 'yes'], attributes: ['left', 'right']} as const
  const test = pickSplit(images, {name: 'test', seed: 2}, words)
  const places = [...images.keys()].filter((place) => golden.permuted[1].splits[place] === 2)
  expect(test.map(({path}) => Number(path))).toEqual(places)
  for (const {path, labels, group} of test) {
    const {label, attribute} = images[Number(path)]!
    expect([labels, group]).toEqual([[words.labels[label]], words.attributes[attribute]])
  }
})
