/**
 * What users get wrong, through the whole command: one clear message with a cure, the right exit status, the same with
 * and without --json, and no stack. Every case runs `vwt classify` twice in this process.
 */
import {cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join, resolve} from 'node:path'
import {crc32, deflateSync} from 'node:zlib'
import {afterAll, describe, expect, test} from 'vitest'
import Classify from '../src/commands/classify.js'
import {runCommand} from './commands/base/running.js'
import {safetensorsBytes} from './core/weights/files.js'

const TINY = resolve('test/fixtures/clip/patch16-f32')
const BIRD = 'examples/red-bird-water.png'
const PHOTO = readFileSync('test/fixtures/images/rgb.jpg')
const SCRATCH = mkdtempSync(join(tmpdir(), 'vwt-bad-input-'))
afterAll(() => rmSync(SCRATCH, {recursive: true, force: true}))

let fileCount = 0
function file(name: string, content: string | Uint8Array): string {
  const folder = join(SCRATCH, String(++fileCount))
  mkdirSync(folder)
  writeFileSync(join(folder, name), content)
  return join(folder, name)
}

/** A greyscale PNG of this size; `rows` are its scan lines, each behind a zero, deflated. */
function png(width: number, height: number, rows = deflateSync(Buffer.alloc((width + 1) * height))): Buffer {
  const chunk = (type: string, data: Uint8Array) => {
    const body = Buffer.concat([Buffer.from(type), data])
    const frame = Buffer.alloc(8)
    frame.writeUInt32BE(data.length)
    frame.writeUInt32BE(crc32(body), 4)
    return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)])
  }
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width)
  header.writeUInt32BE(height, 4)
  header[8] = 8
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
  return Buffer.concat([signature, chunk('IHDR', header), chunk('IDAT', rows), chunk('IEND', Buffer.alloc(0))])
}

/** A copy of the tiny model with one thing wrong. */
function model(spoil: (folder: string) => void): string {
  const folder = join(SCRATCH, String(++fileCount))
  cpSync(TINY, folder, {recursive: true})
  spoil(folder)
  return folder
}

const without = (name: string) => model((folder) => rmSync(join(folder, name)))
const withText = (name: string, text: string) => model((folder) => writeFileSync(join(folder, name), text))

function withJson(name: string, edit: (config: Json) => void): string {
  return model((folder) => {
    const config = JSON.parse(readFileSync(join(folder, name), 'utf8'))
    edit(config)
    writeFileSync(join(folder, name), JSON.stringify(config))
  })
}

type Json = Record<string, unknown> & {vision_config: Record<string, unknown>}
type Entry = {dtype: string; shape: number[]; data_offsets: [number, number]}
type Header = Record<string, Entry>

/** The tiny model with another header or other bytes in model.safetensors. */
function withWeights(edit: (header: Header, data: Buffer) => void, headerLength?: bigint): string {
  return model((folder) => {
    const path = join(folder, 'model.safetensors')
    const bytes = readFileSync(path)
    const end = 8 + Number(bytes.readBigUInt64LE())
    const header = JSON.parse(bytes.toString('utf8', 8, end))
    const data = bytes.subarray(end)
    edit(header, data)
    writeFileSync(path, safetensorsBytes(JSON.stringify(header), data, headerLength))
  })
}

const NORM = 'vision_model.post_layernorm.weight'
const MLP = 'vision_model.encoder.layers.1.mlp.fc1.weight'
const writeFloat = (name: string, value: number) => (header: Header, data: Buffer) =>
  void data.writeFloatLE(value, header[name]!.data_offsets[0])

type Case = {
  readonly argv?: readonly string[]
  readonly model?: string
  readonly labels?: readonly string[] | null
  readonly status: number
  readonly code: string
  readonly says: RegExp
  /** The range or the list of choices in the message may be the cure. */
  readonly tries?: RegExp
}

async function classify(argv: readonly string[]) {
  const text = await runCommand(Classify, argv)
  const {stdout, status} = await runCommand(Classify, [...argv, '--json'])
  const document = JSON.parse(stdout)
  const failed = document.result?.images.find((image: {error?: object}) => image.error)
  return {text, status, document, error: document.error ?? failed?.error}
}

function argvOf({argv = [BIRD], model: folder = TINY, labels = ['--labels', 'cat,dog,bird']}: Partial<Case>): string[] {
  return [...argv, '--model', folder, ...(labels ?? []), '--device', 'cpu', '--quiet']
}

