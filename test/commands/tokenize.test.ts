import {existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect, test} from 'vitest'
import Tokenize from '../../src/commands/tokenize.js'
import {temporaryFolder} from '../core/weights/files.js'
import {colourVocabulary, MOSAIC_MODEL, mosaic} from '../core/workflows/mosaic.js'
import {vwt} from './base/process.js'
import {runCommand} from './base/running.js'

const MODEL = ['--model', MOSAIC_MODEL, '--device', 'cpu']
const tokenize = async (...argv: string[]) => {
  const {stdout, stderr, status} = await runCommand(Tokenize, ['--json', ...argv, ...MODEL])
  return {document: JSON.parse(stdout), stderr, status}
}

test('red and blue are words, green is none: groups worked by hand', async () => {
  const image = await mosaic(['RBGG', 'RRBB', 'GRRR', 'BBBB'])
  const vocab = await colourVocabulary('RB')
  const {document, stderr, status} = await tokenize(image, '--method', 'inter:0.1', '--vocab', vocab)
  expect([status, stderr]).toEqual([0, ''])
  expect(document).toEqual({
    schema: 'vwt.tokenize/1',
    status: 0,
    result: {
      model: MOSAIC_MODEL,
      method: 'inter:0.1',
      vocab,
      images: [
        {
          path: image,
          grid: [4, 4],
          tokens: {full: 17, used: 6, perLayer: [6, 6]},
          // Red is group 0, blue 1, then each green patch a group of its own.
          patches: [
            [0, 1, 2, 3],
            [0, 0, 1, 1],
            [4, 0, 0, 0],
            [1, 1, 1, 1],
          ].flat(),
        },
      ],
      summary: {count: 1, mean: 6, std: 0, min: 6, max: 6},
    },
    warnings: [],
  })
})

test('images of unequal length in one batch, an unreadable one among them', async () => {
  const folder = temporaryFolder()
  const red = await mosaic(['RRRR', 'RRRR', 'RRRR', 'RRRR'], folder, 'a.png')
  const green = await mosaic(['GGGG', 'GGGG', 'GGGG', 'GGGG'], folder, 'c.png')
  writeFileSync(join(folder, 'b.png'), 'not a picture')
  const vocab = await colourVocabulary('R')
  const {document, status} = await tokenize(folder, '--method', 'inter', '--vocab', vocab, '--batch', '3')
  expect([status, document.status]).toEqual([1, 1])
  const [first, second, third] = document.result.images
  expect(first).toMatchObject({path: red, tokens: {used: 2}, patches: Array(16).fill(0)})
  expect(second).toMatchObject({
    path: join(folder, 'b.png'),
    error: {code: expect.any(String), message: expect.stringMatching(/b\.png/)},
  })
  expect(third).toMatchObject({path: green, tokens: {used: 17}, patches: Array.from({length: 16}, (_, at) => at)})
  expect(document.result.summary).toEqual({count: 2, mean: 9.5, std: Math.sqrt(112.5), min: 2, max: 17})
})

test('without words the vocabulary is null, and dropped patches are -1', async () => {
  const {document} = await tokenize('examples/red-bird-water.png', '--method', 'intra:0.5')
  const [{patches, tokens}] = document.result.images
  expect(document.result.vocab).toBeNull()
  expect(tokens).toEqual({full: 17, used: 9, perLayer: [9, 9]})
  expect(patches.filter((group: number) => group === -1)).toHaveLength(8)
  expect(patches.filter((group: number) => group >= 0)).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
})

test('no readable image at all has no summary', async () => {
  const {document, status} = await tokenize('nowhere.png')
  expect([status, document.result.summary]).toEqual([1, null])
})

