import {createHash} from 'node:crypto'
import {renameSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect, test} from 'vitest'
import {fingerprintSet} from '../../../../src/core/workflows/bench/fingerprint.js'
import type {BenchSet} from '../../../../src/core/workflows/bench/set.js'
import {temporaryFolder} from '../../weights/files.js'

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')
const CONTENTS = Array.from({length: 11}, (_, place) => `picture ${place}`)

function setOf(contents: readonly string[], more: Partial<BenchSet> = {}): BenchSet {
  const folder = temporaryFolder()
  const images = contents.map((content, place) => {
    const path = join(folder, `${place}.png`)
    writeFileSync(path, content)
    return {path}
  })
  const truth = contents.map((_, place) => [place % 2])
  return {name: folder, images, tasks: [{name: 'label', labels: ['cat', 'dog'], truth}], ...more}
}

test('each image is known by the bytes of its file, in order, a missing one by null', async () => {
  const set = setOf(CONTENTS)
  renameSync(set.images[4]!.path, `${set.images[4]!.path}.gone`)
  const {images} = await fingerprintSet(set)
  expect(images).toEqual(CONTENTS.map((text, place) => (place === 4 ? null : sha256(text))))
})

test('the same images with the same labels are the same set wherever they lie, in files or in memory', async () => {
  const bytes = CONTENTS.map((text, place) => ({path: `scene ${place}`, bytes: Buffer.from(text)}))
  const sets = [setOf(CONTENTS), setOf(CONTENTS), {...setOf(CONTENTS), images: bytes, name: 'scenes'}]
  const all = await Promise.all(sets.map((set) => fingerprintSet(set)))
  expect(new Set(all.map((one) => one.sha256)).size).toBe(1)
})

test('another image, order, label, group, prompt or caption is another set', async () => {
  const truth = CONTENTS.map((_, place) => [place === 3 ? 0 : place % 2])
  const task = setOf([]).tasks[0]!
  const original = {...task, truth: CONTENTS.map((_, place) => [place % 2])}
  const sets = [
    setOf(CONTENTS),
    setOf(CONTENTS.with(2, 'another')),
    setOf(CONTENTS.toReversed()),
    setOf(CONTENTS, {tasks: [{...task, truth}]}),
    setOf(CONTENTS, {tasks: [{...original, labels: ['cat', 'wolf']}]}),
    setOf(CONTENTS, {tasks: [{...original, prompt: 'a {}'}]}),
    setOf(CONTENTS, {groups: CONTENTS}),
    setOf(CONTENTS, {captions: CONTENTS.map((text) => [text])}),
  ]
  const all = await Promise.all(sets.map((set) => fingerprintSet(set)))
  expect(new Set(all.map((one) => one.sha256)).size).toBe(sets.length)
})

test('asked to stop, it stops', async () => {
  await expect(fingerprintSet(setOf(CONTENTS), AbortSignal.abort())).rejects.toThrow(/Interrupted/)
})
