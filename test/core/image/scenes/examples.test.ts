import {readdirSync, readFileSync} from 'node:fs'
import sharp from 'sharp'
import {expect, test} from 'vitest'
import {type FixedScene, planScene, renderScene} from '../../../../src/core/image/scenes/scenes.js'

type Example = FixedScene & {readonly file: string; readonly seed: number; readonly sizePx: number}
const examples = JSON.parse(readFileSync('examples/scenes.json', 'utf8')) as Example[]
const readme = readFileSync('examples/README.md', 'utf8')

/**
 * Another librsvg may round edges and noise differently: the mean channel may move by 2 of 255, and one channel value
 * in 200 by more than 48. Another seed, noun or colour moves both tenfold.
 */
const MEAN_TOLERANCE = 2
const OUTLIER_TOLERANCE = 1 / 200

for (const {file, seed, sizePx, ...fixed} of examples) {
  test(`examples/${file} is what its scene renders to, and the README says how it is captioned`, async () => {
    const scene = planScene(seed, fixed)
    const stored = await sharp(`examples/${file}`).raw().toBuffer({resolveWithObject: true})
    const drawn = await renderScene(scene, sizePx)
    expect([stored.info.width, stored.info.height, stored.info.channels]).toEqual([drawn.width, drawn.height, 3])
    const differences = drawn.data.map((value, at) => Math.abs(value - stored.data[at]!))
    const mean = differences.reduce((sum, value) => sum + value, 0) / differences.length
    expect(mean).toBeLessThan(MEAN_TOLERANCE)
    expect(differences.filter((value) => value > 48).length / differences.length).toBeLessThan(OUTLIER_TOLERANCE)
    expect(readme.replaceAll(/ +/g, ' ')).toContain(`| [${file}](${file}) | ${scene.caption} |`)
  })
}

test('every picture of the folder has its scene', () => {
  const pictures = readdirSync('examples').filter((name) => name.endsWith('.png'))
  expect(pictures.sort()).toEqual(examples.map(({file}) => file).sort())
})
