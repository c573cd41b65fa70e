import {existsSync, readdirSync, readFileSync} from 'node:fs'
import {join} from 'node:path'
import {afterAll, expect, test} from 'vitest'
import Bench from '../../src/commands/bench.js'
import {PaperFolder, removeFolders} from '../core/workflows/paper/data.js'
import {runCommand} from './base/running.js'

const MODEL = ['--model', 'test/fixtures/clip/patch16-f32', '--device', 'cpu']
const QUICK = ['--runs', '1', '--seconds', '0', '--warmup', '0', '--no-energy', ...MODEL]

afterAll(removeFolders)

test('--suite vwt-paper prints the tables and the batch figure, writes them, and leaves no journal', async () => {
  const folder = new PaperFolder()
  await folder.openImages(4)
  const out = ['json', 'md', 'html'].map((ending) => join(folder.root, `paper.${ending}`))
  const argv = [
    '--suite',
    'vwt-paper',
    '--data',
    folder.root,
    '--method',
    'intra:0.5',
    ...out.flatMap((file) => ['--out', file]),
  ]
  const {stdout, stderr, status} = await runCommand(Bench, [...argv, ...QUICK])
  expect(status).toBe(0)
  const titles = [
    'Table 1 · ',
    'Table 2 · Open Images v6, rare tags, 4 images',
    'Missing',
    'Batch figure',
    'Encoder, ms of one run',
  ]
  const places = titles.map((title) => stdout.indexOf(title))
  expect(places).toEqual([...places].sort((a, b) => a - b))
  expect(places[0]).toBe(0)
  expect(stdout).toContain('https://nlp.stanford.edu/data/dro/')
  expect(stderr).toContain(`Written to ${out[1]}\n`)
  const {schema, result} = JSON.parse(readFileSync(out[0]!, 'utf8'))
  expect(schema).toBe('vwt.bench/1')
  expect(result.paper.accuracy[0].rows.map(({method}: {method: string}) => method)).toEqual(['base', 'intra:0.5'])
  expect([...new Set(result.rows.map(({batch}: {batch: number}) => batch))]).toEqual([1, 4, 16, 32])
  expect(result).not.toHaveProperty('journals')
  expect(readFileSync(out[1]!, 'utf8')).toMatch(/^\*\*Table 1 · /)
  expect(readFileSync(out[2]!, 'utf8')).toMatch(
    /<h2 id="paper">Tables of the VWT paper<\/h2>.*Table 1 · .*Missing.*<h2 id="batches">/s,
  )
  expect(readdirSync(folder.root).filter((name) => name.includes('journal'))).toEqual([])
})

test('an image of a data set that cannot be read is named, and the run ends with 1', async () => {
  const folder = new PaperFolder()
  await folder.openImages(4)
  const torn = join(folder.root, 'tags/openimages_rare_200/imgs/test/2.jpg')
  folder.text('tags/openimages_rare_200/imgs/test/2.jpg', 'not a picture')
  expect(existsSync(torn)).toBe(true)
  const argv = ['--json', '--suite', 'vwt-paper', '--data', folder.root, '--method', 'base', '--batch', '1']
  const {stdout, status} = await runCommand(Bench, [...argv, ...QUICK])
  const {result} = JSON.parse(stdout)
  expect([status, result.data.failed.map(({path}: {path: string}) => path)]).toEqual([1, [torn]])
  expect(result.paper.accuracy[0].rows[0].runs[0].images).toBe(3)
})

test('one data set with its split, and refusals', async () => {
  const folder = new PaperFolder()
  await folder.waterbirds(12)
  const birds = join(folder.root, 'waterbirds')
  const bench = async (...argv: string[]) => {
    const {stdout, status} = await runCommand(Bench, ['--json', ...argv, ...QUICK])
    const {result, error} = JSON.parse(stdout)
    return {status, result, code: error?.code}
  }
  const {result} = await bench('--data', birds, '--split', 'train:3')
  expect([result.data.name, result.data.images]).toEqual([`${birds} (waterbirds, train:3)`, 4])
  expect(result.data.labels).toEqual(['landbird', 'waterbird'])
  for (const [argv, status, code] of [
    [['--data', birds, '--split', 'tests'], 2, 'split-invalid'],
    [['--data', birds, '--layout', 'celeba'], 2, 'data-incomplete'],
    [['--data', birds, '--suite', 'scenes'], 2, 'data-twice'],
    [['--suite', 'vwt-paper'], 2, 'data-missing'],
    [['--suite', 'vwt-paper', '--data', folder.root, '--labels', 'a,b'], 2, 'suite-decides'],
    [['--suite', 'vwt-paper', '--data', folder.root, '--caption-model', 'nowhere'], 0, undefined],
  ] as const) {
    expect([argv.join(' '), await bench(...argv, '--method', 'base', '--batch', '1')]).toMatchObject([
      argv.join(' '),
      {status, code},
    ])
  }
})
