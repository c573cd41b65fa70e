import {readFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect, test} from 'vitest'
import VocabLengths from '../../../src/commands/vocab/lengths.js'
import {temporaryFolder} from '../../core/weights/files.js'
import {colourVocabulary, MOSAIC_MODEL, mosaic} from '../../core/workflows/mosaic.js'
import {runCommand} from '../base/running.js'

const MODEL = ['--model', MOSAIC_MODEL]

test('two sets and two vocabularies: the document, the table and the files', async () => {
  const folder = temporaryFolder()
  await mosaic(['RRBB', 'RRBB', 'RRBB', 'RRBB'], folder, 'a.png')
  await mosaic(['RRBB', 'RRBB', 'GGGG', 'GGGG'], folder, 'b.png')
  const [red, all] = [await colourVocabulary('R'), await colourVocabulary('RGB')]
  const argv = [folder, `greens=${folder}/b*.png`, '--vocab', red, '--vocab', all, ...MODEL]
  const out = (ending: string) => join(folder, 'results', `lengths.${ending}`)

  const ran = await runCommand(VocabLengths, [...argv, '--json', '--out', out('json')])
  expect([ran.status, ran.stderr]).toEqual([0, ''])
  const document = JSON.parse(ran.stdout)
  const name = folder.split('/').at(-1)
  expect(document.result.sets).toEqual([
    {name, images: 2, failed: []},
    {name: 'greens', images: 1, failed: []},
  ])
  // Class token and: red as one, everything else alone; or one token for each colour.
  expect(document.result.rows).toMatchObject([
    {
      vocab: red,
      words: 1,
      method: 'inter:0.1',
      lengths: [
        {set: name, tokens: {mean: 12, min: 10, max: 14}},
        {set: 'greens', tokens: {mean: 14}},
      ],
    },
    {vocab: all, words: 3, method: 'inter:0.1', lengths: [{tokens: {mean: 3.5}}, {tokens: {mean: 4}}]},
  ])
  expect(readFileSync(out('json'), 'utf8')).toBe(ran.stdout)

  const {stdout, stderr} = await runCommand(VocabLengths, [...argv, '--out', out('md'), '--quiet'])
  expect(stdout).toMatch(/ 3 {2}inter:0\.1 +3\.5 ± 0\.7 +4\.0 ± 0\.0\n/)
  expect(stderr).toBe(`Written to ${out('md')}\n`)
  expect(readFileSync(out('md'), 'utf8')).toContain('| 3 | inter:0.1 | 3.5 ± 0.7 | 4.0 ± 0.0 |')
  await runCommand(VocabLengths, [...argv, '--out', out('csv'), '--quiet'])
  expect(readFileSync(out('csv'), 'utf8')).toContain(`${all},3,inter:0.1,greens,1,17,4,0,4,4\n`)
})

for (const [title, argv, status, code] of [
  ['no set', [], 2, 'argument-missing'],
  ['a single file', ['examples/red-bird-water.png'], 2, 'set-not-folder'],
  ['a folder that is missing', ['birds=nowhere'], 2, 'set-not-folder'],
  ['a folder without images', ['src'], 2, 'folder-without-images'],
  ['two sets of one name', ['examples', './examples/'], 2, 'set-duplicate'],
  ['a method in the encoder', ['examples', '--method', 'tome:2'], 2, 'method-in-encoder'],
  ['a threshold out of range', ['examples', '--method', 'inter:3'], 2, 'method-argument'],
  ['a vocabulary that is missing', ['examples', '--vocab', 'nowhere'], 3, 'vocab-missing'],
] as const) {
  test(`${title} ends with ${status}`, async () => {
    const {stdout, status: ended} = await runCommand(VocabLengths, ['--json', ...argv, ...MODEL])
    expect([ended, JSON.parse(stdout).error.code]).toEqual([status, code])
  })
}