function holds(cases: Readonly<Record<string, () => Case>>): void {
  for (const [title, make] of Object.entries(cases)) {
    test(title, async () => {
      const wrong = make()
      const {text, status, document, error} = await classify(argvOf(wrong))
      expect([error?.code, status, text.status, document.status]).toEqual([wrong.code, ...Array(3).fill(wrong.status)])
      expect(error.message).toMatch(wrong.says)
      if (wrong.tries) expect(error.suggestions.join('\n')).toMatch(wrong.tries)
      expect(text.stderr).toMatch(wrong.status === 1 ? /^failed: / : /^error: /)
      for (const cure of error.suggestions) expect(unwrapped(text.stderr)).toContain(`try: ${unwrapped(cure)}`)
      expect(error.stack).toBeUndefined()
      expect(text.stderr).not.toMatch(/^\s+at .*:\d+/m)
    })
  }
}

const unwrapped = (text: string) => text.replaceAll(/\s+/g, ' ')

describe('images', () => {
  const sized = (name: string, bytes: Uint8Array, code: string, says: RegExp, tries: RegExp) => () => {
    return {argv: [file(name, bytes)], status: 1, code, says, tries}
  }
  holds({
    'a file that is not there': () => ({
      argv: ['nowhere.jpg'],
      status: 1,
      code: 'image-missing',
      says: /^There is no image file nowhere\.jpg\.$/,
      tries: /spelling/,
    }),
    'an empty argument': () => ({
      argv: [''],
      status: 2,
      code: 'image-none',
      says: /argument 1 is empty/,
      tries: /variable/,
    }),
    'a folder without images': () => ({
      argv: [join(file('readme.txt', 'text'), '..')],
      status: 2,
      code: 'folder-without-images',
      says: /^The folder .* should hold at least one image \(jpg, .*\), but holds none\.$/,
      tries: /another folder/,
    }),
    'an empty file': sized('empty.jpg', Buffer.alloc(0), 'image-empty', /empty\.jpg is empty: 0 bytes/, /again/),
    'a truncated JPEG': sized(
      'torn.jpg',
      PHOTO.subarray(0, PHOTO.length / 2),
      'image-damaged',
      /torn\.jpg is damaged or cut short: it begins as JPEG, but .*premature end/,
      /again/,
    ),
    'a JPEG of thirty bytes': sized(
      'stub.jpg',
      PHOTO.subarray(0, 30),
      'image-damaged',
      /stub\.jpg is damaged/,
      /again/,
    ),
    'a text file called .jpg': sized(
      'text.jpg',
      Buffer.from('Dear Sir,\n'),
      'image-not-recognized',
      /text\.jpg should be a JPEG, PNG, .* image, but is text beginning with "Dear Sir,/,
      /Convert/,
    ),
    'a bomb of 30,000 × 30,000 pixels': sized(
      'bomb.png',
      png(30_000, 30_000, deflateSync(Buffer.alloc(1_000_000))),
      'image-too-large',
      /bomb\.png is 30000×30000 = 900,000,000 pixels, and the limit is 178,956,970\./,
      /--max-pixels 900000000/,
    ),
    'a picture 20,000 times as wide as high': sized(
      'wide.png',
      png(20_000, 1),
      'image-too-narrow',
      /wide\.png is 20000×1, too narrow .* resized to 1280000×64, and the limit is/,
      /Cut out/,
    ),
    'a picture 20,000 times as high as wide': sized(
      'tall.png',
      png(1, 20_000),
      'image-too-narrow',
      /tall\.png is 1×20000/,
      /Cut out/,
    ),
    'a PNG without pixels': sized('zero.png', png(0, 10), 'image-damaged', /zero\.png is damaged/, /again/),
  })

  test('the limit on pixels can be raised and lowered', async () => {
    const picture = file('grey.png', png(100, 100))
    const refused = await classify([...argvOf({argv: [picture]}), '--max-pixels', '9999'])
    expect(refused.error).toMatchObject({code: 'image-too-large', message: expect.stringMatching(/limit is 9,999/)})
    expect((await classify([...argvOf({argv: [picture]}), '--max-pixels', '10000'])).status).toBe(0)
  })

  for (const [width, height] of [
    [1, 1],
    [1, 2],
    [300, 1],
    [2, 500],
  ] as const) {
    test(`a picture of ${width} × ${height} pixels is classified`, async () => {
      const {status, document} = await classify(argvOf({argv: [file('small.png', png(width, height))]}))
      expect(status).toBe(0)
      const scores = document.result.images[0].labels.map(({score}: {score: number}) => score)
      expect(scores.reduce((sum: number, score: number) => sum + score, 0)).toBeCloseTo(1, 6)
    })
  }
})

