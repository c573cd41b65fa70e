import {mkdtempSync, readFileSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {expect, test} from 'vitest'
import Classify from '../../src/commands/classify.js'
import {vwt} from './base/process.js'
import {runCommand} from './base/running.js'

const MODEL = ['--model', 'test/fixtures/clip/patch16-f32', '--labels', 'cat,dog,bird']
const BIRD = 'examples/red-bird-water.png'
const SHIP = 'examples/blue-ship-water.png'
const scratch = (name: string, content: string | Uint8Array) => {
  const file = join(mkdtempSync(join(tmpdir(), 'vwt-classify-')), name)
  writeFileSync(file, content)
  return file
}
const classify = async (...argv: string[]) => {
  const {stdout, stderr, status} = await runCommand(Classify, ['--json', ...argv])
  return {document: JSON.parse(stdout), stderr, status}
}

test('the document has the shape of the contract', async () => {
  const {document, stderr, status} = await classify(BIRD, ...MODEL, '--device', 'cpu')
  expect([status, stderr]).toEqual([0, ''])
  expect(document).toMatchObject({schema: 'vwt.classify/1', status: 0, warnings: expect.any(Array)})
  const {model, method, device, images} = document.result
  expect([model, method, device]).toEqual(['test/fixtures/clip/patch16-f32', 'base', 'cpu'])
  expect(images).toEqual([
    {
      path: BIRD,
      tokens: {full: expect.any(Number), used: images[0].tokens.full},
      labels: expect.any(Array),
      ms: {load: expect.any(Number), infer: expect.any(Number)},
    },
  ])
  const {labels} = images[0]
  expect(labels.map(({label}: {label: string}) => label).sort()).toEqual(['bird', 'cat', 'dog'])
  expect(labels.reduce((sum: number, {score}: {score: number}) => sum + score, 0)).toBeCloseTo(1, 6)
  expect(labels[0].score).toBeGreaterThanOrEqual(labels[1].score)
})

test('one bad image ends with 1 and is named, the others are classified', async () => {
  const torn = scratch('torn.png', readFileSync(BIRD).subarray(0, 2000))
  const text = scratch('text.jpg', 'not a picture')
  const {document, status} = await classify(BIRD, 'nowhere.jpg', torn, text, SHIP, ...MODEL, '--batch', '2')
  expect([status, document.status]).toEqual([1, 1])
  const outcome = document.result.images.map((image: {path: string; error?: {message: string}}) => [
    image.path,
    !image.error,
  ])
  expect(outcome).toEqual([
    [BIRD, true],
    ['nowhere.jpg', false],
    [torn, false],
    [text, false],
    [SHIP, true],
  ])
  for (const {error} of document.result.images)
    if (error) {
      const [code, message] = [expect.stringMatching(/^[a-z-]+$/), expect.stringMatching(/\w/)]
      expect(error).toEqual({code, message, suggestions: expect.any(Array)})
    }
})

test('as text, results are on stdout and failures on stderr', async () => {
  const {stdout, stderr, status} = await vwt(['classify', BIRD, 'nowhere.jpg', ...MODEL, '--quiet'])
  expect(status).toBe(1)
  expect(stdout).toContain(BIRD)
  expect(stdout).not.toContain('nowhere')
  expect(stderr).toMatch(/^failed: .*nowhere\.jpg.*\n {3}try: .*\n$/)
})

test('stdin gives the same scores as the file', async () => {
  const imageOf = ({stdout}: {stdout: string}) => JSON.parse(stdout).result.images[0]
  const fromFile = imageOf(await vwt(['classify', '--json', BIRD, ...MODEL]))
  const fromStdin = imageOf(await vwt(['classify', '--json', '-', ...MODEL], {input: readFileSync(BIRD)}))
  expect(fromStdin.path).toBe('-')
  expect(fromStdin.labels).toEqual(fromFile.labels)
})

test('labels come from a file, one in each line, and --top cuts the list', async () => {
  const file = scratch('labels.txt', '\uFEFFcat\r\n\r\n  dog \nbird\n')
  const {document} = await classify(BIRD, ...MODEL.slice(0, 2), '--labels-file', file, '--top', '2')
  expect(document.result.images[0].labels).toHaveLength(2)
})

test('progress is one line per image when stderr is no terminal', async () => {
  const {stderr} = await vwt(['classify', BIRD, SHIP, ...MODEL])
  expect(stderr.match(/^image \d\/2 .*$/gm)).toEqual([`image 1/2 ${BIRD}`, `image 2/2 ${SHIP}`])
})

test('Ctrl-C keeps what is done, says so and ends with 130', async () => {
  const {stdout, status} = await vwt(['classify', ...Array<string>(400).fill(BIRD), ...MODEL], {
    onStart: (child) => child.stderr?.once('data', () => child.kill('SIGINT')),
  })
  expect(status).toBe(130)
  expect(stdout).toMatch(/stopped before the end\n$/)
})

for (const [title, argv, status, code] of [
  ['no image', [], 2, 'argument-missing'],
  ['a folder without images', ['src'], 2, 'folder-without-images'],
  ['a method that does not exist', [BIRD, '--method', 'magic'], 2, undefined],
  ['a label twice', [BIRD, '--labels', 'cat,cat'], 2, 'label-duplicate'],
  ['an empty label', [BIRD, '--labels', 'cat,,dog'], 2, 'label-empty'],
  ['a labels file that is missing', [BIRD, '--labels-file', 'nowhere.txt'], 2, 'labels-file'],
  ['a labels file that is an image', [BIRD, '--labels-file', BIRD], 2, 'labels-file'],
  ['a prompt without {}', [BIRD, '--prompt', 'a photo'], 2, 'prompt-slot'],
  ['a model that is missing', [BIRD, '--model', './nowhere'], 3, 'model-missing'],
  ['a device that does not open', [BIRD, '--device', 'dml'], 5, undefined],
] as const) {
  test(`${title} ends with ${status}`, async () => {
    const defaults = ['--model', MODEL[1]!, '--labels', MODEL[3]!]
    const given = (flag: string) =>
      argv.some((word) => word === flag || (flag === '--labels' && word === '--labels-file'))
    const rest = [...(given('--model') ? [] : defaults.slice(0, 2)), ...(given('--labels') ? [] : defaults.slice(2))]
    const {document, status: ended} = await classify(...argv, ...rest)
    expect(document).toMatchObject({schema: 'vwt.error/1', status})
    expect(ended).toBe(status)
    if (code) expect(document.error.code).toBe(code)
    expect(document.error.message).not.toBe('')
    expect(document.error.stack).toBeUndefined()
  })
}
