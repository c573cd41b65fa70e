import {existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import sharp from 'sharp'
import {expect, test} from 'vitest'
import {seededRandom} from '../../../../src/core/base/random.js'
import {openVocabulary} from '../../../../src/core/vocab/vocabulary.js'
import {type BuildVocabularyOptions, buildVocabulary} from '../../../../src/core/workflows/build-vocab/build-vocab.js'
import {temporaryFolder} from '../../weights/files.js'

const scenes = readdirSync('examples')
  .filter((name) => name.endsWith('.png'))
  .sort()
  .map((name) => join('examples', name))

/** Small pictures of 32 pixels make 16 patches of 8 pixels; steps of three pictures. */
const small = {words: 10, patch: 8, imageSize: 32, patchesPerStep: 40, threads: 2} as const

async function build(changes: Partial<BuildVocabularyOptions> = {}, images: readonly string[] = scenes) {
  const out = changes.out ?? join(temporaryFolder(), 'words.safetensors')
  const result = await buildVocabulary(images, {...small, out, ...changes})
  return {result, out, bytes: readFileSync(out)}
}

test('every patch of every picture is learned from, and the file says so', async () => {
  const {result, out} = await build({passes: 2, source: 'ten scenes'})
  const patches = scenes.length * 16
  expect(result).toMatchObject({words: 10, wordLength: 192, images: scenes.length, skipped: [], patches: 2 * patches})
  const vocabulary = await openVocabulary(out)
  expect(vocabulary.counts.reduce((sum, count) => sum + count, 0n)).toBe(BigInt(patches))
  expect(vocabulary).toMatchObject({
    wordCount: 10,
    patchSize: 8,
    imageSize: 32,
    images: scenes.length,
    patches: 2 * patches,
    seed: 0,
    inertia: result.inertia,
    source: 'ten scenes',
  })
  expect(result.emptyWords).toBe(vocabulary.counts.filter((count) => count === 0n).length)
})

test('words are nearer to the patches after more passes', async () => {
  const inertiaAfter = async (passes: number) => (await build({passes})).result.inertia
  expect(await inertiaAfter(4)).toBeLessThan(await inertiaAfter(1))
})

test('the same seed gives the same bytes, another seed or more views others', async () => {
  const first = (await build()).bytes
  expect((await build()).bytes.equals(first)).toBe(true)
  expect((await build({seed: 1})).bytes.equals(first)).toBe(false)
  expect((await build({crops: 2})).bytes.equals(first)).toBe(false)
})

test('stopped after any step and resumed, the file is the same to the byte', async () => {
  const settings = {passes: 2, crops: 2}
  const whole = (await build(settings)).bytes
  const views = scenes.length * 4
  for (let stopAt = 3; stopAt < views; stopAt += 9) {
    const out = join(temporaryFolder(), 'words.safetensors')
    const controller = new AbortController()
    const stopped = build({
      ...settings,
      out,
      signal: controller.signal,
      onProgress: ({viewsDone}) => viewsDone >= stopAt && controller.abort(),
    })
    await expect(stopped).rejects.toThrow(/Interrupted after \d+ of \d+ images; .*\.checkpoint keeps what was learned/)
    expect(existsSync(out)).toBe(false)
    const warnings: string[] = []
    const resumed = await build({...settings, out, resume: true, onWarning: (text) => warnings.push(text)})
    expect(resumed.bytes.equals(whole)).toBe(true)
    expect(warnings).toEqual([])
    expect(readdirSync(join(out, '..'))).toEqual(['words.safetensors'])
  }
})

test('a checkpoint is written as often as asked, and one of other settings is refused', async () => {
  const out = join(temporaryFolder(), 'words.safetensors')
  const seen: boolean[] = []
  const controller = new AbortController()
  const onProgress = ({viewsDone}: {viewsDone: number}) => {
    seen.push(existsSync(`${out}.checkpoint`))
    if (viewsDone > 6) controller.abort()
  }
  const stopped = build({out, checkpointSeconds: 0, onProgress, signal: controller.signal})
  await expect(stopped).rejects.toMatchObject({code: 'interrupted'})
  expect(seen).toEqual([false, true, true])
  await expect(build({out, resume: true, seed: 2})).rejects.toMatchObject({code: 'resume-mismatch'})
  await expect(build({out, resume: true}, scenes.slice(1))).rejects.toMatchObject({code: 'resume-mismatch'})
  writeFileSync(`${out}.checkpoint`, readFileSync(`${out}.checkpoint`).subarray(0, 900))
  await expect(build({out, resume: true})).rejects.toMatchObject({code: 'weights-cut-short'})
})

test('choosing thousands of first words is told at every thousand, choosing few never', async () => {
  const folder = temporaryFolder()
  const random = seededRandom(1)
  const raw = {width: 128, height: 128, channels: 3} as const
  const pixels = Uint8Array.from({length: 3 * 128 * 128}, () => Math.floor(random() * 256))
  await sharp(pixels, {raw}).png().toFile(join(folder, 'noise.png'))
  const told = async (words: number) => {
    const found: number[] = []
    await build(
      {words, patch: 2, imageSize: 128, patchesPerStep: 3 * words, onSeeding: ({wordsFound}) => found.push(wordsFound)},
      [join(folder, 'noise.png')],
    )
    return found
  }
  expect(await told(500)).toEqual([])
  const found = await told(2100)
  expect(found.map((words) => Math.floor(words / 1000))).toEqual([1, 2])
})

test('unreadable images are skipped and named once, and nothing else changes', async () => {
  const folder = temporaryFolder()
  const text = join(folder, 'text.jpg')
  writeFileSync(text, 'no image')
  const {result} = await build({passes: 2}, [text, ...scenes, join(folder, 'missing.png')])
  expect(result.images).toBe(scenes.length)
  expect(result.skipped).toEqual([
    {path: text, message: expect.stringContaining('should be a JPEG')},
    {path: join(folder, 'missing.png'), message: expect.stringContaining('There is no image file')},
  ])
})

test('images of which none can be read are refused with the first reason', async () => {
  const missing = ['a.png', 'b.png'].map((name) => join(temporaryFolder(), name))
  await expect(build({}, missing)).rejects.toMatchObject({
    code: 'images-unreadable',
    message: expect.stringMatching(/None of the 2 images .* There is no image file/),
  })
})

test('fewer patches than words are refused before anything is read', async () => {
  await expect(build({words: 100, patchesPerStep: 300}, scenes.slice(0, 2))).rejects.toMatchObject({
    code: 'patches-too-few',
    message: '100 words need at least 100 patches, but 2 images give 32.',
  })
})

test('images of one colour everywhere are refused', async () => {
  const path = join(temporaryFolder(), 'red.png')
  await sharp({create: {width: 40, height: 40, channels: 3, background: '#c02010'}})
    .png()
    .toFile(path)
  await expect(build({words: 2}, [path])).rejects.toMatchObject({
    code: 'patches-too-alike',
    message: '2 words need at least 2 different patches to start from, but the first 16 patches hold 1 different one.',
  })
})

test('a folder that cannot be written is noticed before the work', async () => {
  const folder = temporaryFolder()
  writeFileSync(join(folder, 'file'), '')
  mkdirSync(join(folder, 'words.safetensors'))
  for (const out of [join(folder, 'file', 'words.safetensors'), join(folder, 'words.safetensors')]) {
    const onProgress = () => expect.unreachable('a step was done')
    await expect(build({out, onProgress})).rejects.toMatchObject({code: 'write-failed'})
  }
})

const OUT_OF_RANGE: [Partial<BuildVocabularyOptions>, RegExp][] = [
  [{words: 0}, /words should be a whole number of words from 1 to 100000, but is 0/],
  [{imageSize: 33}, /image size should be a multiple of the patch, 8 pixels, but is 33/],
  [{imageSize: 4}, /image size .* from 8 to 4096, but is 4/],
  [{patchesPerStep: 29}, /at least 3 for each of 10 words.* from 30 .* but is 29/],
  [{passes: 0}, /passes should be/],
  [{crops: 1.5}, /crops should be/],
]
for (const [changes, message] of OUT_OF_RANGE) {
  test(`${JSON.stringify(changes)} is refused`, async () => {
    await expect(build(changes)).rejects.toThrow(message)
    await expect(build(changes)).rejects.toMatchObject({oclif: {exit: 2}})
  })
}
