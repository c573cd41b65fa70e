// Bytes and build time of the vision graph of every method and every legal combination, with and without the trace.
//
//   npm run build
//   node bench/graphs.mjs FOLDER [--large] [--runs 9]
//
// FOLDER is a model folder. Weights are not read: a graph only points to them. --large writes the graphs for a tower of
// the size of ViT-L/14 (24 layers, 1,024 wide) under the names of FOLDER's tensors, which should be a ViT-B/16. Goals at
// ViT-B/16: at most 150 KB and 50 ms, the median of --runs builds by processor time, the first left out. Ends with
// status 1 when one is missed there.
import {parseArgs} from 'node:util'
import {METHODS} from '../dist/core/methods/registry.js'
import {parseMethodSpec} from '../dist/core/methods/spec.js'
import {writeVision} from '../dist/core/models/architectures.js'
import {readModelFolder} from '../dist/core/models/folder.js'
import {findModel} from '../dist/core/models/library.js'
import {openQuantized} from '../dist/core/workflows/quantized.js'
import {graphPieces} from '../dist/core/workflows/vision.js'
import {printMachine} from './machine.mjs'
import {median, printTable, timeOf, usage} from './measure.mjs'

const [GOAL_BYTES, GOAL_MS] = [150_000, 50]
/** What becomes of the lengths of a ViT-B/16. */
const LARGE = {768: 1024, 3072: 4096, 197: 257, 16: 14, 512: 768}

const {values, positionals} = parseArgs({
  allowPositionals: true,
  options: {large: {type: 'boolean', default: false}, runs: {type: 'string', default: '9'}},
})
if (positionals.length !== 1) usage('node bench/graphs.mjs FOLDER (see the head of this file)')

printMachine([])
const folder = await readModelFolder((await findModel(positionals[0])).path)
const quantized = await openQuantized(folder)
const described = values.large ? enlarged(folder) : folder
const weights = {
  float: values.large ? enlargedWeights(folder.weights) : folder.weights,
  int8: values.large ? enlargedWeights(quantized.weights) : quantized.weights,
}
const {layers, width} = described.config.vision
process.stdout.write(`${folder.kind}, ${layers} layers, ${width} wide\n\n`)
const hasGoals = !values.large && layers === 12 && width === 768
const rows = []
for (const text of ['base', ...allCombinations()]) {
  const {steps} = parseMethodSpec(text)
  const from = steps.some((step) => step.linear) ? weights.int8 : weights.float
  const write = (trace) => writeVision(described, from, {dialect: 'fused', trace, ...graphPieces({steps})})
  const [plain, traced] = [write(false), write(true)]
  const taken = []
  for (let run = 0; run < Number(values.runs); run += 1) taken.push((await timeOf(() => write(true))).cpu)
  const isMet = traced.bytes.length <= GOAL_BYTES && median(taken) <= GOAL_MS
  if (hasGoals && !isMet) process.exitCode = 1
  rows.push([
    `\`${text}\``,
    `${plain.nodeCount}, ${traced.nodeCount}`,
    (plain.bytes.length / 1000).toFixed(1),
    `${(traced.bytes.length / 1000).toFixed(1)}${hasGoals && !isMet ? ' MISSED' : ''}`,
    median(taken).toFixed(1),
  ])
}
printTable(
  ['method', 'nodes, without and with trace', 'KB', 'KB with trace, goal ≤ 150', 'processor ms, goal ≤ 50'],
  rows,
)

/** Every set of methods that is a legal spec. */
function allCombinations() {
  const sets = Array.from({length: 2 ** METHODS.length - 1}, (_, mask) =>
    METHODS.filter((_method, place) => (mask + 1) & (2 ** place)),
  )
  return sets.map((set) => set.map(({name}) => name).join('+')).filter(isLegal)
}

function isLegal(text) {
  try {
    return Boolean(parseMethodSpec(text))
  } catch {
    return false
  }
}

function enlarged({kind, config}) {
  const vision = {...config.vision, layers: 24, width: 1024, mlpWidth: 4096, heads: 16, patchSize: 14}
  return {kind, config: {...config, vision, projectionDim: 768}}
}

/** The tensors of a tower with twice the layers, each as long as ViT-L's. */
function enlargedWeights({tensors, ...rest}) {
  const larger = new Map()
  for (const [name, tensor] of tensors) {
    const layer = /^(vision_model\.encoder\.layers\.)(\d+)(\..*)$/.exec(name)
    const names = layer ? [name, `${layer[1]}${Number(layer[2]) + 12}${layer[3]}`] : [name]
    const shape = tensor.shape.map((length) => LARGE[length] ?? length)
    const count = (lengths) => lengths.reduce((product, length) => product * length, 1)
    const byteLength = (tensor.byteLength / count(tensor.shape)) * count(shape)
    for (const copy of names) larger.set(copy, {...tensor, name: copy, shape, byteLength, offset: tensor.offset * 2})
  }
  return {...rest, tensors: larger}
}
