import {Writable} from 'node:stream'
import {Chalk} from 'chalk'
import {expect, test} from 'vitest'
import {startLiveCaption} from '../../../src/commands/base/live-caption.js'

/** A terminal line: what a reader would see after each write. */
function terminal(columns: number) {
  const seen: string[] = []
  let line = ''
  const stream = new Writable({
    decodeStrings: false,
    write(chunk: string, _encoding, done) {
      expect(chunk.startsWith('\r') && chunk.endsWith('\u001B[K')).toBe(true)
      line = chunk.slice(1, -3)
      seen.push(line)
      done()
    },
  })
  return {stream: Object.assign(stream, {columns}) as unknown as NodeJS.WriteStream, seen}
}
const paint = new Chalk({level: 0})

test('each token draws over the line, and the end clears it, once', () => {
  const {stream, seen} = terminal(80)
  const live = startLiveCaption(1, stream, paint)
  live.token({image: 0, text: 'a'})
  live.token({image: 0, text: 'a red'})
  live.token({image: 0, text: 'a blue bird'})
  live.step(1, 'bird.png')
  live.stop()
  live.stop()
  live.token({image: 0, text: 'late'})
  expect(seen).toEqual(['a', 'a red', 'a blue bird', ''])
})

test('on 40 columns the line keeps its end, never fills the last column, and wide letters count twice', () => {
  const {stream, seen} = terminal(40)
  const live = startLiveCaption(12, stream, paint)
  const text = 'two yellow airplanes in the sky over a field of snow'
  live.token({image: 0, text})
  live.token({image: 0, text: '鳥'.repeat(40)})
  expect(seen[0]).toBe(`1/12 …${text.slice(-33)}`)
  expect(seen[0]).toHaveLength(39)
  expect(seen[1]).toBe(`1/12 …${'鳥'.repeat(16)}`)
})

test('a caption cannot steer the terminal', () => {
  const {stream, seen} = terminal(80)
  startLiveCaption(1, stream, paint).token({image: 0, text: 'a\u001B[2J\nbird'})
  expect(seen).toEqual(['a␛[2J␊bird'])
})

test('of a batch one image has the line until it is silent, and the count goes on', () => {
  const {stream, seen} = terminal(80)
  const live = startLiveCaption(3, stream, paint)
  const tell = (step: string, images: readonly number[]) => {
    for (const image of images) live.token({image, text: `${image} ${step}`})
  }
  tell('a', [0, 1])
  tell('b', [0, 1])
  tell('c', [1]) // image 0 is written
  tell('d', [1])
  live.step(1, '')
  live.step(2, '')
  tell('a', [2])
  expect(seen).toEqual(['1/3 0 a', '1/3 0 b', '1/3 1 c', '1/3 1 d', '3/3 2 a'])
})
