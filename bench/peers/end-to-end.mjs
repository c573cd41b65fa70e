// JPEG to image embedding, vwt against @huggingface/transformers: same weights, same photos, same threads, float32.
//
//   npm run build
//   npm ci --ignore-scripts --prefix bench/peers
//   python bench/peers/export_onnx.py FOLDER OUT
//   node bench/peers/end-to-end.mjs FOLDER OUT PHOTOS [--photos 40] [--block 5] [--rest 1500] [--threads N] [--peer-spin off]
//
// Each contestant lives in a process of its own and takes turns of --block photos; before its turn everything rests for
// --rest ms, because the peer's threads spin for a while after a run (its default, which --peer-spin off changes). The
// first photo of a turn is done once more than timed. Ends with status 1 below 1.25 times the peer's speed.
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

const GOAL = 1.25
const COLUMNS = ['loadMs', 'inferMs', 'totalMs', 'cpuMs']
const CONTESTANTS = {vwt: openVwt, transformers: openTransformers}

const {values, positionals} = parseArgs({
  allowPositionals: true,
  options: {
    photos: {type: 'string', default: '40'},
    block: {type: 'string', default: '5'},
    rest: {type: 'string', default: '1500'},
    threads: {type: 'string', default: String(allowedThreads())},
    'peer-spin': {type: 'string', default: 'on'},
    contestant: {type: 'string'},
  },
})
if (positionals.length !== 3) usage('node bench/peers/end-to-end.mjs FOLDER OUT PHOTOS (see the head of this file)')
const [folder, exported, photos] = positionals.map((path) => resolve(path))
const threads = Number(values.threads)
if (values.contestant) await serve(await CONTESTANTS[values.contestant]())
else await compare()

/** Each contestant: a file becomes pixels, pixels become an embedding. */
async function openVwt() {
  const [{readModelFolder}, {parseMethodSpec}, {chooseProcessor, batchPixels, PixelLoader}, {VisionRunner}] =
    await Promise.all(
      ['models/folder.js', 'methods/spec.js', 'workflows/images.js', 'workflows/vision.js'].map(
        (file) => import(new URL(`../../dist/core/${file}`, import.meta.url)),
      ),
    )
  const model = await readModelFolder(folder)
  const loader = await PixelLoader.open(chooseProcessor(model, 'model'), {threads})
  const vision = await VisionRunner.open(model, {spec: parseMethodSpec('base'), device: 'cpu', threads})
  return {
    load: async (path) => batchPixels([(await loader.load({path})).pixels], model.config.vision.imageSize),
    infer: async (pixels) => (await vision.run(pixels, [0]))[0].embedding,
  }
}

async function openTransformers() {
  const {AutoProcessor, CLIPVisionModelWithProjection, env, RawImage, Tensor} = await import(
    '@huggingface/transformers'
  )
  env.allowRemoteModels = false
  env.localModelPath = dirname(exported)
  const name = basename(exported)
  const processor = await AutoProcessor.from_pretrained(name)
  const spin = values['peer-spin'] === 'off' ? {extra: {session: {intra_op: {allow_spinning: '0'}}}} : {}
  const model = await CLIPVisionModelWithProjection.from_pretrained(name, {
    device: 'cpu',
    dtype: 'fp32',
    session_options: {intraOpNumThreads: threads, ...spin},
  })
  return {
    load: async (path) => (await processor(await RawImage.read(path))).pixel_values,
    infer: async ({data, dims}) => (await model({pixel_values: new Tensor('float32', data, dims)})).image_embeds.data,
  }
}

/** Answers `{path}` with an embedding and times, and `{pixels}` with an embedding of exactly these. */
function serve({load, infer}) {
  process.on('message', async ({path, pixels}) => {
    const watch = watchOthers()
    const cpuStart = process.cpuUsage()
    const start = performance.now()
    const input = pixels ?? (await load(path))
    const loaded = performance.now()
    const embedding = await infer(input)
    const done = performance.now()
    const cpu = process.cpuUsage(cpuStart)
    const sent = {data: Float32Array.from(input.data), dims: [...input.dims]}
    process.send({
      embedding: Float32Array.from(embedding),
      loadMs: loaded - start,
      inferMs: done - loaded,
      totalMs: done - start,
      cpuMs: (cpu.user + cpu.system) / 1000,
      others: watch(),
      pixels: path === undefined ? undefined : sent,
    })
  })
  process.send('open')
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
  const contestants = Object.fromEntries(
    await Promise.all(
      Object.keys(CONTESTANTS).map(async (name) => [name, await startContestant(import.meta.url, name)]),
    ),
  )
  const results = {vwt: [], transformers: []}
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
  const samePixels = []
  for (const {pixels, embedding} of results.vwt.slice(0, 5)) {
    samePixels.push(cosine(embedding, (await contestants.transformers.ask({pixels})).embedding))
  }
  for (const {stop} of Object.values(contestants)) stop()
  report(results, samePixels)
}

function report(results, samePixels) {
  const column = (name, key) => results[name].map((result) => result[key])
  const others = Object.keys(results).map((name) => column(name, 'others'))
  const calm = calmRounds(others)
  const rows = Object.keys(results).map((name) => [
    name,
    ...COLUMNS.map((key) => median(calm.map((photo) => column(name, key)[photo])).toFixed(1)),
  ])
  const faster = (key) => ratioOf(column('transformers', key), column('vwt', key), calm)
  rows.push(['times as fast', ...COLUMNS.map((key) => formatRatio(faster(key)))])
  printTable(
    [
      `${formatCalm(others)} (photos), ${threads} threads`,
      'load ms',
      'infer ms',
      `JPEG to embedding ms, goal ≥ ${GOAL}`,
      'processor ms, all threads',
    ],
    rows,
  )
  const ownPixels = results.vwt.map(({embedding}, index) => cosine(embedding, results.transformers[index].embedding))
  printTable(
    ['cosine of the embeddings', 'mean', 'lowest'],
    [
      ['each with its own pixels', mean(ownPixels).toFixed(5), Math.min(...ownPixels).toFixed(5)],
      ['the peer on pixels of vwt', mean(samePixels).toFixed(7), Math.min(...samePixels).toFixed(7)],
    ],
  )
  if (faster('totalMs').median < GOAL || Math.min(...samePixels) < 0.99999) process.exitCode = 1
}

function mean(list) {
  return list.reduce((sum, value) => sum + value, 0) / list.length
}
