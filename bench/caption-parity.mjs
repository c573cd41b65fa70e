// Image tokens and the decoder's logits against PyTorch, and the size of the graphs that compute them: a folder made by
// bench/make_full_blip.py, which says what transformers computes.
//
//   npm run build
//   python bench/make_full_blip.py FOLDER --vocab bert-base-uncased-vocab.txt
//   node bench/caption-parity.mjs FOLDER [--threads N]
//
// Ends with status 1 when image tokens are off by more than 1e-3 or logits by more than 1e-3 in float32, or when a graph is
// larger than 150 KB or takes more than 50 ms to write. int8 is shown beside them.
import {join} from 'node:path'
import {parseArgs} from 'node:util'
import {parseMethodSpec} from '../dist/core/methods/spec.js'
import {writeBlipVision} from '../dist/core/models/blip.js'
import {writeBlipCross, writeBlipStep} from '../dist/core/models/blip-decoder.js'
import {readModelFolder} from '../dist/core/models/folder.js'
import {allowedThreads} from '../dist/core/runtime/threads.js'
import {readInt64Tensor, readSafetensorsHeader, readTensor} from '../dist/core/weights/safetensors.js'
import {CaptionDecoder} from '../dist/core/workflows/caption/decoder.js'
import {openQuantized} from '../dist/core/workflows/quantized.js'
import {graphPieces} from '../dist/core/workflows/vision.js'
import {printMachine} from './machine.mjs'
import {median, printTable, usage} from './measure.mjs'

const DIFFERENCE_LIMIT = 1e-3
const BYTES_LIMIT = 150_000
const WRITE_MS_LIMIT = 50
const {values, positionals} = parseArgs({
  allowPositionals: true,
  options: {threads: {type: 'string', default: String(allowedThreads())}},
})
if (positionals.length !== 1) usage('node bench/caption-parity.mjs FOLDER (see the head of this file)')
const folder = await readModelFolder(positionals[0])
const {tensors} = await readSafetensorsHeader(join(positionals[0], 'golden.safetensors'))
const golden = async (name) => ({dims: tensors.get(name).shape, data: await readTensor(tensors.get(name))})
printMachine()

const pixels = {type: 'float32', ...(await golden('pixel_values'))}
const images = pixels.dims[0]
const expected = {tokens: await golden('image_tokens'), logits: await golden('logits')}
const ids = Array.from(await readInt64Tensor(tensors.get('input_ids')), Number)
const steps = ids.length / images
const rows = []
for (const method of ['base', 'q8']) {
  const options = {spec: parseMethodSpec(method), device: 'cpu', threads: Number(values.threads)}
  const decoder = await CaptionDecoder.open(folder, options)
  const {outputs} = await decoder.vision.runWhole(pixels, [...Array(images).keys()])
  const encoded = await decoder.encode(pixels, [...Array(images).keys()])
  const logits = new Float32Array(expected.logits.data.length)
  const vocabulary = expected.logits.dims[2]
  const session = decoder.start(encoded)
  for (let step = 0; step < steps; step += 1) {
    const column = ids.filter((_, place) => place % steps === step)
    const scores = await session.step(column, {rows: images})
    for (let row = 0; row < images; row += 1) {
      logits.set(scores.logits.subarray(row * vocabulary, (row + 1) * vocabulary), (row * steps + step) * vocabulary)
    }
  }
  await decoder.release()
  addRow(method, 'image tokens', outputs.image_tokens.data, expected.tokens)
  addRow(method, 'logits', logits, expected.logits)
}
printTable(
  [
    'against PyTorch',
    'method',
    `largest difference, goal ≤ ${DIFFERENCE_LIMIT} in float32`,
    'standard deviation of values',
    'same best of a row',
  ],
  rows,
)

const sizes = []
for (const method of ['base', 'q8']) {
  const weights = method === 'q8' ? (await openQuantized(folder)).weights : folder.weights
  for (const [name, write] of [
    ['vision tower', writeBlipVision],
    ['keys and values of images', writeBlipCross],
    ['step', writeBlipStep],
  ]) {
    const times = Array.from({length: 9}, () => {
      const {linear} = graphPieces(parseMethodSpec(method))
      const start = performance.now()
      const {bytes, nodeCount} = write(weights, folder.config, {dialect: 'fused', linear})
      return {ms: performance.now() - start, bytes: bytes.length, nodeCount}
    })
    const [{ms: first, bytes, nodeCount}] = times
    const usual = median(times.map(({ms}) => ms))
    if (bytes > BYTES_LIMIT || usual > WRITE_MS_LIMIT) process.exitCode = 1
    sizes.push([name, method, nodeCount, (bytes / 1000).toFixed(0), first.toFixed(0), usual.toFixed(1)])
  }
}
printTable(
  ['graph', 'method', 'nodes', 'KB, goal ≤ 150', 'ms to write, the first time', 'median of 9, goal ≤ 50'],
  sizes,
)

function addRow(method, what, got, {dims, data}) {
  const width = dims.at(-1)
  let worst = 0
  let sum = 0
  let squares = 0
  for (const [place, value] of data.entries()) {
    worst = Math.max(worst, Math.abs(value - got[place]))
    sum += value
    squares += value ** 2
  }
  const mean = sum / data.length
  const count = data.length / width
  const same = Array.from({length: count}, (_, row) => best(got, row, width) === best(data, row, width))
  if (method === 'base' && !(worst <= DIFFERENCE_LIMIT)) process.exitCode = 1
  rows.push([
    what,
    method,
    worst.toExponential(1),
    Math.sqrt(squares / data.length - mean ** 2).toFixed(2),
    `${same.filter(Boolean).length} of ${count}`,
  ])
}

function best(values, row, width) {
  let place = row * width
  for (let at = place; at < (row + 1) * width; at += 1) if (values[at] > values[place]) place = at
  return place - row * width
}