describe('labels and words', () => {
  holds({
    'an empty label': () => ({
      labels: ['--labels', 'cat,,dog'],
      status: 2,
      code: 'label-empty',
      says: /label 2 of 3 is empty/,
      tries: /comma/,
    }),
    'no label at all': () => ({
      labels: ['--labels', ''],
      status: 2,
      code: 'label-empty',
      says: /label 1 of 1 is empty/,
    }),
    'a label twice': () => ({
      labels: ['--labels', 'cat,dog, cat '],
      status: 2,
      code: 'label-duplicate',
      says: /"cat" is named twice/,
      tries: /once/,
    }),
    'a model without labels of its own': () => ({
      labels: null,
      status: 2,
      code: 'labels-none',
      says: /brings no labels of its own/,
      tries: /--labels "cat,dog,bird"/,
    }),
    'a prompt without a place for the label': () => ({
      labels: ['--labels', 'cat,dog', '--prompt', 'a photo'],
      status: 2,
      code: 'prompt-slot',
      says: /should contain \{\} .* but is "a photo"/,
      tries: /--prompt "a photo \{\}"/,
    }),
  })

  test('a label of 80 words is cut, and the user is told', async () => {
    const long = Array(80).fill('bird').join(' ')
    const {status, document} = await classify(argvOf({labels: ['--labels', `${long},dog`]}))
    expect(status).toBe(0)
    expect(document.warnings.join('\n')).toMatch(/"a photo of a bird bird .*…" is 8\d tokens long, but .* reads 24/)
    expect(document.result.images[0].labels.map(({label}: {label: string}) => label)).toContain(long)
  })

  test('mini says which words it does not know, and classifies all the same', async () => {
    const {status, document} = await classify(argvOf({model: 'mini', labels: ['--labels', 'zeppelin,dog']}))
    expect(status).toBe(0)
    expect(document.warnings.join('\n')).toMatch(/mini does not know "zeppelin" in .*: the score of that label means/)
    expect(document.warnings.join('\n')).not.toMatch(/"dog"/)
  })
})

describe('methods and flags', () => {
  const refused = (flags: readonly string[], code: string, says: RegExp, tries?: RegExp) => () => {
    return {argv: [BIRD, ...flags], status: 2, code, says, ...(tries ? {tries} : {})}
  }
  holds({
    'an unknown method': refused(
      ['--method', 'magic'],
      'method-spec',
      /no method "magic"; there are base, intra/,
      /base/,
    ),
    'a mistyped method': refused(['--method', 'itra:0.3'], 'method-spec', /no method "itra"/, /--method intra:0\.3/),
    'a fraction above 1': refused(
      ['--method', 'intra:1.5'],
      'method-argument',
      /from 0 up to .* 1, but got "1\.5"/,
      /intra/,
    ),
    'a fraction below 0': refused(['--method', 'random:-1'], 'method-argument', /but got "-1"/, /random:0\.5/),
    'a fraction in words': refused(['--method', 'intra:half'], 'method-argument', /but got "half"/, /intra:0\.5/),
    'an empty method': refused(['--method', ''], 'method-spec', /no method ""/),
    'a batch of none': refused(['--batch', '0'], 'out-of-range', /--batch should be .* from 1 to 1024, but is 0/),
    'half a thread': refused(['--threads', '0.5'], 'flag-value', /--threads should be a whole number .* is 0\.5/),
    'a flag that does not exist': refused(['--metod', 'intra'], 'flag-unknown', /no flag --metod/, /--method/),
    'pixels of the paper for a model of another size': refused(
      ['--preprocess', 'paper'],
      'preprocess-size',
      /gives 224 × 224 pixels, but .* takes 64 × 64/,
      /--preprocess model/,
    ),
  })
})

