// What loading a model adds to the resident memory, against the weights it uses (Linux: reads /proc/self/status).
//
//   npm run build
//   node bench/memory.mjs FOLDER [--repeat 3]
//
// Each figure comes from a fresh process. Before: node with vwt's modules, the model not yet touched. Loaded: the model
// is open. Run: it has seen one picture. Peak: the highest the process ever was (VmHWM) up to there. The classifier also
// runs the text tower over its labels, without a cache, and closes it. Ends with status 1 when the growth after loading
// is more than 1.2 times the weights.
import {fork} from 'node:child_process'
import {mkdtempSync, readFileSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {parseArgs} from 'node:util'
import {readModelFolder} from '../dist/core/models/folder.js'
import {printMachine} from './machine.mjs'
import {median, printTable, usage} from './measure.mjs'

const LIMIT = 1.2
const MEGABYTE = 1e6
const LABELS = ['cat', 'dog', 'bird', 'ship', 'truck', 'horse', 'frog', 'deer', 'airplane', 'automobile']
const SUBJECTS = {'vision tower': loadVision, classifier: loadWholeClassifier}

const {values, positionals} = parseArgs({
  allowPositionals: true,
  options: {repeat: {type: 'string', default: '3'}, subject: {type: 'string'}},
})
if (positionals.length !== 1) usage('node bench/memory.mjs FOLDER (see the head of this file)')
const [path] = positionals
if (values.subject) await measure(SUBJECTS[values.subject])
else await report()

async function loadVision() {
  const [{VisionRunner}, {parseMethodSpec}] = await Promise.all([
    import('../dist/core/workflows/vision.js'),
    import('../dist/core/methods/spec.js'),
  ])
  return async () => {
    const folder = await readModelFolder(path)
    const vision = await VisionRunner.open(folder, {spec: parseMethodSpec('base'), device: 'cpu'})
    const size = folder.config.vision.imageSize
    const pixels = {type: 'float32', dims: [1, 3, size, size], data: new Float32Array(3 * size * size).fill(0.5)}
    return () => vision.run(pixels, [0])
  }
}

async function loadWholeClassifier() {
  const {loadClassifier} = await import('../dist/index.js')
  return async () => {
    const classifier = await loadClassifier({model: path, labels: LABELS, device: 'cpu'})
    const picture = fileURLToPath(new URL('../examples/red-bird-water.png', import.meta.url))
    return () => classifier.classifyOne(picture)
  }
}

async function measure(prepare) {
  const load = await prepare()
  const before = readMemory()
  const run = await load()
  const loaded = readMemory()
  await run()
  process.send({before, loaded, ran: readMemory()})
}

/** Bytes: resident now, of which no file holds (anonymous), and the most that ever was. */
function readMemory() {
  const status = readFileSync('/proc/self/status', 'utf8')
  const bytes = (key) => Number(new RegExp(`^${key}:\\s*(\\d+) kB`, 'm').exec(status)[1]) * 1024
  return {resident: bytes('VmRSS'), anonymous: bytes('RssAnon'), peak: bytes('VmHWM')}
}

async function report() {
  printMachine(['onnxruntime-node'])
  const {weights} = await readModelFolder(path)
  const bytesOf = (pattern) =>
    [...weights.tensors.values()].reduce((sum, span) => sum + (pattern.test(span.name) ? span.byteLength : 0), 0)
  const used = {'vision tower': bytesOf(/^(vision_model|visual_projection)\./), classifier: weights.totalBytes}
  const rows = []
  for (const subject of Object.keys(SUBJECTS)) {
    const samples = []
    for (let time = 0; time < Number(values.repeat); time += 1) samples.push(await runChild(subject))
    const middle = (of) => median(samples.map(of))
    const growth = middle(({before, loaded}) => loaded.resident - before.resident)
    const megabytes = (bytes) => (bytes / MEGABYTE).toFixed(0)
    const times = (bytes) => (bytes / used[subject]).toFixed(2)
    rows.push([
      subject,
      megabytes(used[subject]),
      megabytes(middle(({before}) => before.resident)),
      `+${megabytes(growth)} = ${times(growth)} ×`,
      `+${megabytes(middle(({before, loaded}) => loaded.anonymous - before.anonymous))}`,
      times(middle(({before, ran}) => ran.resident - before.resident)),
      times(middle(({before, ran}) => ran.peak - before.resident)),
    ])
    if (growth > LIMIT * used[subject]) process.exitCode = 1
  }
  printTable(['MB', 'weights', 'before', `loaded, goal ≤ ${LIMIT} ×`, 'of it anonymous', 'run, ×', 'peak, ×'], rows)
}

function runChild(subject) {
  const cache = mkdtempSync(join(tmpdir(), 'vwt-memory-'))
  const child = fork(fileURLToPath(import.meta.url), [path, '--subject', subject], {
    env: {...process.env, VWT_CACHE: cache},
  })
  return new Promise((done, fail) => {
    child.once('message', done)
    child.once('exit', (status) => {
      rmSync(cache, {recursive: true, force: true})
      if (status !== 0) fail(new Error(`The measured process ended with ${status}.`))
    })
  })
}
