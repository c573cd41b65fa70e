// Embeddings against PyTorch: a folder made by bench/make_full_clip.py, which says what transformers computes.
//
//   npm run build
//   python bench/make_full_clip.py FOLDER --bpe bpe_simple_vocab_16e6.txt.gz
//   node bench/parity.mjs FOLDER [--threads N]
//
// Ends with status 1 when a value is off by more than 1e-4 or a cosine below 0.99999.
import {join} from 'node:path'
import {parseArgs} from 'node:util'
import {writeClipText, writeClipVision} from '../dist/core/models/clip.js'
import {endPosition} from '../dist/core/models/clip-config.js'
import {readModelFolder} from '../dist/core/models/folder.js'
import {loadTokenizer} from '../dist/core/models/tokenizer.js'
import {openSession} from '../dist/core/runtime/session.js'
import {allowedThreads} from '../dist/core/runtime/threads.js'
import {readInt64Tensor, readSafetensorsHeader, readTensor} from '../dist/core/weights/safetensors.js'
import {printMachine} from './machine.mjs'
import {cosine, printTable, usage} from './measure.mjs'

const DIFFERENCE_LIMIT = 1e-4
const COSINE_LIMIT = 0.99999
const {values, positionals} = parseArgs({
  allowPositionals: true,
  options: {threads: {type: 'string', default: String(allowedThreads())}},
})
if (positionals.length !== 1) usage('node bench/parity.mjs FOLDER (see the head of this file)')
const [path] = positionals
const threads = Number(values.threads)
const folder = await readModelFolder(path)
const {tensors: golden, metadata} = await readSafetensorsHeader(join(path, 'golden.safetensors'))
const rows = []

async function run(graph, inputs) {
  const session = await openSession(graph, {threads})
  const outputs = await session.run(inputs)
  await session.release()
  return outputs
}

async function addRow(what, got, name) {
  const expected = await readTensor(golden.get(name))
  const width = golden.get(name).shape[1]
  const worst = expected.reduce((most, value, index) => Math.max(most, Math.abs(value - got[index])), 0)
  const cosines = Array.from({length: expected.length / width}, (_, row) =>
    cosine(got.subarray(row * width, (row + 1) * width), expected.subarray(row * width, (row + 1) * width)),
  )
  const isGood = got.length === expected.length && worst <= DIFFERENCE_LIMIT && Math.min(...cosines) >= COSINE_LIMIT
  if (!isGood) process.exitCode = 1
  rows.push([what, cosines.length, worst.toExponential(1), Math.min(...cosines).toFixed(9)])
}

printMachine(['onnxruntime-node'])
const pixels = {
  type: 'float32',
  dims: golden.get('pixel_values').shape,
  data: await readTensor(golden.get('pixel_values')),
}
for (const dialect of ['fused', 'plain']) {
  const {image_embeds} = await run(writeClipVision(folder.weights, folder.config, {dialect}), {pixel_values: pixels})
  await addRow(`images, ${dialect} operators`, image_embeds.data, 'image_embeds')
}

const [texts, length] = golden.get('input_ids').shape
const ids = await readInt64Tensor(golden.get('input_ids'))
const tokenizer = await loadTokenizer(folder.tokenizerFile, {maxLength: length})
const listed = JSON.parse(metadata.texts)
const ends = listed.map((text, row) => {
  const expected = Array.from(ids.subarray(row * length, (row + 1) * length), Number)
  const {ids: own} = tokenizer.encode(text)
  const isSame = own.every((id, place) => id === expected[place])
  if (!isSame) throw new Error(`"${text.slice(0, 40)}" has other token ids than in Python.`)
  return endPosition(expected, folder.config.text)
})
const {text_embeds} = await run(writeClipText(folder.weights, folder.config, {dialect: 'fused'}), {
  input_ids: {type: 'int64', dims: [texts, length], data: ids},
  end_positions: {type: 'int64', dims: [texts], data: BigInt64Array.from(ends, BigInt)},
})
await addRow('texts', text_embeds.data, 'text_embeds')
printTable(
  [
    'against PyTorch',
    'embeddings',
    `largest difference of a value, goal ≤ ${DIFFERENCE_LIMIT}`,
    `lowest cosine, goal ≥ ${COSINE_LIMIT}`,
  ],
  rows,
)
