import {mkdirSync, readFileSync, writeFileSync} from 'node:fs'
import {basename, join} from 'node:path'
import {expect, test} from 'vitest'
import {openVocabulary, writeVocabulary} from '../../../src/core/vocab/vocabulary.js'
import {importVocabulary, listVocabularies, vocabularyInfo} from '../../../src/core/workflows/vocabularies.js'
import {temporaryFolder} from '../weights/files.js'

const torch = (name: string) => join(process.cwd(), 'test/fixtures/torch', `${name}.pt`)

function somePlaces() {
  const root = temporaryFolder()
  mkdirSync(join(root, 'bundled'))
  return {bundled: join(root, 'bundled'), vwt: join(root, 'data', 'vocab'), cwd: root}
}

const tiny = (counts: readonly bigint[]) => ({
  words: new Float32Array(counts.length * 3),
  counts: BigInt64Array.from(counts),
  patchSize: 1,
  imageMean: [0, 0, 0],
  imageStd: [1, 1, 1],
  imageSize: 8,
  images: 2,
  patches: 128,
  seed: 7,
  inertia: 0.5,
  source: 'two photos',
})

for (const name of ['float32', 'float64', 'float16', 'bfloat16']) {
  test(`words saved as ${name} are imported with PyTorch's values`, async () => {
    const places = somePlaces()
    const {shape, data} = JSON.parse(readFileSync('test/fixtures/torch/expected.json', 'utf8'))[name]
    const imported = await importVocabulary(torch(name), {places})
    expect(imported).toEqual({
      name,
      path: join(places.vwt, `${name}.safetensors`),
      words: shape[0],
      wordLength: shape[1],
      patchSize: 2,
      dtype: name,
    })
    const vocabulary = await openVocabulary(name, places)
    expect([...vocabulary.words]).toEqual(data)
    expect(vocabulary).toMatchObject({wordCount: 3, patchSize: 2, imageSize: 224, images: null, inertia: null})
    expect((await vocabularyInfo(name, {places})).emptyWords).toBeNull()
  })
}

test('a name that is taken, shipped or imported, is refused', async () => {
  const places = somePlaces()
  await importVocabulary(torch('float32'), {places})
  await expect(importVocabulary(torch('float32'), {places})).rejects.toMatchObject({code: 'vocab-exists'})
  writeFileSync(join(places.bundled, 'shipped.safetensors'), '')
  await expect(importVocabulary(torch('float32'), {places, name: 'shipped'})).rejects.toMatchObject({
    code: 'vocab-exists',
  })
  await importVocabulary(torch('float32'), {places, out: 'shipped.safetensors'})
  expect((await openVocabulary('./shipped.safetensors', places)).wordCount).toBe(3)
})

for (const name of ['../up', 'a/b', '', '.hidden', 'x.safetensors']) {
  test(`${JSON.stringify(name)} is no name for a vocabulary`, async () => {
    await expect(importVocabulary(torch('float32'), {places: somePlaces(), name})).rejects.toMatchObject({
      code: 'vocab-name',
    })
  })
}

const SHAPES: [string, RegExp][] = [
  ['scalar', /but holds \[\]/],
  ['empty', /but holds \[0, 12\]/],
]
for (const [name, message] of SHAPES) {
  test(`${name}.pt is not words`, async () => {
    await expect(importVocabulary(torch(name), {places: somePlaces()})).rejects.toThrow(message)
  })
}

test('a tensor of three columns is twelve words of one-pixel patches', async () => {
  const {words, patchSize} = await importVocabulary(torch('transposed'), {places: somePlaces()})
  expect({words, patchSize}).toEqual({words: 12, patchSize: 1})
})

test('the list names what is shipped, what is in the data folder, and what is damaged', async () => {
  const places = somePlaces()
  await writeVocabulary(join(places.bundled, 'good.safetensors'), tiny([1n, 2n]))
  writeFileSync(join(places.bundled, 'README.md'), 'not a vocabulary')
  mkdirSync(places.vwt, {recursive: true})
  writeFileSync(join(places.vwt, 'bad.safetensors'), 'no')
  const {vocabularies, places: searched} = await listVocabularies({places})
  expect(vocabularies.map(({name, source, usable, words}) => [name, source, usable, words])).toEqual([
    ['good', 'bundled', true, 2],
    ['bad', 'vwt', false, null],
  ])
  expect(vocabularies[1]!.problem).toMatch(/8 bytes of header length, but is 2 bytes long/)
  expect(searched.map(({path, exists}) => [basename(path), exists])).toEqual([
    ['bundled', true],
    ['vocab', true],
  ])
})

test('info counts unused words and how much the most frequent tenth stands for', async () => {
  const places = somePlaces()
  // 20 words: two of them (a tenth) got 60 and 20 of 100 patches, five got none.
  const counts = [60n, 0n, 20n, 0n, 0n, 0n, 0n, 8n, ...Array.from({length: 12}, () => 1n)]
  await writeVocabulary(join(places.bundled, 'some.safetensors'), tiny(counts))
  expect(await vocabularyInfo('some', {places})).toMatchObject({
    from: 'bundled',
    words: 20,
    wordLength: 3,
    emptyWords: 5,
    topTenthFraction: 0.8,
    seed: 7,
    source: 'two photos',
  })
})
