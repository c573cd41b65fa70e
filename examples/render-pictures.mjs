/**
 * Draws the pictures of `vwt visualize` in `pictures/` from pictures.json, where `images` are of this folder; without
 * images a sheet of words takes all examples.
 *
 *   npm run build && node examples/render-pictures.mjs
 */
import {mkdir, readFile} from 'node:fs/promises'
import {dirname, join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {visualize} from '../dist/index.js'

const here = dirname(fileURLToPath(import.meta.url))
const pictures = JSON.parse(await readFile(join(here, 'pictures.json'), 'utf8'))
const scenes = JSON.parse(await readFile(join(here, 'scenes.json'), 'utf8'))
await mkdir(join(here, 'pictures'), {recursive: true})
for (const {file, images, ...options} of pictures) {
  const all = options.kind === 'words' ? scenes.map((scene) => scene.file) : []
  const inputs = (images ?? all).map((name) => join(here, name))
  const out = join(here, 'pictures', file)
  for await (const event of visualize(inputs, {...options, device: 'cpu', out})) {
    if ('error' in event) throw new Error(event.error.message)
    process.stdout.write(`${file}: ${(event.bytes.length / 1000).toFixed(0)} kB\n`)
  }
}
