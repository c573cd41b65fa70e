// Top-1 accuracy of every method on labelled photos: what speed costs.
//
//   npm run build
//   tar xf cifar10-train.tar && node bench/accuracy.mjs mini train --list models/training/heldout-cifar.txt
//        [--method SPEC]... [--count N] [--batch 8] [--calibrate 16] [--vocab photos-100] [--prompt "a photo of a {}"]
//
// PHOTOS holds a folder of images for each class, which are the labels. --list names the photos to take (a class, a
// colon, file names without ending), else all are; --count takes that many, spread evenly. All methods see the same
// pixels; whether a method differs from base is told by McNemar's exact test. --calibrate N adds q8 smoothed by N of the
// photos that are not measured, in a copy of the model.
import {cp, mkdtemp, readdir, readFile, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {parseArgs} from 'node:util'
import {parseMethodSpec} from '../dist/core/methods/spec.js'
import {mcnemarPValue} from '../dist/core/metrics/proportions.js'
import {dot, normalizeRows} from '../dist/core/metrics/vectors.js'
import {readModelFolder} from '../dist/core/models/folder.js'
import {findModel} from '../dist/core/models/library.js'
import {batchPixels, chooseProcessor, PixelLoader} from '../dist/core/workflows/images.js'
import {chooseLabels} from '../dist/core/workflows/labels.js'
import {quantizeModel} from '../dist/core/workflows/quantize.js'
import {TextEncoder} from '../dist/core/workflows/text-features.js'
import {VisionRunner} from '../dist/core/workflows/vision.js'
import {printMachine} from './machine.mjs'
import {printTable, spread, usage} from './measure.mjs'

const METHODS = ['intra:0.3', 'intra:0.5', 'inter:0.1', 'tome:8', 'tome:13', 'q8', 'intra:0.3+q8']
const {values, positionals} = parseArgs({
  allowPositionals: true,
  options: {
    list: {type: 'string'},
    method: {type: 'string', multiple: true, default: METHODS},
    count: {type: 'string'},
    batch: {type: 'string', default: '8'},
    calibrate: {type: 'string', default: '0'},
    vocab: {type: 'string', default: 'photos-100'},
    prompt: {type: 'string'},
  },
})
if (positionals.length !== 2) usage('node bench/accuracy.mjs MODEL PHOTOS (see the head of this file)')
const [model, root] = positionals
const batch = Number(values.batch)
const {path, name} = await findModel(model)
const folder = await readModelFolder(path, {name})
const {classes, measured, others} = await choosePhotos()
const labels = chooseLabels(folder, classes, values.prompt)
const texts = await new TextEncoder(folder, {device: 'cpu'}).encode(labels.texts)
const specs = ['base', ...values.method.filter((spec) => spec !== 'base')]
const runners = new Map()
for (const spec of specs) runners.set(spec, await open(folder, spec))
const smoothedCopy = Number(values.calibrate) > 0 ? await smoothedModel(Number(values.calibrate)) : undefined
if (smoothedCopy) {
  runners.set(`q8, smoothed from ${values.calibrate} photos`, await open(await readModelFolder(smoothedCopy), 'q8'))
}

const answers = new Map([...runners.keys()].map((key) => [key, []]))
const closeness = new Map([...runners.keys()].map((key) => [key, 0]))
const loader = await PixelLoader.open(chooseProcessor(folder, 'model'))
for (let first = 0; first < measured.length; first += batch) {
  const part = measured.slice(first, first + batch)
  const images = await Promise.all(part.map(({file}) => loader.load({path: file})))
  const pixels = batchPixels(
    images.map((image) => image.pixels),
    folder.config.vision.imageSize,
  )
  const places = part.map((_, index) => first + index)
  let base
  for (const [key, runner] of runners) {
    const rows = (await runner.run(pixels, places)).map(({embedding}) => unit(embedding))
    base ??= rows
    for (const [index, row] of rows.entries()) {
      const scores = texts.map((text) => dot(row, text))
      answers.get(key).push(scores.indexOf(Math.max(...scores)))
      closeness.set(key, closeness.get(key) + dot(row, base[index]))
    }
  }
}
for (const runner of runners.values()) await runner.release()
await loader.release()
if (smoothedCopy) await rm(smoothedCopy, {recursive: true})

printMachine(['onnxruntime-node'])
process.stdout.write(
  `${folder.name}, ${measured.length} photos of ${classes.length} classes, prompt "${values.prompt ?? folder.ownLabels?.prompt ?? 'a photo of a {}'}"\n\n`,
)
const isRight = (key) => answers.get(key).map((answer, index) => answer === measured[index].label)
const base = isRight('base')
const share = (right) => (100 * right.filter(Boolean).length) / right.length
printTable(
  [
    'method',
    'top-1 %',
    'drop in points',
    'wrong now, right before',
    'right now, wrong before',
    'McNemar p',
    'mean cosine to base',
  ],
  [...runners.keys()].map((key) => {
    const right = isRight(key)
    const lost = right.filter((is, index) => !is && base[index]).length
    const won = right.filter((is, index) => is && !base[index]).length
    return [
      key,
      share(right).toFixed(2),
      (share(base) - share(right)).toFixed(2),
      lost,
      won,
      mcnemarPValue(lost, won).toPrecision(2),
      (closeness.get(key) / measured.length).toFixed(5),
    ]
  }),
)

function open(where, spec) {
  return VisionRunner.open(where, {spec: parseMethodSpec(spec), device: 'cpu', vocab: values.vocab})
}

/** Photos to measure with the place of their label, and files of none of them. */
async function choosePhotos() {
  const entries = await readdir(root, {withFileTypes: true})
  const classes = entries
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort()
  const listed = values.list === undefined ? undefined : parseList(await readFile(values.list, 'utf8'))
  const measured = []
  const others = []
  for (const [label, name] of classes.entries()) {
    for (const file of (await readdir(join(root, name))).sort()) {
      const isListed = !listed || listed.get(name)?.has(file.replace(/\.\w+$/, ''))
      if (isListed) measured.push({file: join(root, name, file), label})
      else others.push(join(root, name, file))
    }
  }
  return {classes, measured: spread(measured, Number(values.count ?? measured.length)), others}
}

function parseList(text) {
  const lines = text.split('\n').filter((line) => line.includes(':'))
  return new Map(lines.map((line) => [line.split(':')[0], new Set(line.split(':')[1].trim().split(/\s+/))]))
}

/** A copy of the model whose int8 weights know photos that are not measured. */
async function smoothedModel(count) {
  if (others.length < count) usage('node bench/accuracy.mjs … --calibrate N needs photos that --list does not name')
  const copy = await mkdtemp(join(tmpdir(), 'vwt-smoothed-'))
  await cp(path, copy, {recursive: true, dereference: true, filter: (file) => !/model\.q8/.test(file)})
  await quantizeModel({model: copy, calibrate: spread(others, count).map((file) => ({path: file}))})
  return copy
}

function unit(row) {
  const copy = Float32Array.from(row)
  normalizeRows(copy, copy.length)
  return copy
}
