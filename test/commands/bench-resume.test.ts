import {existsSync, readdirSync, readFileSync, writeFileSync} from 'node:fs'
import {join, resolve} from 'node:path'
import {expect, test} from 'vitest'
import Bench from '../../src/commands/bench.js'
import {temporaryFolder} from '../core/weights/files.js'
import {vwt} from './base/process.js'
import {runCommand} from './base/running.js'

const METHODS = ['base', 'random:0.5']
const SETTINGS = ['--method', METHODS[1]!, '--runs', '3', '--seconds', '0', '--warmup', '0']
const MODEL = ['--model', 'test/fixtures/clip/patch16-f32', '--device', 'cpu']
const IMAGES = 40

/** The ten examples, four times each, as a table. */
function table(): string {
  const file = join(temporaryFolder(), 'set.csv')
  const names = readdirSync('examples').filter((name) => name.endsWith('.png'))
  const rows = Array.from({length: IMAGES}, (_, place) => names[place % names.length]!)
  writeFileSync(file, ['path,label', ...rows.map((name) => `${resolve('examples', name)},${name}`), ''].join('\n'))
  return file
}

const resultOf = (file: string) => JSON.parse(readFileSync(file, 'utf8')).result

const bench = async (...argv: string[]) => {
  const {stdout, status} = await runCommand(Bench, ['--json', ...argv, ...SETTINGS, ...MODEL])
  return {document: JSON.parse(stdout), status}
}

test('killed twice, a bench with --resume measures every image once and ends as if undisturbed', {
  timeout: 120_000,
}, async () => {
  const [data, folder] = [table(), temporaryFolder()]
  const argv = (out: string) => ['--data', data, '--out', join(folder, out)]
  expect((await bench(...argv('whole.json'))).status).toBe(0)
  const journal = join(folder, 'bench.json.journal')
  const linesOf = () => (existsSync(journal) ? readFileSync(journal, 'utf8').split('\n').slice(0, -1) : [])
  // Killed once the journal has so many lines: in the middle of base, of the other method.
  for (const lines of [IMAGES * 1.5, IMAGES * 2.4]) {
    const {status} = await vwt(['bench', ...argv('bench.json'), '--resume', ...SETTINGS, ...MODEL], {
      onStart: (child) => {
        const timer = setInterval(() => linesOf().length > lines && child.kill('SIGKILL'), 10)
        child.on('close', () => clearInterval(timer))
      },
    })
    expect(status).toBeNull()
    expect(existsSync(join(folder, 'bench.json'))).toBe(false)
  }
  const seen = linesOf()
    .map((line) => JSON.parse(line))
    .flatMap((line) => ('seen' in line ? [`${line.method} ${line.seen}`] : []))
  expect(seen.length).toBeGreaterThan(IMAGES)
  expect(new Set(seen).size).toBe(seen.length)
  expect((await bench(...argv('bench.json'), '--resume')).status).toBe(0)
  const [whole, resumed] = [resultOf(join(folder, 'whole.json')), resultOf(join(folder, 'bench.json'))]
  expect(resumed.resumed).toMatchObject({runs: 2, images: seen.length})
  expect(whole).not.toHaveProperty('resumed')
  expect(resumed.outcomes).toEqual(whole.outcomes)
  expect(resumed.outcomes.images).toHaveLength(IMAGES)
  const accuracies = ({rows}: {rows: {accuracy: unknown}[]}) => rows.map(({accuracy}) => accuracy)
  expect(accuracies(resumed)).toEqual(accuracies(whole))
  expect(resumed.samples).toHaveLength(whole.samples.length)
  expect(readdirSync(folder).sort()).toEqual(['bench.json', 'whole.json'])
})

test('stopped by Ctrl-C before the first block, it names the journal and the way back', async () => {
  const out = join(temporaryFolder(), 'bench.json')
  const {status, stderr} = await vwt(['bench', '--data', table(), '--out', out, ...SETTINGS, ...MODEL], {
    onStart: (child) => child.stderr?.on('data', (text) => text.includes('40 of 40 images') && child.kill('SIGINT')),
  })
  expect(status).toBe(130)
  expect(existsSync(`${out}.journal`)).toBe(true)
  expect(stderr.replaceAll(/\s+/g, ' ')).toMatch(/Interrupted\. What was measured is kept in .*bench\.json\.journal\./)
  const other = await bench('--data', table(), '--out', out, '--resume', '--seed', '3')
  expect([other.status, other.document.error.code]).toEqual([2, 'resume-mismatch'])
  expect(other.document.error.message).toMatch(/seed is 3 here, but 0 there/)
})

test('--resume without a file to go on from is refused', async () => {
  const {document, status} = await bench('examples/red-bird-water.png', '--resume')
  expect([status, document.error.code]).toEqual([2, 'resume-without-journal'])
  expect(document.error.message).toMatch(/neither --out nor --journal/)
})

test('--journal names another place, and is gone when all is done', async () => {
  const journal = join(temporaryFolder(), 'kept')
  const {document, status} = await bench('examples/red-bird-water.png', '--journal', journal, '--resume')
  expect([status, document.result.resumed]).toEqual([0, undefined])
  expect(existsSync(journal)).toBe(false)
})

test('--compare holds results against the first, prints, writes and returns what changed', async () => {
  const folder = temporaryFolder()
  const [before, after, out] = ['before.json', 'after.json', 'out.md'].map((name) => join(folder, name))
  await bench('--data', table(), '--out', before!)
  await bench('--data', table(), '--out', after!, '--seed', '1')
  const argv = ['--compare', before!, after!, '--out', out!]
  const {stdout, status} = await runCommand(Bench, argv)
  expect(status).toBe(0)
  expect(stdout).toMatch(/after\.json against .*before\.json\nmethod/)
  expect(readFileSync(out!, 'utf8')).toMatch(/\| seed \| 0 \| 1 \|/)
  const {document} = await bench(...argv)
  expect([document.schema, document.status]).toEqual(['vwt.bench-compare/1', 0])
  const [comparison] = document.result.comparisons
  expect(comparison.rows.map(({method}: {method: string}) => method)).toEqual(METHODS)
  // Base does not draw: the same images, the same answers.
  expect(comparison.rows[0].accuracy).toMatchObject({
    by: 'paired',
    onlyBefore: 0,
    onlyAfter: 0,
    pValue: 1,
    differs: false,
  })
  expect((await bench('--compare', before!)).document.error.code).toBe('compare-few')
  expect((await bench('--compare', before!, after!, '--out', join(folder, 'out.html'))).document.error.code).toBe(
    'out-ending',
  )
})
