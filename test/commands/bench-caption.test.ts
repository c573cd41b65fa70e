import {chmodSync, mkdirSync, readFileSync, writeFileSync} from 'node:fs'
import {delimiter, join, resolve} from 'node:path'
import {expect, test} from 'vitest'
import Bench from '../../src/commands/bench.js'
import {scoreCaptions, summarizeCaptions} from '../../src/core/metrics/captions/scores.js'
import {runBench} from '../../src/core/workflows/bench/bench.js'
import {temporaryFolder} from '../core/weights/files.js'
import {runCommand} from './base/running.js'

/** Random weights: it says the same word over and over, which word depends on what it sees. */
const BLIP = 'test/fixtures/blip/captioner-f32'
const MODEL = ['--model', BLIP, '--device', 'cpu']
const QUICK = ['--runs', '2', '--seconds', '0', '--warmup', '0', '--no-energy']
const NAMES = ['red-bird-water.png', 'orange-cat-grass.png', 'black-dog-snow.png']
const REFERENCES = [['ships ships on the sea', 'two ships'], ['a cat'], ['ships ships ships', 'the dog', 'dogs']]

const bench = async (argv: readonly string[], env: Readonly<Record<string, string>> = {}) => {
  const {stdout, stderr, status} = await runCommand(Bench, ['--json', ...argv, ...QUICK], env)
  return {document: JSON.parse(stdout), stderr, status}
}

function captioned(): string {
  const file = join(temporaryFolder(), 'set.jsonl')
  const lines = NAMES.map((name, index) =>
    JSON.stringify({path: resolve('examples', name), caption: REFERENCES[index]}),
  )
  writeFileSync(file, lines.join('\n'))
  return file
}

/** What `vwt caption` says of the same images. */
async function written(method: string): Promise<string[]> {
  const {default: Caption} = await import('../../src/commands/caption.js')
  const argv = ['--json', ...NAMES.map((name) => `examples/${name}`), '--method', method, ...MODEL]
  const {result} = JSON.parse((await runCommand(Caption, argv)).stdout)
  return result.images.map(({caption}: {caption: string}) => caption)
}

test('captions are those of vwt caption, scored against their references; the decoder is timed apart', async () => {
  const {document, status} = await bench(['--data', captioned(), '--method', 'intra:0.5', '--batch', '1,2', ...MODEL])
  expect([status, document.status]).toEqual([0, 0])
  const {rows, task, data} = document.result
  expect([task, data.images, data.labels]).toEqual(['caption', 3, null])
  expect(rows).toHaveLength(4)
  for (const row of rows) {
    const scores = summarizeCaptions(scoreCaptions(await written(row.method), REFERENCES))
    const {accuracy, stagesMs} = row
    for (const [metric, score] of Object.entries(scores)) expect(accuracy[metric]).toBeCloseTo(score, 12)
    expect(accuracy).toMatchObject({images: 3, top1: null, worstGroup: null, map: null, spice: null, tasks: {}})
    expect(accuracy.captionCi95.rougeL).toHaveLength(2)
    expect(stagesMs.head).toBeGreaterThan(0)
    expect(stagesMs.decode + stagesMs.preprocess + stagesMs.encode + stagesMs.head).toBeGreaterThan(0)
  }
  const [base, intra] = rows
  expect(base.accuracy.rougeL).toBeGreaterThan(0)
  expect(base.accuracy.captionsAgainstBase).toBeNull()
  const {difference} = intra.accuracy.captionsAgainstBase.rougeL
  expect(difference).toBeCloseTo(intra.accuracy.rougeL - base.accuracy.rougeL, 12)
})

test('scenes-captions is the suite of a captioning model, and says what captions name', async () => {
  const {outcomes} = await runBench({
    model: BLIP,
    device: 'cpu',
    limit: 3,
    runs: 1,
    seconds: 0,
    warmup: 0,
    energy: false,
  })
  const sentences = outcomes.images.map(({references}) => references![0]!)
  const [, colour] = sentences[0]!.split(' ')
  const {document} = await bench([...MODEL, '--limit', '3', '--prompt', `${colour} ships`])
  const {rows, data} = document.result
  expect([data.name, data.images]).toEqual(['scenes-captions', 3])
  const {tasks} = rows[0].accuracy
  expect(Object.keys(tasks)).toEqual(['noun', 'colour', 'noun and colour'])
  // The prompt is part of every caption, so that colour is named wherever it is right.
  const named = sentences.filter((sentence) => sentence.includes(` ${colour} `)).length
  expect(named).toBeGreaterThan(0)
  expect(tasks.colour.top1).toBeCloseTo(named / 3, 12)
})

test('conditions on captions, and those that cannot be known are refused before the work', async () => {
  const data = captioned()
  const gate = (require: string, ...more: string[]) => bench(['--data', data, ...MODEL, '--require', require, ...more])
  const met = await gate('accuracy.ciderDrop<=0 && accuracy.bleu4Drop<=0 && accuracy.rougeL>1')
  expect([met.status, met.document.result.gates[0].passed]).toEqual([0, true])
  expect((await gate('accuracy.cider>=999')).status).toBe(6)
  const refused = await gate('accuracy.drop<=1')
  expect([refused.status, refused.document.error.code]).toEqual([2, 'require-unmeasured'])
  expect(refused.document.error.message).toContain('asks for captions, not for labels')
  expect((await gate('accuracy.spice>1')).document.error.message).toContain('--spice-jar names no tool')
  const labels = await bench(['--suite', 'scenes', '--limit', '2', '--require', 'accuracy.cider>1'])
  expect([labels.status, labels.document.error.code]).toEqual([2, 'require-unmeasured'])
})

