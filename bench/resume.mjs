// Kills a bench of a thousand images at random moments and resumes it until it is done: no image may be measured twice,
// none lost, and accuracy and tokens must be those of a bench nobody disturbed.
//
//   npm run build
//   node bench/resume.mjs [--rounds 20] [--images 1000] [--model test/fixtures/clip/patch16-f32] [--method intra:0.5]
//                         [--seed 1] [--signal SIGKILL]
//
// The pictures are drawn into a temporary folder. Measured is what the journal says: a second name is given to it before
// the last run, which removes the first. Ends with status 1 when a round differs.
import {spawn} from 'node:child_process'
import {existsSync, linkSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {isDeepStrictEqual, parseArgs} from 'node:util'
import {seededRandom} from '../dist/core/base/random.js'
import {encodeScene, planScene} from '../dist/core/image/scenes/scenes.js'
import {printMachine} from './machine.mjs'

const {values} = parseArgs({
  options: {
    rounds: {type: 'string', default: '20'},
    images: {type: 'string', default: '1000'},
    // A small model and few blocks: what is tried is where a bench can be cut, not how fast it is.
    model: {type: 'string', default: fileURLToPath(new URL('../test/fixtures/clip/patch16-f32', import.meta.url))},
    method: {type: 'string', default: 'intra:0.5'},
    seed: {type: 'string', default: '1'},
    signal: {type: 'string', default: 'SIGKILL'},
  },
})
const VWT = fileURLToPath(new URL('../bin/vwt.js', import.meta.url))
const BLOCKS = 3
const FIRST_SEED = 30_000_000
const count = Number(values.images)
const methods = ['base', values.method]
const folder = mkdtempSync(join(tmpdir(), 'vwt-resume-'))
process.on('exit', () => rmSync(folder, {recursive: true, force: true}))

async function drawPictures() {
  const names = []
  for (let index = 0; index < count; index += 1) {
    const scene = planScene(FIRST_SEED + index)
    const name = `${index}.png`
    writeFileSync(join(folder, name), await encodeScene(scene))
    names.push(`${name},${scene.noun}`)
  }
  writeFileSync(join(folder, 'set.csv'), ['path,label', ...names, ''].join('\n'))
}

/** @returns 'done', or 'stopped' when `stopAfterMs` came first. */
function bench(out, stopAfterMs) {
  const argv = ['bench', '--quiet', '--device', 'cpu', '--data', join(folder, 'set.csv'), '--out', out, '--resume']
  argv.push('--model', values.model, '--method', values.method, '--runs', String(BLOCKS), '--seconds', '0.3')
  const child = spawn(process.execPath, [VWT, ...argv], {stdio: ['ignore', 'ignore', 'pipe']})
  let text = ''
  child.stderr.on('data', (chunk) => {
    text += chunk
  })
  const timer = stopAfterMs === undefined ? undefined : setTimeout(() => child.kill(values.signal), stopAfterMs)
  return new Promise((resolve, reject) => {
    child.on('close', (status, signal) => {
      clearTimeout(timer)
      if (signal === values.signal || status === 130) resolve('stopped')
      else if (status === 0) resolve('done')
      else reject(new Error(`vwt ended with ${status}: ${text}`))
    })
  })
}

/** How often each thing is in the journal, as `what: times`. */
function timesOf(journal) {
  const times = new Map()
  for (const line of readFileSync(journal, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((text) => JSON.parse(text))) {
    const key =
      'seen' in line ? `${line.method} ${line.seen}` : 'read' in line ? `read ${line.read}` : `block ${line.block}`
    if (!('journal' in line || 'started' in line)) times.set(key, (times.get(key) ?? 0) + 1)
  }
  return times
}

/** What must not depend on whether a bench was stopped. */
function figuresOf(out) {
  const {result} = JSON.parse(readFileSync(out, 'utf8'))
  const rows = result.rows.map(({method, tokens, accuracy}) => ({method, tokens, accuracy}))
  return {rows, outcomes: result.outcomes, blocks: result.settings.blocks, failed: result.data.failed}
}

const expected = ['read', ...methods].flatMap((what) => Array.from({length: count}, (_, place) => `${what} ${place}`))
for (let block = 0; block < BLOCKS; block += 1) expected.push(`block ${block}`)

printMachine()
await drawPictures()
const start = performance.now()
const wholeFile = join(folder, 'whole.json')
await bench(wholeFile)
const wholeMs = performance.now() - start
const whole = figuresOf(wholeFile)
process.stdout.write(`undisturbed: ${(wholeMs / 1000).toFixed(1)} s, ${count} images, ${methods.join(' and ')}\n`)

const random = seededRandom(Number(values.seed))
let good = 0
for (let round = 1; round <= Number(values.rounds); round += 1) {
  const home = join(folder, `round-${round}`)
  mkdirSync(home)
  const out = join(home, 'bench.json')
  const journal = `${out}.journal`
  let stops = 0
  let useful = 0
  // Each at any moment of what an undisturbed bench takes, until three of them left a journal; then it may finish.
  const isEnough = () => useful === 3 || (stops >= 8 && useful > 0)
  for (let isDone = false; !isDone; ) {
    const isLast = isEnough()
    if (isLast) linkSync(journal, `${journal}.kept`)
    isDone = (await bench(out, isLast ? undefined : random() * wholeMs)) === 'done'
    if (isDone && !isLast) {
      // It was done before it could be stopped: no trial, it begins anew.
      rmSync(out)
      ;[isDone, stops, useful] = [false, 0, 0]
    } else if (!isDone) {
      stops += 1
      if (existsSync(journal)) useful += 1
    }
  }
  const times = timesOf(`${journal}.kept`)
  const twice = [...times].filter(([, number]) => number > 1).length
  const lost = expected.filter((key) => !times.has(key)).length
  const isSame = isDeepStrictEqual(figuresOf(out), whole)
  if (twice === 0 && lost === 0 && times.size === expected.length && isSame) good += 1
  process.stdout.write(
    `round ${round}: ${stops} stops, ${useful} with a journal: ${twice} twice, ${lost} lost, ${isSame ? 'same figures' : 'OTHER FIGURES'}\n`,
  )
}
process.stdout.write(`${good} of ${values.rounds} without an image twice or lost, and with the same figures\n`)
process.exitCode = good === Number(values.rounds) ? 0 : 1
