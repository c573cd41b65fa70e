// Resident memory over many images of varying token count in one process (Linux: reads /proc/self/status).
//
//   npm run build
//   node bench/soak.mjs MODEL PHOTOS [--images 10000] [--largest 8] [--method SPEC]... [--vocab photos-100] [--threads N]
//
// All methods are open at once and take turns; each turn has a batch of 1 to --largest images, drawn at random (seeded),
// decoded from PHOTOS anew. Every method thus meets changing token counts and changing batches, which is what makes
// allocators and cached memory plans grow. Memory is read every 100 images, as it is: nothing is collected first. Ends
// with status 1 when a reading after the first 500 images is more than 5 % above the one at 500.
import {readdirSync, readFileSync} from 'node:fs'
import {join} from 'node:path'
import {parseArgs} from 'node:util'
import {seededRandom} from '../dist/core/base/random.js'
import {parseMethodSpec} from '../dist/core/methods/spec.js'
import {readModelFolder} from '../dist/core/models/folder.js'
import {findModel} from '../dist/core/models/library.js'
import {allowedThreads} from '../dist/core/runtime/threads.js'
import {batchPixels, chooseProcessor, PixelLoader} from '../dist/core/workflows/images.js'
import {VisionRunner} from '../dist/core/workflows/vision.js'
import {printMachine} from './machine.mjs'
import {printTable, usage} from './measure.mjs'

const METHODS = ['inter:0.1', 'tome:8', 'intra:0.3+q8', 'inter:0.2+tome:4']
const [SETTLED, EVERY, LIMIT] = [500, 100, 1.05]

const {values, positionals} = parseArgs({
  allowPositionals: true,
  options: {
    images: {type: 'string', default: '10000'},
    largest: {type: 'string', default: '8'},
    method: {type: 'string', multiple: true, default: METHODS},
    vocab: {type: 'string', default: 'photos-100'},
    threads: {type: 'string', default: String(allowedThreads())},
  },
})
if (positionals.length !== 2) usage('node bench/soak.mjs MODEL PHOTOS (see the head of this file)')
const [wanted, largest, threads] = [values.images, values.largest, values.threads].map(Number)
const {path, name} = await findModel(positionals[0])
const folder = await readModelFolder(path, {name})
const files = readdirSync(positionals[1])
  .filter((file) => /\.(jpe?g|png|webp)$/i.test(file))
  .map((file) => join(positionals[1], file))
const loader = await PixelLoader.open(chooseProcessor(folder, 'model'), {threads})
const runners = []
for (const method of values.method) {
  runners.push(
    await VisionRunner.open(folder, {spec: parseMethodSpec(method), device: 'cpu', threads, vocab: values.vocab}),
  )
}

printMachine(['onnxruntime-node'])
const random = seededRandom(1)
const drawn = (count) => Math.floor(random() * count)
const tokens = values.method.map(() => new Set())
const readings = []
let done = 0
for (let turn = 0; done < wanted; turn += 1) {
  const count = Math.min(1 + drawn(largest), wanted - done)
  const pixels = []
  for (let at = 0; at < count; at += 1) pixels.push((await loader.load({path: files[drawn(files.length)]})).pixels)
  const method = turn % runners.length
  const places = pixels.map((_, at) => done + at)
  const features = await runners[method].run(batchPixels(pixels, folder.config.vision.imageSize), places)
  for (const {layerTokens} of features) tokens[method].add(layerTokens[0])
  const before = Math.floor(done / EVERY)
  done += count
  if (Math.floor(done / EVERY) > before) readings.push({done, ...readMemory()})
}
for (const runner of runners) await runner.release()
await loader.release()

const settled = readings.find((reading) => reading.done >= SETTLED) ?? readings.at(-1)
const later = readings.filter((reading) => reading.done > settled.done)
const of = (reading) => `${(reading.resident / 1e6).toFixed(0)} (${(reading.resident / settled.resident).toFixed(3)} ×)`
const at = (share) => later[Math.min(later.length - 1, Math.floor(share * later.length))]
const highest = later.reduce((most, reading) => (reading.resident > most.resident ? reading : most), settled)
const lowest = later.reduce((least, reading) => (reading.resident < least.resident ? reading : least), settled)
const isFlat = highest.resident <= LIMIT * settled.resident
if (!isFlat) process.exitCode = 1
process.stdout.write(
  `${folder.name}, ${done} images in batches of 1 to ${largest}, ${values.method.map((method, index) => `${method} (${tokens[index].size} different token counts)`).join(', ')}\n\n`,
)
printTable(
  [
    'resident MB',
    `at ${SETTLED} images`,
    'after a quarter',
    'half',
    'three quarters',
    'the end',
    'lowest',
    'highest, goal ≤ 1.05 ×',
  ],
  [
    [
      'of the process',
      of(settled),
      ...[0.25, 0.5, 0.75, 1].map((share) => of(at(share))),
      of(lowest),
      `${of(highest)} at ${highest.done} images${isFlat ? '' : ' MISSED'}`,
    ],
  ],
)

/** Bytes resident now. */
function readMemory() {
  const status = readFileSync('/proc/self/status', 'utf8')
  return {resident: Number(/^VmRSS:\s*(\d+) kB/m.exec(status)[1]) * 1024}
}
