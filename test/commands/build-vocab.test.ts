import {existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {expect, test} from 'vitest'
import BuildVocab from '../../src/commands/build-vocab.js'
import {type RunOptions, vwt} from './base/process.js'
import {runCommand} from './base/running.js'

BuildVocab.id = 'build-vocab' // As oclif names it, after its file.
const SMALL = {'--words': '12', '--patch': '8', '--image-size': '64', '--patches-per-step': '150', '--threads': '2'}
const small = (changes: Readonly<Record<string, string>> = {}) => Object.entries({...SMALL, ...changes}).flat()
const scratch = () => mkdtempSync(join(tmpdir(), 'vwt-build-'))

test('the document has the shape of the contract', async () => {
  const out = join(scratch(), 'words.safetensors')
  const {stdout, stderr, status} = await runCommand(BuildVocab, ['examples', ...small({'--out': out}), '--json'])
  expect([status, stderr]).toEqual([0, ''])
  const document = JSON.parse(stdout)
  expect(document).toMatchObject({schema: 'vwt.build-vocab/1', status: 0, warnings: []})
  const images = readdirSync('examples', {recursive: true, encoding: 'utf8'}).filter((name) =>
    name.endsWith('.png'),
  ).length
  expect(document.result).toEqual({
    out,
    words: 12,
    wordLength: 192,
    images,
    skipped: [],
    patches: images * 64,
    inertia: expect.any(Number),
    emptyWords: expect.any(Number),
    seconds: expect.any(Number),
    imagesPerSecond: expect.any(Number),
  })
})

test('a skipped image is named on stderr and ends the run with 1', async () => {
  const folder = scratch()
  const out = join(folder, 'words.safetensors')
  writeFileSync(join(folder, 'text.jpg'), 'no image')
  const argv = ['examples', join(folder, 'text.jpg'), ...small({'--out': out})]
  const {stdout, stderr, status} = await runCommand(BuildVocab, argv)
  expect(status).toBe(1)
  expect(stderr).toMatch(/skipped: .*text\.jpg: .* should be a JPEG/)
  expect(stderr).toMatch(/learned \d+\/\d+ .* images\/s · inertia /)
  expect(stdout).toMatch(/words\.safetensors\n +words +12 of 192 values/)
  expect(stdout).toMatch(/learned from .* 1 skipped/)
})

const REFUSED: [Record<string, string>, RegExp][] = [
  [{'--words': '0'}, /--words should be a whole number of words from 1 to 100000, but is 0/],
  [
    {'--words': '5000', '--patches-per-step': '15000'},
    /5000 words need at least 5000 patches, but \d+ images give \d+/,
  ],
  [{'--image-size': '65'}, /image size should be a multiple of the patch/],
  [{'--patches-per-step': '35'}, /patches per step .* from 36 /],
]
for (const [changes, message] of REFUSED) {
  test(`${Object.entries(changes).flat().join(' ')} ends with 2 and one message without a stack`, async () => {
    const flags = small({...changes, '--out': join(scratch(), 'words.safetensors')})
    const {stdout, status} = await runCommand(BuildVocab, ['examples', ...flags, '--json'])
    const document = JSON.parse(stdout)
    expect([status, document.status]).toEqual([2, 2])
    expect(document.error.message).toMatch(message)
    expect(document.error).not.toHaveProperty('stack')
  })
}

test('killed in the middle and resumed, the file is the same to the byte', async () => {
  const flags = small({'--passes': '8', '--crops': '2', '--checkpoint-seconds': '0'})
  const argv = ['build-vocab', 'examples', ...flags]
  const folder = scratch()
  const out = (name: string) => ['--out', join(folder, name)]
  const whole = vwt([...argv, ...out('whole')])
  const killAtCheckpoint: RunOptions['onStart'] = (child) => {
    const timer = setInterval(() => existsSync(join(folder, 'cut.checkpoint')) && child.kill('SIGKILL'), 5)
    child.on('exit', () => clearInterval(timer))
  }
  const killed = await vwt([...argv, ...out('cut')], {onStart: killAtCheckpoint})
  expect(killed.status).toBeNull()
  expect(existsSync(join(folder, 'cut'))).toBe(false)
  const resumed = await vwt([...argv, ...out('cut'), '--resume'])
  expect([resumed.status, (await whole).status]).toEqual([0, 0])
  expect(readFileSync(join(folder, 'cut')).equals(readFileSync(join(folder, 'whole')))).toBe(true)
  expect(existsSync(join(folder, 'cut.checkpoint'))).toBe(false)
})

test('Ctrl-C keeps a checkpoint, says how to go on, and ends with 130', async () => {
  const out = join(scratch(), 'words.safetensors')
  const argv = ['build-vocab', 'examples', ...small({'--passes': '2000', '--out': out})]
  const {stderr, stdout, status} = await vwt(argv, {
    onStart: (child) => child.stderr?.once('data', () => child.kill('SIGINT')),
  })
  expect([status, stdout]).toEqual([130, ''])
  expect(stderr.replaceAll(/\s+/g, ' ')).toMatch(
    /Interrupted after \d+ of \d+ images; .*\.checkpoint keeps what was learned/,
  )
  expect(stderr).toMatch(/try: Repeat the command with --resume/)
  expect(existsSync(`${out}.checkpoint`)).toBe(true)
})
