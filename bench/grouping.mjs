// What `inter` does inside the graph, for a naive implementation to check: groups and embeddings of every image of a
// folder, one by one and in batches.
//
//   npm run build
//   node bench/grouping.mjs IMAGES RUN.safetensors [--model mini] [--vocab photos-100]... [--threshold 0.1]... [--batch 8]
//     [--limit N]
//   python bench/grouping_reference.py RUN.safetensors
//
// Defaults: photos-100 and photos-1000 at 0.05, 0.1 and 0.2. The file holds the pixels the model saw, so that the
// reference groups the same patches; words and weights it reads from their own files.
import {readdir} from 'node:fs/promises'
import {join, resolve} from 'node:path'
import {parseArgs} from 'node:util'
import {parseMethodSpec} from '../dist/core/methods/spec.js'
import {readModelFolder} from '../dist/core/models/folder.js'
import {findModel} from '../dist/core/models/library.js'
import {findVocabulary} from '../dist/core/vocab/library.js'
import {writeSafetensors} from '../dist/core/weights/write.js'
import {batchPixels, chooseProcessor, PixelLoader} from '../dist/core/workflows/images.js'
import {VisionRunner} from '../dist/core/workflows/vision.js'
import {printMachine} from './machine.mjs'
import {usage} from './measure.mjs'

const {values, positionals} = parseArgs({
  allowPositionals: true,
  options: {
    model: {type: 'string', default: 'mini'},
    vocab: {type: 'string', multiple: true, default: ['photos-100', 'photos-1000']},
    threshold: {type: 'string', multiple: true, default: ['0.05', '0.1', '0.2']},
    batch: {type: 'string', default: '8'},
    limit: {type: 'string', default: 'Infinity'},
  },
})
if (positionals.length !== 2) usage('node bench/grouping.mjs IMAGES RUN.safetensors (see the head of this file)')
const [images, out] = positionals
const batch = Number(values.batch)

printMachine()
const folder = await readModelFolder((await findModel(values.model)).path)
const loader = await PixelLoader.open(chooseProcessor(folder, 'model'))
const names = (await readdir(images)).sort().slice(0, Number(values.limit))
const pixels = []
for (const name of names) pixels.push((await loader.load({path: join(images, name)})).pixels)
await loader.release()

const {imageSize, patchSize} = folder.config.vision
const patchCount = (imageSize / patchSize) ** 2
const runs = []
const tensors = []
for (const vocab of values.vocab) {
  const {path} = await findVocabulary(vocab)
  for (const threshold of values.threshold) {
    const name = `${vocab} ${threshold}`
    const spec = parseMethodSpec(`inter:${threshold}`)
    const vision = await VisionRunner.open(folder, {spec, trace: true, vocab, device: 'cpu'})
    const alone = await seeAll(vision, 1)
    const together = await seeAll(vision, batch)
    await vision.release()
    runs.push({name, vocab, path, threshold: Number(threshold)})
    tensors.push(
      tokensOf(`${name} alone tokens`, alone),
      tokensOf(`${name} together tokens`, together),
      embeddingsOf(`${name} alone embeddings`, alone),
      embeddingsOf(`${name} together embeddings`, together),
    )
    process.stderr.write(`${name}: ${names.length} images\n`)
  }
}
const all = new Float32Array(names.length * 3 * imageSize ** 2)
for (const [at, values] of pixels.entries()) all.set(values, at * values.length)
const shape = [names.length, 3, imageSize, imageSize]
tensors.push({name: 'pixels', dtype: 'F32', shape, data: all})
const metadata = {runs: JSON.stringify(runs), model: folder.path, images: resolve(images), batch: String(batch)}
await writeSafetensors(out, tensors, metadata)

/** All images in batches of `size`; the last may be smaller. */
async function seeAll(vision, size) {
  const seen = []
  for (let first = 0; first < pixels.length; first += size) {
    const part = pixels.slice(first, first + size)
    const places = part.map((_, index) => first + index)
    seen.push(...(await vision.run(batchPixels(part, imageSize), places)))
  }
  return seen
}

/** For every patch the place of its token in the sequence, the class token being 0. */
function tokensOf(name, seen) {
  const data = BigInt64Array.from(
    seen.flatMap(({trace}) => trace.layers.at(-1)),
    BigInt,
  )
  return {name, dtype: 'I64', shape: [seen.length, patchCount], data}
}

function embeddingsOf(name, seen) {
  const width = seen[0].embedding.length
  const data = new Float32Array(seen.length * width)
  for (const [at, {embedding}] of seen.entries()) data.set(embedding, at * width)
  return {name, dtype: 'F32', shape: [seen.length, width], data}
}
