// Pixels against Pillow: mean absolute difference, in levels of 255, of every image of a folder.
//
//   npm run build
//   python bench/pixels_reference.py IMAGES OUT
//   node bench/pixels.mjs IMAGES OUT
//
// Ends with status 1 when the average is above 0.25 or an image is above 0.5.
import {readFileSync} from 'node:fs'
import {readdir} from 'node:fs/promises'
import {join} from 'node:path'
import {decodeImage} from '../dist/core/image/decode.js'
import {planGeometry} from '../dist/core/image/geometry.js'
import {parseImageProcessor} from '../dist/core/image/processor.js'
import {buildPixelGraph, pixelInputs} from '../dist/core/models/pixels.js'
import {openSession} from '../dist/core/runtime/session.js'

const MEAN_LIMIT = 0.25
const IMAGE_LIMIT = 0.5
const [images, reference] = process.argv.slice(2)
if (!images || !reference) {
  process.stderr.write('usage: node bench/pixels.mjs IMAGES OUT (see the head of this file)\n')
  process.exit(2)
}

const config = {image_processor_type: 'CLIPImageProcessor', do_rescale: false, do_normalize: false}
const processor = parseImageProcessor(config, 'bench/pixels.mjs')
const session = await openSession(buildPixelGraph(processor))
const rows = []
for (const name of (await readdir(images)).sort()) {
  const golden = readFileSync(join(reference, `${name}.rgb`))
  const start = performance.now()
  const image = await decodeImage(join(images, name))
  const decoded = performance.now()
  const {pixels} = await session.run(pixelInputs(image, planGeometry(processor, image.width, image.height)))
  const done = performance.now()
  let sum = 0
  let worst = 0
  for (const [at, value] of pixels.data.entries()) {
    const apart = Math.abs(value - golden[at])
    sum += apart
    worst = Math.max(worst, apart)
  }
  const size = `${image.width}×${image.height}`
  rows.push({name, size, mean: sum / golden.length, worst, decodeMs: decoded - start, resizeMs: done - decoded})
}

const median = (values) => values.sort((a, b) => a - b)[values.length >> 1]
const byMean = [...rows].sort((a, b) => b.mean - a.mean)
const mean = rows.reduce((sum, row) => sum + row.mean, 0) / rows.length
const exact = rows.filter((row) => row.worst === 0).length
const line = (cells) => process.stdout.write(`| ${cells.join(' | ')} |\n`)
line(['images', 'identical', 'mean difference', 'worst image', 'largest of one value', 'decode ms', 'resize ms'])
line(['---', '---', '---', '---', '---', '---', '---'])
line([
  rows.length,
  exact,
  mean.toFixed(5),
  byMean[0].mean.toFixed(4),
  Math.max(...rows.map((row) => row.worst)),
  median(rows.map((row) => row.decodeMs)).toFixed(2),
  median(rows.map((row) => row.resizeMs)).toFixed(2),
])
process.stdout.write('\nFurthest off:\n')
for (const row of byMean.slice(0, 5)) {
  process.stdout.write(`  ${row.mean.toFixed(4)}  at most ${row.worst}  ${row.size}  ${row.name}\n`)
}
await session.release()
if (mean > MEAN_LIMIT || byMean[0].mean > IMAGE_LIMIT) process.exitCode = 1
