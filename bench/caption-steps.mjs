// What a step of the decoder costs after how many steps: cached, it should hardly depend on them.
//
//   npm run build
//   node bench/caption-steps.mjs FOLDER [--method base]... [--steps 60] [--rounds 30] [--beams 3] [--threads N]
//
// FOLDER is a BLIP captioning folder, such as one of make_full_blip.py. Every round writes one caption of --steps tokens
// over the image tokens of one random image, beams swapping parents as in a search; the cost of a step is the median over
// rounds. Ends with status 1 when ten steps more cost over 10 % more, by the line through all steps.
import {parseArgs} from 'node:util'
import {seededRandom} from '../dist/core/base/random.js'
import {parseMethodSpec} from '../dist/core/methods/spec.js'
import {readModelFolder} from '../dist/core/models/folder.js'
import {allowedThreads} from '../dist/core/runtime/threads.js'
import {CaptionDecoder} from '../dist/core/workflows/caption/decoder.js'
import {printMachine} from './machine.mjs'
import {median, printTable, usage} from './measure.mjs'

const GOAL = 1.1
const {values, positionals} = parseArgs({
  allowPositionals: true,
  options: {
    method: {type: 'string', multiple: true, default: ['base', 'q8']},
    steps: {type: 'string', default: '60'},
    rounds: {type: 'string', default: '30'},
    beams: {type: 'string', default: '3'},
    threads: {type: 'string', default: String(allowedThreads())},
  },
})
if (positionals.length !== 1) usage('node bench/caption-steps.mjs FOLDER (see the head of this file)')
const [steps, rounds, beams, threads] = [values.steps, values.rounds, values.beams, values.threads].map(Number)
const folder = await readModelFolder(positionals[0])
printMachine()
const rows = []
for (const method of values.method) {
  const costs = await stepCosts(method)
  const {intercept, slope} = lineThrough(costs)
  const growth = 1 + (10 * slope) / intercept
  if (growth > GOAL) process.exitCode = 1
  const at = (step) => median(costs.slice(step - 2, step + 3)).toFixed(2)
  rows.push([method, ...[5, 15, 25, 35, steps - 5].map(at), growth.toFixed(3)])
}
printTable(
  [
    `${rounds} rounds, ${beams} beams, ${threads} threads`,
    ...[5, 15, 25, 35, steps - 5].map((step) => `step ${step}, ms`),
    `ten steps more, goal ≤ ${GOAL}`,
  ],
  rows,
)

/** Median milliseconds of each step but the first, which is the start token's. */
async function stepCosts(method) {
  const decoder = await CaptionDecoder.open(folder, {spec: parseMethodSpec(method), device: 'cpu', threads})
  const {imageSize} = folder.config.vision
  const random = seededRandom(1)
  const data = Float32Array.from({length: 3 * imageSize ** 2}, () => 4 * random() - 2)
  const images = await decoder.encode({type: 'float32', dims: [1, 3, imageSize, imageSize], data}, [0])
  const {bosTokenId, vocabSize} = decoder.text
  const times = Array.from({length: steps}, () => [])
  for (let round = 0; round <= rounds; round += 1) {
    const session = decoder.start(images)
    await session.step([bosTokenId], {rows: 1})
    for (let step = 0; step < steps; step += 1) {
      const ids = Array.from({length: beams}, () => Math.floor(random() * vocabSize))
      const parents = Array.from({length: beams}, () => (step === 0 ? 0 : Math.floor(random() * beams)))
      const start = performance.now()
      await session.step(ids, {rows: beams, parents})
      if (round > 0) times[step].push(performance.now() - start)
    }
  }
  await decoder.release()
  return times.map(median)
}

/** Least squares over step numbers. */
function lineThrough(costs) {
  const meanX = (costs.length - 1) / 2
  const meanY = costs.reduce((sum, cost) => sum + cost, 0) / costs.length
  const above = costs.reduce((sum, cost, step) => sum + (step - meanX) * (cost - meanY), 0)
  const slope = above / costs.reduce((sum, _, step) => sum + (step - meanX) ** 2, 0)
  return {slope, intercept: meanY - slope * meanX}
}
