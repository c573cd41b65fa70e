import {cpSync, mkdtempSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {expect, test} from 'vitest'
import ModelsInfo from '../../../src/commands/models/info.js'
import ModelsList from '../../../src/commands/models/list.js'
import {runCommand} from '../base/running.js'

const TINY = 'test/fixtures/clip/patch16-f32'

test('models info gives the document and the page of one model', async () => {
  const {stdout, status} = await runCommand(ModelsInfo, [TINY, '--json'])
  expect(JSON.parse(stdout)).toMatchObject({
    status: 0,
    result: {kind: 'clip', vision: {imageSizePx: 64, patchSizePx: 16, grid: [4, 4], tokens: 17}, projection: 18},
  })
  expect(status).toBe(0)
  const page = await runCommand(ModelsInfo, [TINY])
  expect(page.stdout).toContain('4 × 4 + class token = 17 tokens')
})

for (const [title, argv, status, code] of [
  ['no name', [], 2, 'argument-missing'],
  ['two names', [TINY, TINY], 2, 'argument-unexpected'],
  ['a name nothing is called', ['./nowhere'], 3, 'model-missing'],
] as const) {
  test(`models info with ${title} ends with ${status}`, async () => {
    const ran = await runCommand(ModelsInfo, ['--json', ...argv])
    expect([ran.status, JSON.parse(ran.stdout).error.code]).toEqual([status, code])
  })
}

test('a missing argument is named as the help names it', async () => {
  const {stderr} = await runCommand(ModelsInfo, [])
  expect(stderr).toMatch(/^error: NAME should be given, but is missing\.\n/)
})

test('models list finds a model in the data folder, and names what is wrong with a damaged one', async () => {
  const home = mkdtempSync(join(tmpdir(), 'vwt-home-'))
  cpSync(TINY, join(home, 'models', 'org', 'good'), {recursive: true})
  cpSync(TINY, join(home, 'models', 'org', 'torn'), {recursive: true})
  rmSync(join(home, 'models', 'org', 'torn', 'tokenizer.json'))
  const {stdout, status} = await runCommand(ModelsList, ['--json'], {VWT_HOME: home})
  const own = JSON.parse(stdout).result.models.filter(({source}: {source: string}) => source === 'vwt')
  expect(own).toMatchObject([
    {name: 'org/good', usable: true, problem: null, kind: 'clip'},
    {name: 'org/torn', usable: false, problem: expect.stringContaining('tokenizer.json'), parameters: null},
  ])
  expect(status).toBe(0)
})
