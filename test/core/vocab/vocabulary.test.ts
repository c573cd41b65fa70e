import {mkdirSync, readFileSync, truncateSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect, test} from 'vitest'
import {ModelError} from '../../../src/core/base/errors.js'
import {checkVocabularyFits} from '../../../src/core/vocab/fit.js'
import {findVocabulary} from '../../../src/core/vocab/library.js'
import {openVocabulary, type VocabularyData, writeVocabulary} from '../../../src/core/vocab/vocabulary.js'
import {writeSafetensors} from '../../../src/core/weights/write.js'
import {temporaryFolder} from '../weights/files.js'

/** Two words of 1-pixel patches: three values each. */
const tiny: VocabularyData = {
  words: Float32Array.of(0.5, -1, 2, 3, 4, 5),
  counts: BigInt64Array.of(3n, 9_007_199_254_740_993n),
  patchSize: 1,
  imageMean: [0.48145466, 0.4578275, 0.40821073],
  imageStd: [0.26862954, 0.26130258, 0.27577711],
  imageSize: 224,
  images: 5,
  patches: 980,
  seed: 0,
  inertia: 0.125,
  source: 'five photos',
}

async function tinyFile(changes: Partial<VocabularyData> = {}): Promise<string> {
  const path = join(temporaryFolder(), 'tiny.safetensors')
  await writeVocabulary(path, {...tiny, ...changes})
  return path
}

/** The tensors and metadata of a good file with some of them replaced. */
async function fileWith(metadata: Record<string, string | undefined>, shape = [2, 3]): Promise<string> {
  const path = join(temporaryFolder(), 'other.safetensors')
  const good = {
    format: 'vwt-vocabulary',
    version: '1',
    patch_size: '1',
    image_mean: '[0,0,0]',
    image_std: '[1,1,1]',
    image_size: '224',
  }
  const entries = Object.entries({...good, ...metadata}).filter(([, value]) => value !== undefined)
  const words = new Float32Array(shape.reduce((product, length) => product * length, 1))
  await writeSafetensors(
    path,
    [
      {name: 'counts', dtype: 'I64', shape: [2], data: new BigInt64Array(2)},
      {name: 'words', dtype: 'F32', shape, data: words},
    ],
    Object.fromEntries(entries) as Record<string, string>,
  )
  return path
}

test('a vocabulary is read back as it was written', async () => {
  const path = await tinyFile()
  expect(await openVocabulary(path)).toEqual({
    ...tiny,
    name: 'tiny',
    path,
    version: 1,
    wordCount: 2,
    wordLength: 3,
  })
})

test('what is not known is null, not zero', async () => {
  const unknown = {images: null, patches: null, seed: null, inertia: null}
  expect(await openVocabulary(await tinyFile(unknown))).toMatchObject(unknown)
})

test('words of more than one read arrive in order', async () => {
  const words = new Float32Array(3 * 16 * 16 * 11_000) // 34 MB, read in two pieces
  for (let word = 0; word < 11_000; word += 1) words[word * 768 + (word % 768)] = word
  const path = await tinyFile({words, counts: new BigInt64Array(11_000), patchSize: 16})
  expect((await openVocabulary(path)).words.every((value, index) => value === words[index])).toBe(true)
})

test('the same data gives the same bytes', async () => {
  expect(readFileSync(await tinyFile())).toEqual(readFileSync(await tinyFile()))
})

test('a word that is no number is named', async () => {
  const words = Float32Array.of(0, 0, 0, 0, Number.NaN, 0)
  await expect(openVocabulary(await tinyFile({words}))).rejects.toThrow(/value 1 of word 1 is NaN/)
  await expect(openVocabulary(await tinyFile({words}))).rejects.toMatchObject({code: 'vocab-not-finite'})
})

test('a file cut short is refused with both lengths', async () => {
  const path = await tinyFile()
  const bytes = readFileSync(path).length
  truncateSync(path, bytes - 1)
  await expect(openVocabulary(path)).rejects.toThrow(`it should have ${bytes} bytes, but has ${bytes - 1}`)
  await expect(openVocabulary(path)).rejects.toBeInstanceOf(ModelError)
})