describe('model folders', () => {
  const damaged = (folder: () => string, code: string, says: RegExp, tries: RegExp) => () => {
    return {model: folder(), status: 3, code, says, tries}
  }
  const weights = 'model.safetensors'
  holds({
    'a model that is not there': damaged(
      () => 'no/such/model',
      'model-missing',
      /no model "no\/such\/model"/,
      /shipped/,
    ),
    'no config.json': damaged(
      () => without('config.json'),
      'model-file-missing',
      /should hold config\.json, but .* does not exist/,
      /config\.json/,
    ),
    'no preprocessor_config.json': damaged(
      () => without('preprocessor_config.json'),
      'model-file-missing',
      /lacks preprocessor_config\.json/,
      /page/,
    ),
    'no tokenizer.json': damaged(
      () => without('tokenizer.json'),
      'model-file-missing',
      /lacks tokenizer\.json/,
      /save_pretrained/,
    ),
    'no weights': damaged(
      () => without(weights),
      'weights-missing',
      /should hold model\.safetensors or model\.safetensors\.index\.json, but holds neither/,
      /model/,
    ),
    'a config cut short': damaged(
      () => withText('config.json', '{"model_type": "clip",'),
      'model-json',
      /config\.json should be a JSON file, but is not/,
      /again/,
    ),
    'an architecture that vwt does not run': damaged(
      () => withJson('config.json', (config) => Object.assign(config, {model_type: 'siglip'})),
      'model-unsupported',
      /config\.json has model_type "siglip".* cannot run; it runs: .*clip/,
      /openai\/clip/,
    ),
    'an activation that vwt does not compute': damaged(
      () => withJson('config.json', ({vision_config}) => Object.assign(vision_config, {hidden_act: 'swish'})),
      'model-config',
      /vision_config\.hidden_act in .* should be one of quick_gelu, gelu, but is "swish"/,
      /Compare/,
    ),
    'a tokenizer of another kind': damaged(
      () => withText('tokenizer.json', '{"model": {"type": "Magic"}}'),
      'model-tokenizer',
      /tokenizer\.json should have a model of type BPE, .* but has "Magic"/,
      /transformers/,
    ),
    "another model's tokenizer": damaged(
      () =>
        model((folder) =>
          cpSync(resolve('test/fixtures/clip/patch16-sharded-f16/tokenizer.json'), join(folder, 'tokenizer.json')),
        ),
      'model-tokenizer',
      /tokenizer\.json should give ids below 55, the vocab_size of the config, but gives \d+/,
      /same model/,
    ),
    'a processor that gives pixels of another size': damaged(
      () => withJson('preprocessor_config.json', (config) => Object.assign(config, {crop_size: {height: 9, width: 9}})),
      'processor-size',
      /gives 9 × 9 pixels, but .* wants 64 × 64/,
      /same model/,
    ),
    'weights cut short': damaged(
      () => model((folder) => truncateSync(join(folder, weights), 20_000)),
      'weights-cut-short',
      /is cut short: it should have \d+ bytes, but has 20000/,
      /again/,
    ),
    'empty weights': damaged(
      () => model((folder) => truncateSync(join(folder, weights), 0)),
      'weights-cut-short',
      /8 bytes of header length, but is 0 bytes long/,
      /again/,
    ),
    'a header that claims 2 GB': damaged(
      () => withWeights(() => {}, 2n * 1024n ** 3n),
      'weights-header',
      /at most 100000000 bytes, but claims 2147483648/,
      /again/,
    ),
    'a web page instead of weights': damaged(
      () => withText(weights, '<html>404</html>'.repeat(99)),
      'weights-header',
      /is it a safetensors file/,
      /again/,
    ),
    'tensors that overlap': damaged(
      () =>
        withWeights((header) =>
          Object.assign(header[MLP]!, {data_offsets: header[MLP]!.data_offsets.map((x) => x - 4)}),
        ),
      'weights-spans',
      /should hold its tensors end to end, but .* overlaps .* by 4 bytes/,
      /again/,
    ),
    'a tensor outside the file': damaged(
      () =>
        withWeights((header) =>
          Object.assign(header[NORM]!, {data_offsets: header[NORM]!.data_offsets.map((x) => x + 1e9)}),
        ),
      'weights-cut-short',
      /should have 1000\d{6} bytes, but has/,
      /again/,
    ),
    'a tensor of another shape': damaged(
      () => withWeights((header) => header[MLP]!.shape.reverse()),
      'tensor-shape',
      /layers\.1\.mlp\.fc1\.weight in .* should be \[outputs=56, inputs=24\], but is \[24, 56\]/,
      /same model/,
    ),
    'a tensor of integers': damaged(
      () => withWeights((header) => Object.assign(header[MLP]!, {dtype: 'I32'})),
      'tensor-dtype',
      /should be F32, F16, BF16, but is I32/,
      /float32/,
    ),
    'a tensor under another name': damaged(
      () =>
        withWeights((header) => {
          header.other = header[NORM]!
          delete header[NORM]
        }),
      'tensor-missing',
      /should hold a tensor vision_model\.post_layernorm\.weight, but do not/,
      /same model/,
    ),
    'NaN in the vision tower': damaged(
      () => withWeights(writeFloat(MLP, Number.NaN)),
      'weights-not-finite',
      /should hold finite weights, but vision_model.*fc1\.weight\[0, 0\] is NaN/,
      /again/,
    ),
    'NaN in the text tower': damaged(
      () => withWeights(writeFloat(MLP.replace('vision', 'text'), Number.NaN)),
      'weights-not-finite',
      /text_model.*fc1\.weight\[0, 0\] is NaN/,
      /again/,
    ),
    'an infinite weight': damaged(
      () => withWeights(writeFloat(MLP, Number.POSITIVE_INFINITY)),
      'weights-not-finite',
      /is Infinity/,
      /again/,
    ),
    'a temperature that is no number': damaged(
      () => withWeights(writeFloat('logit_scale', Number.NaN)),
      'weights-not-finite',
      /logit_scale in .* should be a finite number below 700, but is NaN/,
      /again/,
    ),
  })
})
