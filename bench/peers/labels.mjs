// JPEG to label, vwt with a method against @huggingface/transformers in float32 and in its own q8: same weights, same
// photos, same labels, same threads.
//
//   npm run build
//   npm ci --ignore-scripts --prefix bench/peers
//   python bench/peers/export_onnx.py FOLDER OUT && python bench/peers/quantize_onnx.py OUT
//   node bench/peers/labels.mjs FOLDER OUT PHOTOS [--photos 30] [--block 5] [--rest 1500] [--threads N]
//                               [--method intra:0.5+q8] [--peer-spin off]
//
// Texts are encoded once, before anything is timed, and all contestants compare with the same ones: both sides keep
// them in a cache. From then on a photo is decoded, prepared, run and compared with ten labels. Each contestant lives in
// a process of its own and takes turns of --block photos; before its turn everything rests for --rest ms, because the
// peer's threads spin for a while after a run (its default, which --peer-spin off changes). The first photo of a turn is
// done once more than timed. Ends with status 1 below 6 times the speed of the peer's float32 or 5 times that of its q8.
import {readdirSync} from 'node:fs'
import {createRequire} from 'node:module'
import {basename, dirname, join, resolve} from 'node:path'
import {parseArgs} from 'node:util'
import {allowedThreads} from '../../dist/core/runtime/threads.js'
import {startContestant} from '../contestants.mjs'
import {printMachine, versionsOf} from '../machine.mjs'
import {
  calmRounds,
  cosine,
  formatCalm,
  formatRatio,
  median,
  printTable,
  ratioOf,
  spread,
  usage,
  watchOthers,
} from '../measure.mjs'

const LABELS = ['airplane', 'automobile', 'bird', 'cat', 'deer', 'dog', 'frog', 'horse', 'ship', 'truck']
const COLUMNS = ['loadMs', 'inferMs', 'totalMs', 'cpuMs']

const {values, positionals} = parseArgs({
  allowPositionals: true,
  options: {
    photos: {type: 'string', default: '30'},
    block: {type: 'string', default: '5'},
    rest: {type: 'string', default: '1500'},
    threads: {type: 'string', default: String(allowedThreads())},
    method: {type: 'string', default: 'intra:0.5+q8'},
    'peer-spin': {type: 'string', default: 'on'},
    contestant: {type: 'string'},
  },
})
if (positionals.length !== 3) usage('node bench/peers/labels.mjs FOLDER OUT PHOTOS (see the head of this file)')
const [folder, exported, photos] = positionals.map((path) => resolve(path))
const threads = Number(values.threads)
const METHOD = `vwt ${values.method}`
const GOALS = {'transformers float32': 6, 'transformers q8': 5}
const CONTESTANTS = {
  [METHOD]: () => openVwt(values.method),
  'vwt base': () => openVwt('base'),
  'transformers float32': () => openTransformers('fp32'),
  'transformers q8': () => openTransformers('q8'),
}
if (values.contestant) await serve(await CONTESTANTS[values.contestant]())
else await compare()

/** Each contestant: a file becomes pixels, pixels become an embedding. */
async function openVwt(method) {
  const {readModelFolder, parseMethodSpec, chooseProcessor, PixelLoader, batchPixels, VisionRunner} = await ownModules()
  const model = await readModelFolder(folder)
  const loader = await PixelLoader.open(chooseProcessor(model, 'model'), {threads})
  const vision = await VisionRunner.open(model, {spec: parseMethodSpec(method), device: 'cpu', threads})
  return {
    load: async (path) => batchPixels([(await loader.load({path})).pixels], model.config.vision.imageSize),
    infer: async (pixels) => (await vision.run(pixels, [0]))[0].embedding,
  }
}

async function ownModules() {
  const files = ['models/folder', 'methods/spec', 'workflows/images', 'workflows/vision', 'workflows/text-features']
  const modules = await Promise.all(files.map((file) => import(new URL(`../../dist/core/${file}.js`, import.meta.url))))
  return Object.assign({}, ...modules)
}

async function openTransformers(dtype) {
  const {AutoProcessor, CLIPVisionModelWithProjection, env, RawImage} = await import('@huggingface/transformers')
  env.allowRemoteModels = false
  env.localModelPath = dirname(exported)
  const name = basename(exported)
  const processor = await AutoProcessor.from_pretrained(name)
  const spin = values['peer-spin'] === 'off' ? {extra: {session: {intra_op: {allow_spinning: '0'}}}} : {}
  const model = await CLIPVisionModelWithProjection.from_pretrained(name, {
    device: 'cpu',
    dtype,
    session_options: {intraOpNumThreads: threads, ...spin},
  })
  return {
    load: async (path) => (await processor(await RawImage.read(path))).pixel_values,
    infer: async (pixel_values) => (await model({pixel_values})).image_embeds.data,
  }
}

