import {mkdtempSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {expect, test} from 'vitest'
import VocabImport from '../../../src/commands/vocab/import.js'
import VocabInfo from '../../../src/commands/vocab/info.js'
import VocabList from '../../../src/commands/vocab/list.js'
import {runCommand} from '../base/running.js'

VocabImport.id = 'vocab:import' // As oclif names them, after their files.
VocabInfo.id = 'vocab:info'
VocabList.id = 'vocab:list'
const words = 'test/fixtures/torch/float32.pt'
const scratch = () => mkdtempSync(join(tmpdir(), 'vwt-vocab-'))

test('words of PyTorch are imported, listed and described', async () => {
  const env = {VWT_HOME: scratch()}
  const imported = await runCommand(VocabImport, [words, '--name', 'theirs', '--json'], env)
  expect(imported.status).toBe(0)
  const path = join(env.VWT_HOME, 'vocab', 'theirs.safetensors')
  expect(JSON.parse(imported.stdout)).toMatchObject({
    schema: 'vwt.vocab-import/1',
    result: {name: 'theirs', path, words: 3, wordLength: 12, patchSize: 2, dtype: 'float32'},
  })
  const listed = JSON.parse((await runCommand(VocabList, ['--json'], env)).stdout)
  expect(listed.schema).toBe('vwt.vocab-list/1')
  expect(listed.result.vocabularies).toContainEqual(
    expect.objectContaining({name: 'theirs', source: 'vwt', path, usable: true, words: 3, images: null}),
  )
  const info = await runCommand(VocabInfo, ['theirs'], env)
  expect(info.stdout).toMatch(/words +3 of 12 values\n/)
  expect(info.stdout).toMatch(/learned from +not known\n/)
  expect(info.stdout).toMatch(/source +imported from float32\.pt \(float32\)/)
})

test('the shipped vocabularies are there, whole and for 16-pixel patches', async () => {
  for (const [name, count] of [
    ['photos-100', 100],
    ['photos-1000', 1000],
  ] as const) {
    const {stdout, status} = await runCommand(VocabInfo, [name, '--json'])
    expect(status).toBe(0)
    expect(JSON.parse(stdout).result).toMatchObject({
      name,
      from: 'bundled',
      words: count,
      wordLength: 768,
      patchSize: 16,
      imageSize: 224,
      images: 500,
      emptyWords: 0,
    })
  }
})

test('what is not one tensor ends with 3 and the reason, without a stack', async () => {
  const noZip = join(scratch(), 'vocab.pt')
  writeFileSync(noZip, 'words')
  for (const [file, reason] of [
    ['test/fixtures/torch/module.pt', /names\s+"torch\.nn\.modules\.linear\.Linear"/],
    ['test/fixtures/torch/old-format.pt', /PyTorch\s+before\s+1\.6/],
    [noZip, /no\s+zip\s+file/],
    ['nowhere.pt', /does\s+not\s+exist/],
  ] as const) {
    const {stdout, stderr, status} = await runCommand(VocabImport, [file, '--name', 'x'], {VWT_HOME: scratch()})
    expect([status, stdout]).toEqual([3, ''])
    expect(stderr).toMatch(reason)
    expect(stderr).not.toMatch(/\n +at /)
  }
})
