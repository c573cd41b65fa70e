import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import {tmpdir} from 'node:os'
import {join, resolve} from 'node:path'
import {beforeEach, expect, onTestFinished, test} from 'vitest'
import {ModelError} from '../../../src/core/base/errors.js'
import type {ModelPlaces} from '../../../src/core/models/library.js'
import {listModels, modelInfo} from '../../../src/core/workflows/models.js'

const TINY = resolve('test/fixtures/clip')

let places: ModelPlaces
beforeEach(() => {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'vwt-models-')))
  onTestFinished(() => rmSync(root, {recursive: true, force: true}))
  places = {bundled: join(root, 'bundled'), vwt: join(root, 'vwt'), huggingface: join(root, 'hub'), cwd: root}
})

function put(tiny: string, path: string): string {
  cpSync(join(TINY, tiny), path, {recursive: true})
  return path
}

test('info tells towers, tokens, parameters and files of the tiny 16-pixel model', async () => {
  const info = await modelInfo(join(TINY, 'patch16-f32'), {places})
  // By hand: vision 24 wide, 2 layers, text 20 wide, 2 layers, projections to 18, one scale.
  const layer = (width: number, mlp: number) => 4 * (width * width + width) + 2 * width * mlp + mlp + width + 4 * width
  const vision = 24 * 768 + 24 + 17 * 24 + 2 * layer(24, 56) + 4 * 24
  const text = 55 * 20 + 24 * 20 + 2 * layer(20, 40) + 2 * 20
  const parameters = vision + text + 18 * 24 + 18 * 20 + 1
  expect(info).toMatchObject({
    kind: 'clip',
    source: 'folder',
    path: join(TINY, 'patch16-f32'),
    parameters,
    dtypes: {F32: parameters},
    vision: {width: 24, layers: 2, heads: 3, mlpWidth: 56, imageSizePx: 64, patchSizePx: 16, grid: [4, 4], tokens: 17},
    text: {width: 20, layers: 2, heads: 2, vocabularySize: 55, maxTokens: 24},
    projection: 18,
    labels: null,
    prompt: null,
    preprocessing: {resize: {shortestEdge: 64}, filter: 'bicubic', output: {width: 64, height: 64}},
  })
  expect(info.bytes).toBe(statSync(join(TINY, 'patch16-f32/model.safetensors')).size)
  // Golden files and what q8 makes may lie beside the model's own.
  const own = [
    'config.json',
    'model.safetensors',
    'preprocessor_config.json',
    'tokenizer.json',
    'tokenizer_config.json',
  ]
  const listed = info.files.map(({name}) => name)
  expect(listed.filter((name) => own.includes(name))).toEqual(own)
  expect(listed).toEqual(listed.toSorted())
  for (const {name, bytes} of info.files) expect(bytes).toBe(statSync(join(TINY, 'patch16-f32', name)).size)
})

test('info of a captioning model counts the shared head once and knows no embedding', async () => {
  const info = await modelInfo(resolve('test/fixtures/blip/captioner-f32'), {places})
  // By hand: vision 24 wide, 2 layers, 17 tokens; decoder 32 wide, 3 layers, 59 words at 24 places.
  const square = (width: number, from = width) => width * from + width
  const mlp = (width: number, inner: number) => square(inner, width) + square(width, inner)
  const vision = 24 * 768 + 24 + 17 * 24 + 24 + 2 * (4 * square(24) + mlp(24, 56) + 4 * 24) + 2 * 24
  const decoderLayer = 4 * square(32) + 2 * square(32) + 2 * square(32, 24) + mlp(32, 64) + 6 * 32
  const decoder = (59 + 24 + 2) * 32 + 3 * decoderLayer + square(32) + 2 * 32 + 59
  expect(info).toMatchObject({
    kind: 'blip',
    parameters: vision + decoder,
    vision: {width: 24, layers: 2, tokens: 17},
    text: {width: 32, layers: 3, vocabularySize: 59, maxTokens: 24},
    projection: null,
    labels: null,
    preprocessing: {resize: {width: 64, height: 64}},
  })
})

test('position ids of old models are not parameters, and shards count together', async () => {
  const old = await modelInfo(join(TINY, 'patch32-legacy-bf16'), {places})
  expect(Object.keys(old.dtypes)).toEqual(['BF16'])
  expect((await modelInfo(join(TINY, 'patch16-sharded-f16'), {places})).parameters).toBe(55_169) // by transformers
})

test('everything about a model can be printed as JSON', async () => {
  const info = await modelInfo(join(TINY, 'patch14-f16'), {places})
  expect(JSON.parse(JSON.stringify(info))).toEqual(info)
})

test('own labels are told', async () => {
  const folder = put('patch16-f32', join(places.bundled, 'mini'))
  const config = JSON.parse(readFileSync(join(folder, 'config.json'), 'utf8')) as object
  writeFileSync(join(folder, 'config.json'), JSON.stringify({...config, vwt: {labels: ['cat'], prompt: 'a {}'}}))
  expect(await modelInfo('mini', {places})).toMatchObject({
    name: 'mini',
    source: 'bundled',
    labels: ['cat'],
    prompt: 'a {}',
  })
})

test('the list holds the usable, the damaged with their problem, and not what other programs cached', async () => {
  put('patch16-f32', join(places.bundled, 'mini'))
  const damaged = put('patch14-f16', join(places.vwt, 'org', 'cut'))
  truncateSync(join(damaged, 'model.safetensors'), 100_000)
  const other = join(places.huggingface, 'models--org--gpt', 'snapshots', 'main')
  mkdirSync(other, {recursive: true})
  writeFileSync(join(other, 'config.json'), JSON.stringify({model_type: 'gpt2'}))
  put('patch16-sharded-f16', join(places.huggingface, 'models--org--clip', 'snapshots', 'main'))
  const list = await listModels({places})
  expect(list.models).toMatchObject([
    {name: 'mini', source: 'bundled', kind: 'clip', usable: true, problem: null},
    {name: 'org/cut', source: 'vwt', kind: null, usable: false, bytes: null, parameters: null},
    {name: 'org/clip', source: 'huggingface', kind: 'clip', usable: true, parameters: 55_169},
  ])
  expect(list.models[1]!.problem).toMatch(/model.safetensors is cut short/)
  expect(list.places).toEqual([
    {source: 'bundled', path: places.bundled, exists: true},
    {source: 'vwt', path: places.vwt, exists: true},
    {source: 'huggingface', path: places.huggingface, exists: true},
  ])
})

test("a model in vwt's own folder that vwt cannot run is listed with the reason", async () => {
  mkdirSync(join(places.vwt, 'gpt'), {recursive: true})
  writeFileSync(join(places.vwt, 'gpt', 'config.json'), JSON.stringify({model_type: 'gpt2'}))
  const {models} = await listModels({places})
  expect(models).toMatchObject([
    {name: 'gpt', usable: false, problem: expect.stringMatching(/"gpt2", which vwt cannot run/) as unknown},
  ])
})

test('where nothing is, the list is empty and says where it looked', async () => {
  const list = await listModels({places})
  expect(list.models).toEqual([])
  expect(list.places.map(({exists}) => exists)).toEqual([false, false, false])
  await expect(modelInfo('mini', {places})).rejects.toThrow(ModelError)
})
