import {cpSync, readdirSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect, test} from 'vitest'
import ModelsQuantize from '../../../src/commands/models/quantize.js'
import {temporaryFolder} from '../../core/weights/files.js'
import {runCommand} from '../base/running.js'

function tinyModel(): string {
  const folder = join(temporaryFolder(), 'tiny')
  cpSync('test/fixtures/clip/patch16-f32', folder, {recursive: true})
  return folder
}

const IMAGES = ['examples/black-dog-snow.png', 'examples/red-bird-water.png']

test('models quantize makes the file and tells about it, as document and as page', async () => {
  const folder = tinyModel()
  const {stdout, status} = await runCommand(ModelsQuantize, [folder, '--json'])
  expect(status).toBe(0)
  const {result} = JSON.parse(stdout)
  expect(result).toMatchObject({model: folder, smoothing: null, failed: []})
  expect(readdirSync(folder)).toContain(result.file.split('/').at(-1))
  const page = await runCommand(ModelsQuantize, [folder, '--calibrate', ...IMAGES])
  expect(page.stdout).toMatch(/smoothing +alpha 0\.5, from 2 images/)
  expect(page.status).toBe(0)
})

test('an image that cannot be read is named and costs the status 0', async () => {
  const folder = tinyModel()
  const broken = join(folder, 'broken.jpg')
  writeFileSync(broken, 'text')
  const {stderr, status} = await runCommand(ModelsQuantize, [folder, '--calibrate', IMAGES[0]!, broken])
  expect([status, stderr]).toEqual([1, expect.stringContaining('broken.jpg')])
})

for (const [title, argv, status, code] of [
  ['alpha out of range', ['--calibrate', IMAGES[0]!, '--alpha', '2'], 2, 'out-of-range'],
  ['alpha without images', ['--alpha', '0.5'], 2, 'flag-conflict'],
  ['images that are not there', ['--calibrate', 'nowhere.jpg'], 2, 'calibration-without-images'],
] as const) {
  test(`models quantize with ${title} ends with ${status}`, async () => {
    const ran = await runCommand(ModelsQuantize, ['--json', tinyModel(), ...argv])
    expect([ran.status, JSON.parse(ran.stdout).error.code]).toEqual([status, code])
  })
}
