import {expect, test} from 'vitest'
import Caption from '../../src/commands/caption.js'
import {vwt} from './base/process.js'
import {runCommand} from './base/running.js'

const MODEL = ['--model', 'test/fixtures/blip/captioner-f32', '--device', 'cpu']
const BIRD = 'examples/red-bird-water.png'
const SHIP = 'examples/blue-ship-water.png'
const caption = async (argv: readonly string[], env: Readonly<Record<string, string>> = {}) => {
  const {stdout, stderr, status} = await runCommand(Caption, ['--json', ...argv], env)
  return {document: JSON.parse(stdout), stderr, status}
}

test('the document has the shape of the contract', async () => {
  const {document, stderr, status} = await caption([BIRD, ...MODEL, '--method', 'intra:0.5'])
  expect([status, stderr]).toEqual([0, ''])
  expect(document).toEqual({
    schema: 'vwt.caption/1',
    status: 0,
    result: {
      model: MODEL[1],
      method: 'intra:0.5',
      device: 'cpu',
      images: [
        {
          path: BIRD,
          caption: expect.stringMatching(/\w/),
          score: expect.any(Number),
          tokens: {full: 17, used: 9},
          ms: {load: expect.any(Number), encode: expect.any(Number), decode: expect.any(Number)},
        },
      ],
    },
    warnings: [],
  })
})

test('one bad image ends with 1 and is named, the others are described', async () => {
  const {document, status} = await caption([BIRD, 'nowhere.jpg', 'package.json', SHIP, ...MODEL, '--batch', '4'])
  expect([status, document.status]).toEqual([1, 1])
  const {images} = document.result
  expect(images.map((image: object) => 'error' in image)).toEqual([false, true, true, false])
  expect(images[1].error.code).toBe('image-missing')
})

test('flags reach the search, also a negative one, and a settings file serves them', async () => {
  const captionOf = async (...flags: string[]) => (await caption([BIRD, ...MODEL, ...flags])).document.result.images[0]
  const plain = await captionOf()
  const changes = [
    ['--beams', '1'],
    ['--max-length', '6'],
    ['--length-penalty', '-1'],
    ['--repetition-penalty', '3'],
    ['--prompt', 'a photo of'],
  ]
  for (const flags of changes)
    expect(await captionOf(...flags), flags.join(' ')).not.toMatchObject({score: plain.score})
  expect((await captionOf('--prompt', 'a photo of')).caption).toMatch(/^a photo of /)
  const {document} = await caption([BIRD, ...MODEL], {VWT_PROMPT: 'a photo of'})
  expect(document.result.images[0].caption).toMatch(/^a photo of /)
})

test('piped, the result alone is on stdout, progress lines on stderr, no control characters in either', async () => {
  const {stdout, stderr, status} = await vwt(['caption', BIRD, SHIP, ...MODEL])
  expect(status).toBe(0)
  expect(stdout).toContain(BIRD)
  expect(stderr.match(/^image \d\/2 .*$/gm)).toEqual([`image 1/2 ${BIRD}`, `image 2/2 ${SHIP}`])
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  expect(stdout + stderr).not.toMatch(/[\u0000-\u0009\u000B-\u001F]/)
})

test('Ctrl-C keeps what is done, says so and ends with 130', async () => {
  const {stdout, status} = await vwt(['caption', ...Array<string>(400).fill(BIRD), ...MODEL], {
    onStart: (child) => child.stderr?.once('data', () => child.kill('SIGINT')),
  })
  expect(status).toBe(130)
  expect(stdout).toMatch(/stopped before the end\n$/)
})

for (const [title, argv, status, code] of [
  ['no image', [...MODEL], 2, 'argument-missing'],
  ['no beam', [BIRD, ...MODEL, '--beams', '0'], 2, 'out-of-range'],
  ['half a beam', [BIRD, ...MODEL, '--beams', '1.5'], 2, 'flag-value'],
  ['a least length above the greatest', [BIRD, ...MODEL, '--min-length', '21'], 2, 'caption-length'],
  ['more tokens than the model places', [BIRD, ...MODEL, '--max-length', '25'], 2, 'out-of-range'],
  [
    'a prompt that leaves no room',
    [BIRD, ...MODEL, '--prompt', 'a red bird on the water', '--max-length', '7'],
    2,
    'prompt-length',
  ],
  ['a prompt longer than the model places', [BIRD, ...MODEL, '--prompt', 'a '.repeat(40)], 2, 'prompt-length'],
  ['the prompt of classify', [BIRD, ...MODEL, '--prompt', 'a photo of a {}'], 2, 'prompt-slot'],
  ['a model that writes no captions', [BIRD, '--model', 'test/fixtures/clip/patch16-f32'], 2, 'model-kind'],
  ['a model that is missing', [BIRD, '--model', './nowhere'], 3, 'model-missing'],
] as const) {
  test(`${title} ends with ${status}`, async () => {
    const {document, status: ended} = await caption(argv)
    expect(document).toMatchObject({schema: 'vwt.error/1', status, error: {code}})
    expect(ended).toBe(status)
  })
}

test('words of the prompt that the model does not know are a warning', async () => {
  const {document, status} = await caption([BIRD, ...MODEL, '--prompt', 'a zebra'])
  expect(status).toBe(0)
  expect(document.warnings).toEqual([expect.stringMatching(/does not know "zebra" in the prompt/)])
})
