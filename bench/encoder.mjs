// The vision tower against its matrix products alone: what everything else in the graph costs.
//
//   npm run build
//   node bench/encoder.mjs FOLDER [--batch 1] [--rounds 15] [--runs 3] [--threads N] [--profile]
//
// FOLDER is a CLIP model folder. The products graph holds every matrix product of the tower at its true size and over
// the same weights: patches, the four projections and the two products of attention, the MLP, in the last layer for the
// class token alone where that is enough, and the last projection; nothing else but reshapes, which copy nothing. Both
// take turns in one run. --profile adds the time of each kind of node as ONNX Runtime's profiler has it.
// Ends with status 1 when the tower takes more than 1.15 times its products.
import {mkdtempSync, readdirSync, readFileSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {parseArgs} from 'node:util'
import ort from 'onnxruntime-node'
import {Graph} from '../dist/core/graph/graph.js'
import {writeClipVision} from '../dist/core/models/clip.js'
import {readModelFolder} from '../dist/core/models/folder.js'
import {openSession} from '../dist/core/runtime/session.js'
import {stageGraph} from '../dist/core/runtime/staging.js'
import {allowedThreads} from '../dist/core/runtime/threads.js'
import {requireTensor} from '../dist/core/weights/safetensors.js'
import {printMachine} from './machine.mjs'
import {calmRounds, formatCalm, formatRatio, median, printTable, ratioOf, takeTurns, usage} from './measure.mjs'

const LIMIT = 1.15
const number = (value) => ({type: 'string', default: String(value)})
const {values, positionals} = parseArgs({
  allowPositionals: true,
  options: {
    batch: number(1),
    rounds: number(15),
    runs: number(3),
    threads: number(allowedThreads()),
    profile: {type: 'boolean', default: false},
  },
})
if (positionals.length !== 1)
  usage('node bench/encoder.mjs FOLDER [--batch 1] [--rounds 15] (see the head of this file)')
const [batch, rounds, runs, threads] = ['batch', 'rounds', 'runs', 'threads'].map((name) => Number(values[name]))

/** Every product chained to the next, so that none can be left out; `alpha` keeps the numbers near 1. */
function writeProducts({weights, config}) {
  const {vision, projectionDim} = config
  const {width, heads, headDim, mlpWidth, layers, patchSize, imageSize} = vision
  const patches = (imageSize / patchSize) ** 2
  const tokens = patches + 1
  const length = 3 * patchSize ** 2
  const g = new Graph('products')
  const product = (rows, name, inputs, outputs, tensor = requireTensor(weights, name, {outputs, inputs})) =>
    g.op('Gemm', [rows, g.external(tensor, [outputs, inputs])], {transB: 1, alpha: {float: 1 / Math.sqrt(inputs)}})
  const batched = (a, b, terms) => g.contrib('FusedMatMul', [a, b], {alpha: {float: 1 / Math.sqrt(terms)}})
  const kernelName = 'vision_model.embeddings.patch_embedding.weight'
  const axes = {width, channels: 3, height: patchSize, width2: patchSize}
  const pixels = g.input('patches', 'float32', [batch * patches, length])
  const embedded = product(pixels, kernelName, length, width, requireTensor(weights, kernelName, axes))
  let rows = g.input('tokens', 'float32', [batch * tokens, width])
  const classRows = g.input('class_tokens', 'float32', [batch, width])
  for (let layer = 0; layer < layers; layer += 1) {
    const prefix = `vision_model.encoder.layers.${layer}`
    const isLast = layer === layers - 1
    const queries = isLast ? 1 : tokens
    const project = (from, name) => product(from, `${prefix}.self_attn.${name}.weight`, width, width)
    const perHead = (value, ...dims) => g.reshape(value, [batch * heads, ...dims])
    const query = perHead(project(isLast ? classRows : rows, 'q_proj'), queries, headDim)
    const key = perHead(project(rows, 'k_proj'), headDim, tokens)
    const value = perHead(project(rows, 'v_proj'), tokens, headDim)
    const mixed = batched(batched(query, key, headDim), value, tokens)
    const attended = project(g.reshape(mixed, [batch * queries, width]), 'out_proj')
    const inner = product(attended, `${prefix}.mlp.fc1.weight`, width, mlpWidth)
    rows = product(inner, `${prefix}.mlp.fc2.weight`, mlpWidth, width)
  }
  g.output('embedded', embedded, 'float32', [batch * patches, width])
  const projected = product(rows, 'visual_projection.weight', width, projectionDim)
  g.output('projected', projected, 'float32', [batch, projectionDim])
  return g.finish()
}

const noise = (dims) => {
  const data = Float32Array.from({length: dims.reduce((a, b) => a * b)}, () => Math.random() * 2 - 1)
  return {type: 'float32', dims, data}
}

async function runnerOf(graph) {
  const session = await openSession(graph, {threads})
  const inputs = Object.fromEntries(
    graph.inputs.map(({name, dims}) => [name, noise(dims.map((dim) => (dim === 'batch' ? batch : dim)))]),
  )
  const outputs = await session.run(inputs)
  for (const [name, {data, type}] of Object.entries(outputs)) {
    const sound = type !== 'float32' || data.every((value) => Number.isFinite(value))
    if (!sound) throw new Error(`${name} of ${graph.name} is not finite: its time would mean nothing.`)
  }
  return {run: () => session.run(inputs), release: () => session.release()}
}

/** Microseconds of each kind of node in one run, by ONNX Runtime's own profiler. */
async function profile(graph, count) {
  const folder = mkdtempSync(join(tmpdir(), 'vwt-profile-'))
  const staged = await stageGraph(graph)
  const session = await ort.InferenceSession.create(staged.path, {
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    enableMemPattern: false,
    enableProfiling: true,
    profileFilePrefix: join(folder, 'run'),
    extra: {session: {intra_op: {allow_spinning: '0'}}},
  })
  await staged.dispose()
  const {dims, data} = noise([batch, ...graph.inputs[0].dims.slice(1)])
  for (let run = 0; run < count; run += 1) await session.run({pixel_values: new ort.Tensor('float32', data, dims)})
  session.endProfiling()
  const events = JSON.parse(readFileSync(join(folder, readdirSync(folder)[0]), 'utf8'))
  rmSync(folder, {recursive: true})
  const kinds = new Map()
  for (const {cat, name, dur, args} of events) {
    if (cat !== 'Node' || !name.endsWith('_kernel_time')) continue
    const kind = kinds.get(args.op_name) ?? {nodes: 0, microseconds: 0}
    kinds.set(args.op_name, {nodes: kind.nodes + 1 / count, microseconds: kind.microseconds + dur / count})
  }
  const total = [...kinds.values()].reduce((sum, {microseconds}) => sum + microseconds, 0)
  return [...kinds]
    .sort(([, a], [, b]) => b.microseconds - a.microseconds)
    .map(([kind, {nodes, microseconds}]) => [
      kind,
      Math.round(nodes),
      (microseconds / 1000).toFixed(2),
      `${((100 * microseconds) / total).toFixed(1)} %`,
    ])
}

printMachine(['onnxruntime-node'])
const folder = await readModelFolder(positionals[0])
const written = writeClipVision(folder.weights, folder.config, {dialect: 'fused'})
const tower = await runnerOf(written)
const products = await runnerOf(writeProducts(folder))
const times = await takeTurns({tower: tower.run, products: products.run}, {rounds, runs})
const others = [times.tower.others, times.products.others]
const calm = calmRounds(others)
const ratio = ratioOf(times.tower.wall, times.products.wall, calm)
const cpuRatio = ratioOf(times.tower.cpu, times.products.cpu, calm)
const milliseconds = ({wall}) => median(calm.map((round) => wall[round])).toFixed(1)
await tower.release()
await products.release()
printTable(
  [
    `batch, ${formatCalm(others)}`,
    'threads',
    'tower ms',
    'products ms',
    `ratio (95 %), goal ≤ ${LIMIT}`,
    'of processor time',
  ],
  [
    [
      batch,
      threads,
      milliseconds(times.tower),
      milliseconds(times.products),
      formatRatio(ratio),
      formatRatio(cpuRatio),
    ],
  ],
)
if (values.profile) printTable(['node', 'count', 'ms', 'share'], await profile(written, 10))
if (ratio.median > LIMIT) process.exitCode = 1
