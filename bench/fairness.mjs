// vwt bench against itself: base has to come out as fast as base, and the harness must not be seen in what it measures.
//
//   npm run build
//   node bench/fairness.mjs [--model mini] [--benches 100] [--seconds 0.5] [--threads N]
//
// Each bench times two contestants that are the same model, in ten blocks as vwt bench does, and looks whether the 95 %
// interval of their ratio contains 1: for the encoder alone and from file to label. Then an encoder that is known to take
// 10 ms is timed, and what the harness adds to it is told.
// Ends with status 1 when fewer than 93 of 100 intervals contain 1, or the harness adds more than 1 % of 10 ms.
import {parseArgs} from 'node:util'
import {decodeImage} from '../dist/core/image/decode.js'
import {parseMethodSpec} from '../dist/core/methods/spec.js'
import {pairedRatio} from '../dist/core/metrics/latency.js'
import {readModelFolder} from '../dist/core/models/folder.js'
import {findModel} from '../dist/core/models/library.js'
import {openSuite} from '../dist/core/workflows/bench/suites.js'
import {timeBlocks, turnsOf} from '../dist/core/workflows/bench/timing.js'
import {chooseProcessor, PixelLoader} from '../dist/core/workflows/images.js'
import {LabelScorer} from '../dist/core/workflows/label-scores.js'
import {VisionRunner} from '../dist/core/workflows/vision.js'
import {printMachine} from './machine.mjs'
import {median, printTable} from './measure.mjs'

const LEAST_FRACTION = 0.93
const MOST_OVERHEAD_MS = 0.1
const BLOCKS = 10
const {values} = parseArgs({
  options: {
    model: {type: 'string', default: 'mini'},
    benches: {type: 'string', default: '100'},
    seconds: {type: 'string', default: '0.5'},
    threads: {type: 'string'},
  },
})
const benches = Number(values.benches)
const options = values.threads ? {threads: Number(values.threads)} : {}

const {path} = await findModel(values.model)
const folder = await readModelFolder(path, {name: values.model})
const loader = await PixelLoader.open(chooseProcessor(folder, 'model'), options)
const suite = await openSuite('scenes', {limit: 32})
const scorer = await LabelScorer.open(folder, {labels: suite.tasks[0].labels})
const images = suite.images.map((input, place) => ({input, place}))
const stages = {
  decode: ({path: name, bytes}) => decodeImage(bytes, {name}),
  prepare: async (decoded) => (await loader.prepare(decoded)).pixels,
  head: (embedding) => scorer.score(embedding),
  sizePx: folder.config.vision.imageSize,
}
const settings = {
  batches: [1],
  blocks: BLOCKS,
  runsPerTurn: 1,
  turnMs: (1000 * Number(values.seconds)) / BLOCKS,
  warmup: 3,
}

async function time(contestants, seed) {
  const samples = []
  for await (const block of timeBlocks(contestants, images, stages, {...settings, seed})) samples.push(...block)
  return samples
}

/** Both are base; only their names differ. */
async function baseAgainstBase(seed) {
  const spec = parseMethodSpec('base')
  const open = () => VisionRunner.open(folder, {...options, device: 'cpu', spec})
  const samples = await time(
    ['one', 'other'].map((method) => ({method, open})),
    seed,
  )
  const [one, other] = ['one', 'other'].map((method) => turnsOf(samples, method, 1))
  return {
    encoder: pairedRatio(
      one.map(({encoderMs}) => encoderMs),
      other.map(({encoderMs}) => encoderMs),
      {seed},
    ),
    chain: pairedRatio(
      one.map(({endToEndMs}) => endToEndMs),
      other.map(({endToEndMs}) => endToEndMs),
      {seed},
    ),
  }
}

/** Milliseconds between the harness's looks at the clock and the encoder's own, before and behind a run; the median. */
async function overhead() {
  const looks = []
  const look = (who) => {
    const now = performance.now()
    looks.push({who, now})
    return now
  }
  const run = async () => {
    const start = look('encoder')
    while (performance.now() - start < 10);
    look('encoder')
    return [{embedding: new Float32Array(folder.config.projectionDim).fill(1)}]
  }
  const known = {method: 'known', open: async () => ({run, release: async () => {}})}
  const world = {clock: () => look('harness')}
  for await (const _ of timeBlocks([known], images, stages, {...settings, seed: 0}, world));
  const added = looks.flatMap(({who, now}, index) => {
    const [before, after, last] = [looks[index - 1], looks[index + 1], looks[index + 2]]
    const isStart =
      who === 'encoder' && before?.who === 'harness' && after?.who === 'encoder' && last?.who === 'harness'
    return isStart ? [now - before.now + (last.now - after.now)] : []
  })
  return median(added)
}

printMachine()
const results = []
for (let seed = 0; seed < benches; seed += 1) {
  results.push(await baseAgainstBase(seed))
  if (process.stderr.isTTY) process.stderr.write(`\r${seed + 1}/${benches}`)
}
if (process.stderr.isTTY) process.stderr.write('\r')
const contains = ({ci95: [low, high]}) => low <= 1 && high >= 1
const rows = ['encoder', 'chain'].map((part) => {
  const ratios = results.map((result) => result[part])
  return {
    part,
    good: ratios.filter(contains).length,
    middle: median(ratios.map(({ratio}) => ratio)),
    width: median(ratios.map(({ci95: [low, high]}) => high - low)),
  }
})
printTable(
  ['base against base', 'intervals that contain 1', 'median ratio', 'median width of the interval'],
  rows.map(({part, good, middle, width}) => [part, `${good} of ${benches}`, middle.toFixed(4), width.toFixed(4)]),
)
const addedMs = await overhead()
printTable(['harness', 'ms'], [['added to a run of 10 ms', addedMs.toFixed(4)]])
await loader.release()
if (addedMs > MOST_OVERHEAD_MS || rows.some(({good}) => good < LEAST_FRACTION * benches)) process.exitCode = 1