test('--out writes the document or the table, and folders that are missing', async () => {
  const image = await mosaic(['RRGG', 'RRGG', 'RRGG', 'RRGG'])
  const folder = join(temporaryFolder(), 'new', 'folder')
  const argv = [image, 'nowhere.png', '--method', 'inter', '--vocab', await colourVocabulary('RG'), ...MODEL]
  const {stdout, stderr, status} = await runCommand(Tokenize, [...argv, '--out', join(folder, 'tokens.CSV')])
  expect(status).toBe(1)
  expect(stdout).toMatch(/4 × 4 {4}17 {5}3 {8}0 {14}2\n/)
  expect(stderr).toContain(`Written to ${join(folder, 'tokens.CSV')}\n`)
  const rows = readFileSync(join(folder, 'tokens.CSV'), 'utf8').split('\n')
  expect(rows[1]).toBe(`${image},4,4,17,3,0,2,3 3,${'0 0 1 1 '.repeat(4).trim()},,`)
  expect(rows[2]).toMatch(/^nowhere\.png,,,,,,,,,image-missing,/)
  const printed = await runCommand(Tokenize, [...argv, '--out', join(folder, 'tokens.json'), '--json'])
  expect(readFileSync(join(folder, 'tokens.json'), 'utf8')).toBe(printed.stdout)
  expect(readdirSync(folder).sort()).toEqual(['tokens.CSV', 'tokens.json'])
})

test('Ctrl-C keeps what is done, writes it and ends with 130', async () => {
  const out = join(temporaryFolder(), 'tokens.json')
  const bird = 'examples/red-bird-water.png'
  const {stdout, status} = await vwt(['tokenize', ...Array<string>(400).fill(bird), ...MODEL, '--out', out], {
    onStart: (child) => child.stderr?.once('data', () => child.kill('SIGINT')),
  })
  expect(status).toBe(130)
  expect(stdout).toMatch(/stopped before the end\n$/)
  const {status: written, result} = JSON.parse(readFileSync(out, 'utf8'))
  expect([written, result.incomplete]).toEqual([130, true])
  expect(result.images.length).toBeLessThan(400)
})

for (const [title, argv, status, code, message] of [
  ['a threshold above 2', ['--method', 'inter:2.5'], 2, 'method-argument', /from 0 to 2, but got "2\.5"/],
  ['a threshold below 0', ['--method', 'inter:-0.1'], 2, 'method-argument', /from 0 to 2/],
  ['a vocabulary that is missing', ['--method', 'inter', '--vocab', 'nowhere'], 3, 'vocab-missing', /nowhere/],
  ['another ending', ['--out', 'tokens.txt'], 2, 'out-ending', /\.json or \.csv, but is tokens\.txt/],
  ['a file in a file', ['--out', 'package.json/tokens.csv'], 2, 'write-failed', /package\.json is a file/],
] as const) {
  test(`${title} ends with ${status}`, async () => {
    const {document, status: ended} = await tokenize('nowhere.png', ...argv)
    expect([ended, document.status, document.error.code]).toEqual([status, status, code])
    expect(document.error.message).toMatch(message)
  })
}

test('a folder as --out is refused before the work', async () => {
  const folder = join(temporaryFolder(), 'results.json')
  mkdirSync(folder)
  const {document} = await tokenize('nowhere.png', '--out', folder)
  expect(document.error).toMatchObject({code: 'write-failed', message: expect.stringMatching(/is a folder/)})
  expect(existsSync(folder)).toBe(true)
})

for (const [title, changes, pattern] of [
  ['patch size', {patchSize: 32}, /patches of 32 pixels, but .* has 16 pixels/],
  ['normalisation', {imageMean: [0.5, 0.5, 0.5]}, /image mean \[0\.5, 0\.5, 0\.5\], but .* has \[0\.48\d+, /],
] as const) {
  test(`a vocabulary of another ${title} is refused with both values`, async () => {
    const vocab = await colourVocabulary('RB', changes)
    const {document, status} = await tokenize('nowhere.png', '--method', 'inter', '--vocab', vocab)
    expect([status, document.error.code]).toEqual([3, 'vocab-unfit'])
    expect(document.error.message).toMatch(pattern)
  })
}
