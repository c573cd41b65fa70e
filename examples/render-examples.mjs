/**
 * Draws the pictures of this folder from scenes.json.
 *
 *   npm run build && node examples/render-examples.mjs
 */
import {readFile, writeFile} from 'node:fs/promises'
import {encodeScene, planScene} from '../dist/core/image/scenes/scenes.js'

const here = new URL('.', import.meta.url)
const entries = JSON.parse(await readFile(new URL('scenes.json', here), 'utf8'))
for (const {file, seed, sizePx, ...fixed} of entries) {
  const scene = planScene(seed, fixed)
  await writeFile(new URL(file, here), await encodeScene(scene, sizePx))
  process.stdout.write(`${file}: ${scene.caption}\n`)
}
