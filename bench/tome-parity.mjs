// What `tome` does inside the graph, for an independent PyTorch implementation to check: the token of every patch behind
// every layer, and the embedding.
//
//   npm run build
//   node bench/tome-parity.mjs FOLDER PHOTOS RUN.safetensors [--photos 3] [--method SPEC]... [--batch 2]
//   python bench/tome_parity_reference.py RUN.safetensors
//
// Each photo is run alone; with --batch N also in batches of N, which must give the same groups. The file holds the
// pixels the model saw, so that the reference merges the same patches.
import {readdir} from 'node:fs/promises'
import {join} from 'node:path'
import {parseArgs} from 'node:util'
import {parseMethodSpec} from '../dist/core/methods/spec.js'
import {readModelFolder} from '../dist/core/models/folder.js'
import {findModel} from '../dist/core/models/library.js'
import {writeSafetensors} from '../dist/core/weights/write.js'
import {batchPixels, chooseProcessor, PixelLoader} from '../dist/core/workflows/images.js'
import {VisionRunner} from '../dist/core/workflows/vision.js'
import {printMachine} from './machine.mjs'
import {usage} from './measure.mjs'

const {values, positionals} = parseArgs({
  allowPositionals: true,
  options: {
    photos: {type: 'string', default: '3'},
    batch: {type: 'string', default: '2'},
    method: {type: 'string', multiple: true, default: ['tome:8', 'tome:13', 'tome:16', 'tome:8,-1']},
  },
})
if (positionals.length !== 3)
  usage('node bench/tome-parity.mjs FOLDER PHOTOS RUN.safetensors (see the head of this file)')
const [model, photos, out] = positionals
const batch = Number(values.batch)

printMachine()
const folder = await readModelFolder((await findModel(model)).path)
const {imageSize} = folder.config.vision
const names = (await readdir(photos)).sort()
const step = Math.max(1, Math.floor(names.length / Number(values.photos)))
const loader = await PixelLoader.open(chooseProcessor(folder, 'model'))
const pixels = []
for (let at = 0; pixels.length < Number(values.photos) && at < names.length; at += step) {
  pixels.push((await loader.load({path: join(photos, names[at])})).pixels)
}
await loader.release()

const tensors = [
  {
    name: 'pixels',
    dtype: 'F32',
    shape: [pixels.length, 3, imageSize, imageSize],
    data: batchPixels(pixels, imageSize).data,
  },
]
for (const method of values.method) {
  const vision = await VisionRunner.open(folder, {spec: parseMethodSpec(method), trace: true, device: 'cpu'})
  for (const [how, size] of Object.entries({alone: 1, together: batch})) {
    const seen = []
    for (let first = 0; first < pixels.length; first += size) {
      const part = pixels.slice(first, first + size)
      const places = part.map((_, index) => first + index)
      seen.push(...(await vision.run(batchPixels(part, imageSize), places)))
    }
    const {layers} = seen[0].trace
    tensors.push({
      name: `${method} ${how} tokens`,
      dtype: 'I64',
      shape: [seen.length, layers.length, layers[0].length],
      data: BigInt64Array.from(
        seen.flatMap(({trace}) => trace.layers.flat()),
        BigInt,
      ),
    })
    tensors.push({
      name: `${method} ${how} embeddings`,
      dtype: 'F32',
      shape: [seen.length, seen[0].embedding.length],
      data: Float32Array.from(seen.flatMap(({embedding}) => [...embedding])),
    })
  }
  await vision.release()
  process.stderr.write(`${method}: ${pixels.length} photos\n`)
}
await writeSafetensors(out, tensors, {methods: JSON.stringify(values.method), model: folder.path, batch: String(batch)})
