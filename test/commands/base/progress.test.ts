import {Writable} from 'node:stream'
import {expect, test} from 'vitest'
import {startProgress} from '../../../src/commands/base/progress.js'

/** A stream that keeps what is written, as wide as asked; `isTTY` lets the bar draw. */
function terminal(columns: number): {stream: NodeJS.WriteStream; written: () => string} {
  let text = ''
  const stream = new Writable({
    write(chunk, _encoding, done) {
      text += String(chunk)
      done()
    },
  })
  const extras = {isTTY: true, columns, cursorTo: () => true, moveCursor: () => true, clearLine: () => true}
  return {stream: Object.assign(stream, extras) as unknown as NodeJS.WriteStream, written: () => text}
}

test('lines name the unit, the place and the item, without obeying its control characters', () => {
  const {stream, written} = terminal(80)
  const progress = startProgress('lines', 'image', 2, stream)
  progress.step(1, 'a\u001B[2J.png')
  progress.step(2, 'b.png')
  progress.stop()
  expect(written()).toBe('image 1/2 a␛[2J.png\nimage 2/2 b.png\n')
})

test('one item, or silence asked for, writes nothing', () => {
  const {stream, written} = terminal(80)
  for (const progress of [startProgress('lines', 'image', 1, stream), startProgress('silent', 'image', 9, stream)]) {
    progress.step(1, 'a.png')
    progress.stop()
  }
  expect(written()).toBe('')
})

test('a bar ends once, gives the cursor back and stays still afterwards', () => {
  const {stream, written} = terminal(80)
  const listeners = process.listenerCount('exit')
  const progress = startProgress('bar', 'image', 4, stream)
  expect(process.listenerCount('exit')).toBe(listeners + 1)
  progress.step(2, 'half.png')
  progress.stop()
  progress.stop()
  const atStop = written()
  progress.step(3, 'late.png')
  expect(atStop).toContain('\u001B[?25h')
  expect(written()).toBe(atStop)
  expect(process.listenerCount('exit')).toBe(listeners)
})
