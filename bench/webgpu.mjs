// Every method on the WebGPU device against the processor: embeddings, token counts, the token of every patch; and what
// a user is told where the device cannot be had.
//
//   npm run build
//   node bench/webgpu.mjs PHOTOS [--model mini] [--full FOLDER] [--photos 2] [--method SPEC]... [--device webgpu]
//
// Runs where an adapter opens: a GPU, or SwiftShader, a Vulkan driver in software (`.ci/run` shows how to get it). All
// photos are one batch, so that methods whose images differ in length have padding to mask. --full takes a full-size
// CLIP folder cut down to its first two layers: one whole layer, and the last, which a tower computes for the class
// token alone. Ends with status 1 when a value differs by more than 1e-3, a patch is in another token, or a refusal is
// not the one promised.
import {spawnSync} from 'node:child_process'
import {readdir} from 'node:fs/promises'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {parseArgs} from 'node:util'
import {parseMethodSpec} from '../dist/core/methods/spec.js'
import {readModelFolder} from '../dist/core/models/folder.js'
import {findModel} from '../dist/core/models/library.js'
import {batchPixels, chooseProcessor, PixelLoader} from '../dist/core/workflows/images.js'
import {VisionRunner} from '../dist/core/workflows/vision.js'
import {printMachine} from './machine.mjs'
import {printTable, usage} from './measure.mjs'

const METHODS = [
  'base',
  'intra:0.5',
  'random:0.5',
  'inter:0.1',
  'tome:13',
  'tome:[13,0,13]',
  'tome-vwt:13',
  'intra:0.3+inter:0.1+tome:4',
]
const LIMIT = 1e-3

const {values, positionals} = parseArgs({
  allowPositionals: true,
  options: {
    model: {type: 'string', default: 'mini'},
    full: {type: 'string'},
    photos: {type: 'string', default: '2'},
    method: {type: 'string', multiple: true, default: METHODS},
    device: {type: 'string', default: 'webgpu'},
  },
})
if (positionals.length !== 1) usage('node bench/webgpu.mjs PHOTOS (see the head of this file)')

printMachine(['onnxruntime-node'])
const rows = []
await compareAll(await readModelFolder((await findModel(values.model)).path), values.model)
if (values.full) {
  const whole = await readModelFolder(values.full)
  const vision = {...whole.config.vision, layers: 2}
  await compareAll({...whole, config: {...whole.config, vision}}, `${vision.width} wide, 2 layers`)
}
printTable(
  [
    'model',
    'method',
    'tokens of each image in the last layer',
    'largest difference, goal ≤ 0.001',
    'patches in another token',
    'largest value',
  ],
  rows,
)
printRefusals()

async function compareAll(folder, name) {
  const {imageSize} = folder.config.vision
  const loader = await PixelLoader.open(chooseProcessor(folder, 'model'))
  const names = (await readdir(positionals[0])).sort().slice(0, Number(values.photos))
  const pixels = []
  for (const file of names) pixels.push((await loader.load({path: join(positionals[0], file)})).pixels)
  await loader.release()
  const batch = batchPixels(pixels, imageSize)
  for (const spec of values.method) {
    const [there, here] = [await see(folder, spec, batch, values.device), await see(folder, spec, batch, 'cpu')]
    const differences = here.map(({embedding}, image) => largest(embedding, there[image].embedding))
    const moved = here.map(({trace}, image) =>
      trace.layers.flat().reduce((sum, token, at) => sum + (token === there[image].trace.layers.flat()[at] ? 0 : 1), 0),
    )
    const [worst, wrong] = [Math.max(...differences), moved.reduce((sum, count) => sum + count)]
    const isGood = worst <= LIMIT && wrong === 0
    if (!isGood) process.exitCode = 1
    rows.push([
      name,
      `\`${spec}\``,
      there.map(({layerTokens}) => layerTokens.at(-1)).join(', '),
      `${worst.toExponential(1)}${isGood ? '' : ' MISSED'}`,
      wrong,
      Math.max(...here.map(({embedding}) => largest(embedding, new Float32Array(embedding.length)))).toFixed(1),
    ])
    process.stderr.write(`${name} ${spec}: ${worst}\n`)
  }
}

async function see(folder, spec, batch, device) {
  const vision = await VisionRunner.open(folder, {spec: parseMethodSpec(spec), trace: true, device})
  const seen = await vision.run(
    batch,
    Array.from({length: batch.dims[0]}, (_, image) => image),
  )
  await vision.release()
  return seen
}

function largest(a, b) {
  return a.reduce((most, value, index) => Math.max(most, Math.abs(value - b[index])), 0)
}

/** What the command line answers where the device cannot be had: status, code, the start of the message. */
function printRefusals() {
  const nowhere = {VK_ICD_FILENAMES: '/nonexistent.json', VK_DRIVER_FILES: '/nonexistent.json'}
  const cases = [
    ['no adapter', ['--device', values.device], nowhere, 5, 'device-unusable'],
    [
      'a device of another system',
      ['--device', process.platform === 'win32' ? 'coreml' : 'dml'],
      {},
      5,
      'device-unusable',
    ],
    ['int8 on a GPU', ['--device', values.device, '--method', 'q8'], {}, 2, 'method-device'],
  ]
  const picture = fileURLToPath(new URL('../examples/red-bird-water.png', import.meta.url))
  const vwt = fileURLToPath(new URL('../bin/vwt.js', import.meta.url))
  printTable(
    ['asked for', 'exit status', 'code', 'message'],
    cases.map(([what, flags, env, status, code]) => {
      const run = spawnSync(process.execPath, [vwt, 'classify', picture, '--json', ...flags], {
        env: {...process.env, ...env},
        encoding: 'utf8',
      })
      const {error} = JSON.parse(run.stdout)
      const isGood = run.status === status && error?.code === code
      if (!isGood) process.exitCode = 1
      return [what, `${run.status}${isGood ? '' : ' MISSED'}`, error?.code, error?.message.split('\n')[0].slice(0, 140)]
    }),
  )
}