const DAMAGE: [Record<string, string | undefined>, RegExp][] = [
  [{format: undefined}, /should be a vocabulary .* names none/],
  [{format: 'pt'}, /should be a vocabulary .* is "pt"/],
  [{version: '2'}, /version 1, but is of version 2/],
  [{version: undefined}, /version 1, but is of version undefined/],
  [{patch_size: '2'}, /words \[2, 3\] where \[V, 3 · 2 · 2\]/],
  [{patch_size: '1.5'}, /patch_size "1.5" where a whole number from 1 to 256/],
  [{image_mean: '[0,0]'}, /image_mean "\[0,0\]" where three numbers/],
  [{image_std: 'x'}, /image_std "x" where three numbers/],
  [{inertia: 'NaN'}, /inertia "NaN" where a number/],
]
for (const [metadata, message] of DAMAGE) {
  test(`metadata ${JSON.stringify(metadata)} is refused`, async () => {
    const opening = openVocabulary(await fileWith({...metadata}))
    await expect(opening).rejects.toThrow(message)
    await expect(opening).rejects.toBeInstanceOf(ModelError)
  })
}

test('three counts for two words, or words in three axes, are refused', async () => {
  await expect(openVocabulary(await fileWith({}, [3, 3]))).rejects.toThrow('counts [2] for 3 words')
  await expect(openVocabulary(await fileWith({}, [2, 3, 1]))).rejects.toThrow('words [2, 3, 1] where')
})

test('names are looked up: shipped, then a file, then the data folder', async () => {
  const root = temporaryFolder()
  const places = {bundled: join(root, 'bundled'), vwt: join(root, 'data'), cwd: root}
  for (const folder of [places.bundled, places.vwt]) mkdirSync(folder)
  for (const name of ['bundled/a', 'data/a', 'data/b', 'c', 'data/c']) {
    writeFileSync(join(root, `${name}.safetensors`), '')
  }
  writeFileSync(join(root, 'c'), '')
  const found = async (name: string) => (await findVocabulary(name, places)).path.slice(root.length + 1)
  expect(await found('a')).toBe('bundled/a.safetensors')
  expect(await found('b')).toBe('data/b.safetensors')
  expect(await found('c')).toBe('c')
  expect(await found('c.safetensors')).toBe('c.safetensors')
  expect(await found('./data/a.safetensors')).toBe('data/a.safetensors')
})

for (const name of ['nowhere', './nowhere.safetensors', '', '.', 'data']) {
  test(`a vocabulary that is not there is reported with the places: ${JSON.stringify(name)}`, async () => {
    const root = temporaryFolder()
    mkdirSync(join(root, 'data'))
    const finding = findVocabulary(name, {bundled: join(root, 'x'), vwt: join(root, 'data'), cwd: root})
    await expect(finding).rejects.toMatchObject({code: 'vocab-missing', message: expect.stringContaining(root)})
  })
}

test('a vocabulary of another pixel space is refused with both values', async () => {
  const vocabulary = await openVocabulary(await tinyFile())
  const {patchSize, imageMean, imageStd} = vocabulary
  const fits = {patchSize, imageMean: imageMean.map((mean) => mean + 5e-5), imageStd}
  checkVocabularyFits(vocabulary, fits, 'mini')
  const check = (changes: object) => () => checkVocabularyFits(vocabulary, {...fits, ...changes}, 'mini')
  expect(check({patchSize: 32})).toThrow('tiny has patches of 1 pixels, but mini has 32 pixels')
  expect(check({imageMean: [0.5, 0.5, 0.5]})).toThrow(/image mean \[0.48145466, .*\], but mini has \[0.5, 0.5, 0.5\]/)
  expect(check({imageStd: [1, 1, Number.NaN]})).toThrow(/image std .* but mini has \[1, 1, NaN\]/)
  expect(check({imageStd: [1, 1, 1]})).toThrow(ModelError)
})
