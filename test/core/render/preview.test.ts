import sharp from 'sharp'
import {expect, test} from 'vitest'
import {seededRandom} from '../../../src/core/base/random.js'
import {formatPreview, previewProtocol} from '../../../src/core/render/preview.js'

const ask = (env: Record<string, string>, isTerminal = true, colourLevel: 0 | 1 | 2 | 3 = 3) =>
  previewProtocol({isTerminal, env, colourLevel})
/** Two pixels wide, three high: red, green; blue, white; black, red. */
const tiny = () =>
  sharp(Buffer.from([255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 255, 0, 0, 0, 255, 0, 0]), {
    raw: {width: 2, height: 3, channels: 3},
  })
    .png()
    .toBuffer()

/** Control characters as signs. */
const visible = (shown: string) => shown.replaceAll('\u001B', '⎋').replaceAll('\u0007', '⍾')

test('graphics go where the terminal understands them, half blocks elsewhere', () => {
  expect(ask({TERM: 'xterm-kitty', KITTY_WINDOW_ID: '1'})).toBe('kitty')
  expect(ask({TERM: 'xterm-ghostty'})).toBe('kitty')
  expect(ask({TERM_PROGRAM: 'iTerm.app'})).toBe('iterm')
  expect(ask({TERM_PROGRAM: 'WezTerm'})).toBe('iterm')
  expect(ask({TERM: 'xterm-256color'})).toBe('blocks')
})

test('a multiplexer passes no graphics on', () => {
  expect(ask({TERM: 'screen-256color', TMUX: '/tmp/tmux', KITTY_WINDOW_ID: '1'})).toBe('blocks')
})

test('nothing is shown without a terminal, or where neither graphics nor colours are to be had', () => {
  expect(ask({KITTY_WINDOW_ID: '1'}, false)).toBe('none')
  expect(ask({TERM: 'dumb'})).toBe('none')
  expect(ask({TERM: 'xterm'}, true, 0)).toBe('none')
})

test('half blocks hold two pixels each, the upper as letter, the lower as ground', async () => {
  const wide = await sharp(await tiny())
    .resize(10, 15, {kernel: 'nearest'})
    .png()
    .toBuffer()
  const shown = await formatPreview(wide, {protocol: 'blocks', columns: 10, colourLevel: 3})
  const lines = shown.trimEnd().split('\n')
  expect(lines).toHaveLength(8)
  expect(lines[0]!.startsWith('\u001B[38;2;255;0;0m\u001B[48;2;255;0;0m▀')).toBe(true)
  // Rows 4 and 5: the last of red and the first of blue; the last row has no lower half.
  expect(lines[2]!.startsWith('\u001B[38;2;255;0;0m\u001B[48;2;0;0;255m▀')).toBe(true)
  expect(lines[7]).not.toContain('\u001B[48')
})

test('kitty gets PNG in pieces of 4096, the last marked as such', async () => {
  const random = seededRandom(1)
  const noise = Buffer.from(Array.from({length: 90 * 90 * 3}, () => random() * 256))
  const png = await sharp(noise, {raw: {width: 90, height: 90, channels: 3}})
    .png()
    .toBuffer()
  const shown = await formatPreview(png, {protocol: 'kitty', columns: 80, colourLevel: 3})
  const pieces = [...visible(shown).matchAll(/⎋_G([^;]*);([^⎋]*)⎋\\/g)]
  expect(pieces.length).toBeGreaterThan(1)
  expect(pieces[0]![1]).toBe('a=T,f=100,q=2,c=80,m=1')
  expect(pieces.slice(1, -1).every(([, control]) => control === 'm=1')).toBe(true)
  expect(pieces.at(-1)![1]).toBe('m=0')
  expect(pieces.every(([, , piece]) => piece!.length <= 4096)).toBe(true)
  const {data} = await sharp(Buffer.from(pieces.map(([, , piece]) => piece).join(''), 'base64'))
    .raw()
    .toBuffer({resolveWithObject: true})
  expect(data.equals(noise)).toBe(true)
})

test('iTerm2 gets one file with its size', async () => {
  const shown = await formatPreview(await tiny(), {protocol: 'iterm', columns: 40, colourLevel: 3})
  const parts = /^⎋\]1337;File=inline=1;size=(\d+);width=40;preserveAspectRatio=1:(.*)⍾\n$/.exec(visible(shown))!
  const [, size, data] = parts
  expect(Buffer.from(data!, 'base64')).toHaveLength(Number(size))
})
