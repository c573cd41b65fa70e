/**
 * Renders scenes for training: pixels as raw bytes, what they show as JSON lines.
 *
 *   npm run build && node models/training/render-scenes.mjs OUT_DIR COUNT [--seed0 N] [--size 96]
 *
 * Writes OUT_DIR/scenes.u8, uint8 [COUNT, size, size, 3], and OUT_DIR/scenes.jsonl, one line for each scene in the
 * same order. Scenes are rendered at 224 px and averaged over areas down to `size`. Nouns take turns, so that each
 * is as frequent as the next; everything else follows from the seed, which counts up from N.
 */
import {createWriteStream} from 'node:fs'
import {mkdir, rename} from 'node:fs/promises'
import {join} from 'node:path'
import {parseArgs} from 'node:util'
import {planScene, renderScene, SCENE_NOUNS} from '../../dist/core/image/scenes/scenes.js'

const RENDER_PX = 224
/** Scenes in flight: enough to keep two cores busy. */
const BATCH = 8

const {positionals, values} = parseArgs({
  allowPositionals: true,
  options: {seed0: {type: 'string', default: '0'}, size: {type: 'string', default: '96'}},
})
const outDir = positionals[0]
const [count, seed0, size] = [positionals[1], values.seed0, values.size].map(Number)
if (
  !outDir ||
  ![count, seed0, size].every(Number.isInteger) ||
  count < 1 ||
  seed0 < 0 ||
  size < 8 ||
  size > RENDER_PX
) {
  process.stderr.write('Usage: node models/training/render-scenes.mjs OUT_DIR COUNT [--seed0 N] [--size 8..224]\n')
  process.exit(2)
}

await mkdir(outDir, {recursive: true})
const taps = areaTaps(RENDER_PX, size)
// Written under another name first: a file called scenes.u8 is complete.
const files = ['scenes.u8', 'scenes.jsonl'].map((name) => join(outDir, name))
const [pixels, lines] = files.map((file) => createWriteStream(`${file}.part`))
for (let start = 0; start < count; start += BATCH) {
  const indices = Array.from({length: Math.min(BATCH, count - start)}, (_, offset) => start + offset)
  for (const {bytes, about} of await Promise.all(indices.map(oneScene))) {
    await write(pixels, bytes)
    await write(lines, `${JSON.stringify(about)}\n`)
  }
}
await Promise.all([pixels, lines].map((stream) => new Promise((resolve) => stream.end(resolve))))
for (const file of files) await rename(`${file}.part`, file)
process.stdout.write(`${count} scenes of ${size} px in ${outDir}\n`)

async function oneScene(index) {
  const scene = planScene(seed0 + index, {noun: SCENE_NOUNS[index % SCENE_NOUNS.length]})
  const {data} = await renderScene(scene, RENDER_PX)
  const {seed, noun, kind = null, colour, count, background, caption} = scene
  return {bytes: shrink(data), about: {seed, noun, kind, colour, count, background, caption}}
}

/** Area average of `[from, from, 3]` to `[size, size, 3]`, first along rows, then along columns. */
function shrink(data) {
  const narrow = new Float32Array(RENDER_PX * size * 3)
  for (let row = 0; row < RENDER_PX; row++)
    for (let x = 0; x < size; x++)
      for (const [at, weight] of taps[x])
        for (let c = 0; c < 3; c++) narrow[(row * size + x) * 3 + c] += weight * data[(row * RENDER_PX + at) * 3 + c]
  const small = new Float32Array(size * size * 3)
  for (let y = 0; y < size; y++)
    for (const [at, weight] of taps[y])
      for (let i = 0; i < size * 3; i++) small[y * size * 3 + i] += weight * narrow[at * size * 3 + i]
  return Uint8Array.from(small, Math.round)
}

/** For each of `to` cells the source cells under it and the share each has in it. */
function areaTaps(from, to) {
  const span = from / to
  return Array.from({length: to}, (_, cell) => {
    const shares = []
    for (let at = Math.floor(cell * span); at < Math.min(from, (cell + 1) * span); at++) {
      const share = (Math.min(at + 1, (cell + 1) * span) - Math.max(at, cell * span)) / span
      if (share > 1e-9) shares.push([at, share])
    }
    return shares
  })
}

async function write(stream, chunk) {
  if (!stream.write(chunk)) await new Promise((resolve) => stream.once('drain', resolve))
}
