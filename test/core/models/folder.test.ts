import {cpSync, mkdtempSync, readFileSync, realpathSync, renameSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join, resolve} from 'node:path'
import {expect, onTestFinished, test} from 'vitest'
import {ModelError} from '../../../src/core/base/errors.js'
import {readModelFolder} from '../../../src/core/models/folder.js'

const TINY = resolve('test/fixtures/clip/patch16-f32')

/** A copy of the tiny model that goes away with the test. */
function copy(): string {
  const folder = join(realpathSync(mkdtempSync(join(tmpdir(), 'vwt-folder-'))), 'tiny')
  onTestFinished(() => rmSync(resolve(folder, '..'), {recursive: true, force: true}))
  cpSync(TINY, folder, {recursive: true})
  return folder
}

const changeConfig = (folder: string, change: object) => {
  const file = join(folder, 'config.json')
  writeFileSync(file, JSON.stringify({...(JSON.parse(readFileSync(file, 'utf8')) as object), ...change}))
}

test('a folder gives kind, config, processor, tokenizer and weights', async () => {
  const model = await readModelFolder(TINY)
  expect(model).toMatchObject({
    kind: 'clip',
    name: 'patch16-f32',
    path: TINY,
    tokenizerFile: join(TINY, 'tokenizer.json'),
    processorConfig: {size: {shortest_edge: 64}, image_processor_type: 'CLIPImageProcessor'},
    ownLabels: undefined,
  })
  expect(model.weights.tensors.size).toBe(78)
  expect(model.config.vision).toMatchObject({width: 24, headDim: 8, imageSize: 64, patchSize: 16})
})

test('the model may be called by another name, and bring its own labels', async () => {
  const folder = copy()
  changeConfig(folder, {vwt: {labels: ['cat', 'dog'], prompt: 'a photo of a {}'}})
  const model = await readModelFolder(folder, {name: 'org/tiny'})
  expect(model.name).toBe('org/tiny')
  expect(model.ownLabels).toEqual({labels: ['cat', 'dog'], prompt: 'a photo of a {}'})
})

const changeProcessor = (folder: string, change: object) => {
  const file = join(folder, 'preprocessor_config.json')
  writeFileSync(file, JSON.stringify({...(JSON.parse(readFileSync(file, 'utf8')) as object), ...change}))
}

test('the processor is also found inside processor_config.json, where transformers 5 saves it', async () => {
  const folder = copy()
  const {processorConfig} = await readModelFolder(folder)
  const saved: unknown = JSON.parse(readFileSync(join(folder, 'preprocessor_config.json'), 'utf8'))
  renameSync(join(folder, 'preprocessor_config.json'), join(folder, 'processor_config.json'))
  await expect(readModelFolder(folder)).rejects.toThrow(
    /image_processor in .*processor_config.json should be an object, but is missing/,
  )
  writeFileSync(join(folder, 'processor_config.json'), JSON.stringify({image_processor: saved}))
  const model = await readModelFolder(folder)
  expect(model.processorConfig).toEqual(processorConfig)
  expect(model.processorFile).toBe(join(folder, 'processor_config.json'))
})

test('a processor that names no class is that of CLIP, one that does keeps it', async () => {
  const folder = copy()
  changeProcessor(folder, {image_processor_type: undefined})
  expect((await readModelFolder(folder)).processorConfig.image_processor_type).toBe('CLIPImageProcessor')
  changeProcessor(folder, {feature_extractor_type: 'ViTFeatureExtractor', image_processor_type: undefined})
  expect((await readModelFolder(folder)).processorConfig).not.toHaveProperty('image_processor_type')
})

const broken: Array<[string, (folder: string) => void, string, RegExp]> = [
  [
    'that does not exist',
    (folder) => rmSync(folder, {recursive: true}),
    'model-missing',
    /tiny should be a model folder, but does not exist/,
  ],
  [
    'without config.json',
    (folder) => rmSync(join(folder, 'config.json')),
    'model-file-missing',
    /config.json does not exist/,
  ],
  [
    'without tokenizer and processor',
    (folder) => {
      rmSync(join(folder, 'tokenizer.json'))
      rmSync(join(folder, 'preprocessor_config.json'))
    },
    'model-file-missing',
    /lacks preprocessor_config.json or processor_config.json, tokenizer.json\./,
  ],
  [
    'without weights',
    (folder) => rmSync(join(folder, 'model.safetensors')),
    'weights-missing',
    /should hold model.safetensors or/,
  ],
  [
    'with half a config',
    (folder) => writeFileSync(join(folder, 'config.json'), '{"model_type": "cl'),
    'model-json',
    /config.json should be a JSON file, but/,
  ],
  [
    'with a config that is a list',
    (folder) => writeFileSync(join(folder, 'config.json'), '[]'),
    'model-json',
    /should hold a JSON object/,
  ],
  [
    'of another architecture',
    (folder) => changeConfig(folder, {model_type: 'siglip', architectures: ['SiglipModel']}),
    'model-unsupported',
    /model_type "siglip" \(SiglipModel\), which vwt cannot run; it runs: .*clip/,
  ],
  [
    'of no architecture',
    (folder) => changeConfig(folder, {model_type: undefined}),
    'model-unsupported',
    /has no model_type/,
  ],
  [
    'whose labels are no list',
    (folder) => changeConfig(folder, {vwt: {labels: 'cat'}}),
    'model-config',
    /vwt.labels in .* at least one text, but is "cat"/,
  ],
  [
    'whose prompt has no place',
    (folder) => changeConfig(folder, {vwt: {labels: ['cat'], prompt: 'a photo'}}),
    'model-config',
    /vwt.prompt in .* a text with \{\} in it, but is "a photo"/,
  ],
]
for (const [title, damage, code, message] of broken) {
  test(`a folder ${title} is refused as ${code}`, async () => {
    const folder = copy()
    damage(folder)
    const error: unknown = await readModelFolder(folder).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(ModelError)
    expect(error).toMatchObject({code, message: expect.stringMatching(message)})
    expect((error as Error).message).toContain(folder)
  })
}