test('a model for another task, a frame for labels and a jar that is none are refused', async () => {
  const clip = ['--model', 'test/fixtures/clip/patch16-f32']
  const refusals = [
    [['--task', 'caption', ...clip], 'model-kind'],
    [['--suite', 'scenes-captions', ...clip], 'model-kind'],
    [['--task', 'classify', ...MODEL], 'model-kind'],
    [['--data', captioned(), ...MODEL, '--prompt', 'a photo of a {}'], 'prompt-slot'],
    [['--spice-jar', 'no.jar', ...MODEL], 'spice-jar'],
    [['--spice-jar', 'package.json', '--suite', 'scenes', '--limit', '1'], 'spice-task'],
    [['--spice-jar', 'package.json', 'examples/red-bird-water.png', ...MODEL], 'spice-task'],
  ] as const
  for (const [argv, code] of refusals) {
    const {document, status} = await bench(argv)
    expect([status, document.error.code]).toEqual([2, code])
  }
})

test('images with labels are captioned too, only not scored', async () => {
  const {document, status} = await bench(['--suite', 'scenes', '--limit', '2', ...MODEL])
  expect(status).toBe(0)
  expect(document.result.rows[0]).toMatchObject({accuracy: null, relative: {accuracy: null}, paretoFront: null})
  expect(document.warnings.join()).toContain('Nobody wrote captions of scenes')
})

test.skipIf(process.platform === 'win32')('SPICE by the tool on the path, and captions as COCO files', async () => {
  const folder = temporaryFolder()
  mkdirSync(join(folder, 'bin'))
  const java = join(folder, 'bin', 'java')
  writeFileSync(
    java,
    `#!${process.execPath}
const args = process.argv.slice(2)
const sets = JSON.parse(require('node:fs').readFileSync(args[args.indexOf('-jar') + 2], 'utf8'))
const scores = sets.map(({image_id, refs}) => ({image_id, scores: {All: {f: refs.length / 10}}}))
require('node:fs').writeFileSync(args[args.indexOf('-out') + 1], JSON.stringify(scores))
`,
  )
  chmodSync(java, 0o755)
  const jar = join(folder, 'spice-1.0.jar')
  writeFileSync(jar, '')
  const files = join(folder, 'files')
  const argv = ['--data', captioned(), ...MODEL, '--spice-jar', jar, '--caption-files', files]
  const env = {PATH: `${join(folder, 'bin')}${delimiter}${process.env.PATH}`}
  const {document} = await bench([...argv, '--require', 'accuracy.spice>=20'], env)
  expect(document.result.rows[0].accuracy.spice).toBeCloseTo((0.2 + 0.1 + 0.3) / 3, 12)
  expect(document.result.gates[0].passed).toBe(true)
  const read = (name: string) => JSON.parse(readFileSync(join(files, name), 'utf8'))
  const captions = await written('base')
  expect(read('results-base.json')).toEqual(captions.map((caption, index) => ({image_id: index + 1, caption})))
  expect(read('references.json').annotations).toHaveLength(REFERENCES.flat().length)
  const without = await bench(argv, {PATH: join(folder, 'files')})
  expect(without.document.result.rows[0].accuracy.spice).toBeNull()
  expect(without.document.warnings.join('\n')).toMatch(/SPICE of base is null\. SPICE needs Java/)
})

test('captions in the journal are not written again', async () => {
  const journal = join(temporaryFolder(), 'bench.journal')
  const options = {model: BLIP, device: 'cpu', data: captioned(), journal, runs: 1, seconds: 0, warmup: 0} as const
  const first = await runBench({...options, energy: false})
  const again = await runBench({...options, energy: false, resume: true})
  expect(again.resumed).toMatchObject({images: 3, blocks: 1})
  expect(again.outcomes).toEqual(first.outcomes)
  expect(again.rows[0]!.accuracy).toEqual(first.rows[0]!.accuracy)
  expect(again.outcomes.methods[0]!.captions).toEqual(await written('base'))
})

test('data that has captions and no labels is captioned, by mini-caption', async () => {
  const {document, status} = await bench(['--data', captioned(), '--device', 'cpu'])
  expect(status).toBe(0)
  const {task, model, rows} = document.result
  expect([task, model]).toEqual(['caption', 'mini-caption'])
  expect(rows[0].accuracy.cider).toBeGreaterThanOrEqual(0)
})

test('mini-caption says noun and colour of nearly every scene, also from half its tokens', async () => {
  const options = {task: 'caption', methods: ['intra:0.5'], limit: 20, runs: 1, seconds: 0, warmup: 0} as const
  const {rows, data} = await runBench({...options, device: 'cpu', energy: false})
  expect(data.name).toBe('scenes-captions')
  for (const {accuracy} of rows) {
    expect(accuracy!.tasks['noun and colour']!.top1).toBeGreaterThanOrEqual(0.85)
    expect(accuracy!.bleu4).toBeGreaterThan(0.5)
  }
  expect(rows[1]!.tokens.mean).toBe(99)
})
