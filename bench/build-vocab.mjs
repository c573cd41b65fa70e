// Learning words: images/s against decoding alone and against Pillow with scikit-learn, inertia, memory.
//
//   npm run build
//   node bench/build-vocab.mjs IMAGES [WORDS = 1000] [ROUNDS = 5] [PYTHON]
//
// All variants run one after the other in every round, each in a process of its own; the median counts. Where other work
// disturbs the clock, the processor time of a process tells more. With PYTHON (an
// interpreter with numpy, pillow, scikit-learn and safetensors) the peer bench/build-vocab_peer.py takes the same photos
// in the same order in the same steps.
import {execFileSync} from 'node:child_process'
import {mkdtempSync, readdirSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {allowedThreads} from '../dist/core/runtime/threads.js'

const [images, words = '1000', rounds = '5', python] = process.argv.slice(2)
if (!images) {
  process.stderr.write('usage: node bench/build-vocab.mjs IMAGES [WORDS] [ROUNDS] [PYTHON]\n')
  process.exit(2)
}
const SEED = 0
const PATCHES_PER_STEP = Math.max(16_384, 3 * Number(words))
const here = fileURLToPath(import.meta.url)
const paths = readdirSync(images)
  .sort()
  .map((name) => join(images, name))

/** What one process measures; it prints one JSON line. */
const VARIANTS = {
  /** JPEG to RGB in full size, four in flight. */
  async decode() {
    const {decodeImage} = await import('../dist/core/image/decode.js')
    let next = 0
    const work = async () => {
      while (next < paths.length) await decodeImage(paths[next++])
    }
    return rate(() => Promise.all([work(), work(), work(), work()]))
  },
  /** JPEG to patches, as build-vocab reads them, and nothing learned. */
  async patches() {
    const {PatchStream} = await import('../dist/core/workflows/build-vocab/patch-stream.js')
    const {processorFor} = await import('../dist/core/workflows/build-vocab/plan.js')
    const stream = await PatchStream.open(processorFor(224), {patchSize: 16})
    const views = paths.map((path, place) => ({image: {path}, place}))
    const perStep = Math.ceil(PATCHES_PER_STEP / 196)
    return rate(async () => {
      let step = []
      for await (const {pixels} of stream.read(views)) {
        if (step.push(pixels) === perStep) {
          await stream.cut(Buffer.concat(step))
          step = []
        }
      }
    })
  },
  async build(out) {
    const {buildVocabulary} = await import('../dist/core/workflows/build-vocab/build-vocab.js')
    const {imagesPerSecond, inertia, seconds} = await buildVocabulary(paths, {words: Number(words), out, seed: SEED})
    return {imagesPerSecond, inertia, seconds}
  },
}

async function rate(work) {
  const start = performance.now()
  await work()
  return {imagesPerSecond: (paths.length / (performance.now() - start)) * 1000}
}

if (process.env.VWT_BENCH_VARIANT) {
  const result = await VARIANTS[process.env.VWT_BENCH_VARIANT](process.env.VWT_BENCH_OUT)
  const {userCPUTime, systemCPUTime, maxRSS} = process.resourceUsage()
  const cpuMsPerImage = (userCPUTime + systemCPUTime) / 1000 / paths.length // Start-up of the process included.
  process.stdout.write(JSON.stringify({...result, cpuMsPerImage, peakMegabytes: maxRSS / 1000}))
  process.exit()
}

const folder = mkdtempSync(join(tmpdir(), 'vwt-bench-'))
process.on('exit', () => rmSync(folder, {recursive: true, force: true}))
const out = join(folder, 'words.safetensors')
const order = join(folder, 'order.json')
const {viewOrder} = await import('../dist/core/workflows/build-vocab/views.js')
const photos = viewOrder(paths.length, SEED, 0).map((place) => paths[place])
writeFileSync(order, JSON.stringify({photos, words: Number(words), patchesPerStep: PATCHES_PER_STEP, seed: SEED}))

const measured = {decode: [], patches: [], build: [], ...(python ? {peer: []} : {})}
const options = {encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'], maxBuffer: 1e8}
const run = (variant) => {
  const env = {...process.env, VWT_BENCH_VARIANT: variant, VWT_BENCH_OUT: out}
  return JSON.parse(execFileSync(process.execPath, [here, ...process.argv.slice(2)], {...options, env}))
}
const runPeer = () => {
  const script = fileURLToPath(new URL('build-vocab_peer.py', import.meta.url))
  // As many threads as vwt takes: left alone, their pools may be larger than the container allows.
  const threads = String(allowedThreads())
  const env = {...process.env, OMP_NUM_THREADS: threads, OPENBLAS_NUM_THREADS: threads}
  return JSON.parse(execFileSync(python, [script, order, out], {...options, env}))
}
for (let round = 0; round < Number(rounds); round += 1) {
  for (const variant of ['decode', 'patches', 'build']) measured[variant].push(run(variant))
  if (python) measured.peer.push(runPeer())
  const line = Object.entries(measured).map(([name, results]) => `${name} ${results.at(-1).imagesPerSecond.toFixed(0)}`)
  process.stderr.write(`round ${round + 1}: ${line.join(', ')} images/s\n`)
}

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]
const of = (variant, key = 'imagesPerSecond') => median(measured[variant].map((result) => result[key]))
const summary = {
  images: paths.length,
  words: Number(words),
  rounds: Number(rounds),
  imagesPerSecond: {decode: of('decode'), patches: of('patches'), build: of('build')},
  best: Object.fromEntries(
    Object.entries(measured).map(([name, all]) => [name, Math.max(...all.map((result) => result.imagesPerSecond))]),
  ),
  cpuMsPerImage: Object.fromEntries(Object.keys(measured).map((variant) => [variant, of(variant, 'cpuMsPerImage')])),
  buildToPatches: of('build') / of('patches'),
  buildToDecode: of('build') / of('decode'),
  buildPeakMegabytes: of('build', 'peakMegabytes'),
}
if (python) {
  const peer = measured.peer.at(-1)
  Object.assign(summary.imagesPerSecond, {
    peer: of('peer'),
    peerDecode: of('peer', 'decodeImagesPerSecond'),
    peerFit: of('peer', 'fitImagesPerSecond'),
  })
  summary.buildToPeer = of('build') / of('peer')
  summary.inertia = {peer: peer.inertia, build: peer.others[out], buildToPeer: peer.others[out] / peer.inertia}
}
process.stdout.write(`${JSON.stringify(summary, null, 2)}\n`)
