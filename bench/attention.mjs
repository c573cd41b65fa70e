// Attention fused (ONNX Runtime's MultiHeadAttention) against plain operators, in every mask situation that graphs have.
//
//   npm run build
//   node bench/attention.mjs [--rounds 15] [--runs 15] [--layers 6] [--heads 12] [--head-dim 64] [--threads N] [--device cpu]
//
// One graph holds --layers attentions, each over what the one before gave; both kinds are in memory and take turns.
// Situations: no mask; a bias for each key (log of token sizes, or padding), which MultiHeadAttention wants spread over
// the queries and plain operators do not; one query alone, as in the last layer of a tower. With another --device the
// largest difference tells whether the fused one computes rightly there.
import {parseArgs} from 'node:util'
import {seededRandom} from '../dist/core/base/random.js'
import {float32Tensor} from '../dist/core/base/tensor.js'
import {Graph} from '../dist/core/graph/graph.js'
import {LayerBuilder} from '../dist/core/models/layers.js'
import {openSession} from '../dist/core/runtime/session.js'
import {allowedThreads} from '../dist/core/runtime/threads.js'
import {printMachine} from './machine.mjs'
import {formatRatio, median, printTable, ratioOf, takeTurns} from './measure.mjs'

const {values} = parseArgs({
  options: {
    rounds: {type: 'string', default: '15'},
    runs: {type: 'string', default: '15'},
    layers: {type: 'string', default: '6'},
    heads: {type: 'string', default: '12'},
    'head-dim': {type: 'string', default: '64'},
    threads: {type: 'string', default: String(allowedThreads())},
    device: {type: 'string', default: 'cpu'},
  },
})
const [rounds, runs, layers, heads, headDim, threads] = [
  values.rounds,
  values.runs,
  values.layers,
  values.heads,
  values['head-dim'],
  values.threads,
].map(Number)
const width = heads * headDim

printMachine(['onnxruntime-node'])
const rows = []
for (const [batch, tokens] of [
  [1, 197],
  [1, 99],
  [1, 50],
  [4, 197],
  [4, 99],
]) {
  for (const situation of ['no mask', 'bias for each key', 'one query', 'one query, bias']) {
    const fused = await open('fused', batch, tokens, situation)
    const plain = await open('plain', batch, tokens, situation)
    const difference = largest(await fused.run(), await plain.run())
    const times = await takeTurns({fused: fused.run, plain: plain.run}, {rounds, runs})
    await Promise.all([fused.release(), plain.release()])
    rows.push([
      `${batch} × ${tokens}`,
      situation,
      ...['fused', 'plain'].map((name) => (median(times[name].wall) / layers).toFixed(3)),
      formatRatio(ratioOf(times.plain.wall, times.fused.wall)),
      formatRatio(ratioOf(times.plain.cpu, times.fused.cpu)),
      difference.toExponential(1),
    ])
  }
}
printTable(
  [
    `batch × tokens, ${heads} heads of ${headDim}, ${threads} threads`,
    'mask',
    'fused, ms a layer',
    'plain, ms a layer',
    'plain takes so many times as long (95 %)',
    'by processor time',
    'largest difference',
  ],
  rows,
)

async function open(dialect, batch, tokens, situation) {
  const g = new Graph(`attention ${dialect}`)
  const queries = situation.startsWith('one query') ? 1 : tokens
  const build = new LayerBuilder(g, {tensors: new Map()}, dialect)
  const key = g.input('key', 'float32', ['batch', 'tokens', width])
  const value = g.input('value', 'float32', ['batch', 'tokens', width])
  const sizes = g.input('sizes', 'float32', ['batch', 'tokens', 1])
  let query = g.input('query', 'float32', ['batch', 'queries', width])
  for (let layer = 0; layer < layers; layer += 1) {
    query = g.scope(`layers.${layer}`, () => build.attention({query, key, value, heads, headDim, bias: biasOf(layer)}))
  }
  g.output('mixed', g.add(query, g.mul(g.reduceMean(sizes, [1]), g.float(0))), 'float32', ['batch', 'queries', width])
  const session = await openSession(g.finish(), {threads, device: values.device})
  const random = seededRandom(tokens)
  const noise = (dims) =>
    float32Tensor(
      Float32Array.from({length: dims.reduce((product, length) => product * length)}, () => random() * 2 - 1),
      dims,
    )
  const inputs = {
    query: noise([batch, queries, width]),
    key: noise([batch, tokens, width]),
    value: noise([batch, tokens, width]),
    sizes: float32Tensor(
      Float32Array.from({length: batch * tokens}, () => 1 + Math.floor(4 * random())),
      [batch, tokens, 1],
    ),
  }
  return {
    run: async () => (await session.run(inputs)).mixed.data,
    release: () => session.release(),
  }

  /** Written for each layer, as sizes change between layers. */
  function biasOf(layer) {
    if (!situation.includes('bias')) return undefined
    const row = g.reshape(g.op('Log', [g.add(sizes, g.float(layer))]), [0, 1, 1, -1])
    if (dialect === 'plain') return row
    return g.expand(row, g.concat([g.ints([1, 1]), g.shape(query, 1, 2), g.ints([1])], 0))
  }
}

function largest(a, b) {
  return a.reduce((most, value, index) => Math.max(most, Math.abs(value - b[index])), 0)
}