/** Answers `{path}` with the label, the embedding and the times; is sent the texts first. */
function serve({load, infer}) {
  let texts
  process.on('message', async ({path, features}) => {
    if (features) {
      texts = features
      process.send('ready')
      return
    }
    const watch = watchOthers()
    const cpuStart = process.cpuUsage()
    const start = performance.now()
    const input = await load(path)
    const loaded = performance.now()
    const embedding = await infer(input)
    const label = bestLabel(embedding, texts)
    const done = performance.now()
    const cpu = process.cpuUsage(cpuStart)
    process.send({
      label,
      embedding: Float32Array.from(embedding),
      loadMs: loaded - start,
      inferMs: done - loaded,
      totalMs: done - start,
      cpuMs: (cpu.user + cpu.system) / 1000,
      others: watch(),
    })
  })
  process.send('open')
}

function bestLabel(embedding, texts) {
  const scores = texts.map((text) => text.reduce((sum, value, index) => sum + value * embedding[index], 0))
  return scores.indexOf(Math.max(...scores))
}

async function compare() {
  const files = spread(
    readdirSync(photos)
      .filter((name) => /\.jpe?g$/i.test(name))
      .sort(),
    Number(values.photos),
  ).map((name) => join(photos, name))
  if (files.length === 0) usage('PHOTOS should hold JPEG files')
  printMachine()
  const theirs = versionsOf(['@huggingface/transformers', 'onnxruntime-node', 'sharp'], createRequire(import.meta.url))
  process.stdout.write(`The peer runs on ${theirs.join(' · ')}, its threads' spinning ${values['peer-spin']}.\n\n`)
  const features = await textFeatures()
  const contestants = {}
  for (const name of Object.keys(CONTESTANTS)) {
    contestants[name] = await startContestant(import.meta.url, name)
    await contestants[name].ask({features})
  }
  const results = Object.fromEntries(Object.keys(CONTESTANTS).map((name) => [name, []]))
  const block = Number(values.block)
  for (let first = 0; first < files.length; first += block) {
    const names = Object.keys(contestants)
    for (const name of (first / block) % 2 === 0 ? names : names.reverse()) {
      await new Promise((done) => setTimeout(done, Number(values.rest)))
      const part = files.slice(first, first + block)
      await contestants[name].ask({path: part[0]})
      for (const path of part) results[name].push(await contestants[name].ask({path}))
    }
  }
  for (const {stop} of Object.values(contestants)) stop()
  report(results)
}

async function textFeatures() {
  const {readModelFolder, TextEncoder} = await ownModules()
  const encoder = new TextEncoder(await readModelFolder(folder), {device: 'cpu', threads})
  return encoder.encode(LABELS.map((label) => `a photo of a ${label}`))
}

function report(results) {
  const column = (name, key) => results[name].map((result) => result[key])
  const others = Object.keys(results).map((name) => column(name, 'others'))
  const calm = calmRounds(others)
  const faster = (name, key) => ratioOf(column(name, key), column(METHOD, key), calm)
  printTable(
    [`${formatCalm(others)} (photos), ${threads} threads`, 'load ms', 'infer ms', 'JPEG to label ms', 'processor ms'],
    Object.keys(results).map((name) => [
      name,
      ...COLUMNS.map((key) => median(calm.map((photo) => column(name, key)[photo])).toFixed(1)),
    ]),
  )
  printTable(
    [`${METHOD} against`, 'times as fast (95 %)', 'by processor time', 'goal', 'same label', 'mean cosine'],
    Object.keys(results)
      .filter((name) => name !== METHOD)
      .map((name) => {
        const ratio = faster(name, 'totalMs')
        const goal = GOALS[name]
        const isMet = goal === undefined || ratio.median >= goal
        if (!isMet) process.exitCode = 1
        const same = results[name].filter(({label}, photo) => label === results[METHOD][photo].label).length
        const cosines = results[name].map(({embedding}, photo) => cosine(embedding, results[METHOD][photo].embedding))
        return [
          name,
          formatRatio(ratio),
          formatRatio(faster(name, 'cpuMs')),
          goal === undefined ? '' : `≥ ${goal}${isMet ? '' : ' MISSED'}`,
          `${same} of ${results[name].length}`,
          (cosines.reduce((sum, value) => sum + value) / cosines.length).toFixed(4),
        ]
      }),
  )
}
