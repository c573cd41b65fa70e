/**
 * The pictures of examples/pictures are what vwt draws: at most 1 % of the pixels may differ by more than 16 of 255
 * levels. That leaves room for another processor, on which two equally good patches may change places, and for the
 * milliseconds below a comparison; another word, region or layout moves far more.
 */
import {mkdtempSync, readdirSync, readFileSync, rmSync, statSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, expect, test} from 'vitest'
import {type VisualizeOptions, visualize} from '../../../src/core/render/visualize.js'
import {readImage} from './readback.js'

type Example = VisualizeOptions & {readonly file: string; readonly images?: readonly string[]}
const examples = JSON.parse(readFileSync('examples/pictures.json', 'utf8')) as Example[]
const scenes = JSON.parse(readFileSync('examples/scenes.json', 'utf8')) as {file: string}[]
const folder = mkdtempSync(join(tmpdir(), 'vwt-golden-'))
const MAX_BYTES = 150_000
const [LEVELS, FRACTION] = [16, 0.01]

for (const {file, images, ...options} of examples)
  test(`examples/pictures/${file} is what vwt draws`, async () => {
    const all = options.kind === 'words' ? scenes.map((scene) => scene.file) : []
    const out = join(folder, file)
    const inputs = (images ?? all).map((name) => join('examples', name))
    for await (const event of visualize(inputs, {...options, device: 'cpu', out}))
      expect(event).not.toHaveProperty('error')
    const stored = join('examples/pictures', file)
    const [drawn, golden] = await Promise.all([readImage(out), readImage(stored)])
    expect([drawn.width, drawn.height]).toEqual([golden.width, golden.height])
    let differing = 0
    for (let at = 0; at < drawn.data.length; at += 3) {
      if ([0, 1, 2].some((channel) => Math.abs(drawn.data[at + channel]! - golden.data[at + channel]!) > LEVELS))
        differing += 1
    }
    expect(differing / (drawn.width * drawn.height)).toBeLessThanOrEqual(FRACTION)
    expect(statSync(stored).size).toBeLessThanOrEqual(MAX_BYTES)
  })

test('every picture of the folder is held to its example', () => {
  expect(readdirSync('examples/pictures').sort()).toEqual(examples.map(({file}) => file).sort())
})

afterAll(() => rmSync(folder, {recursive: true, force: true}))
