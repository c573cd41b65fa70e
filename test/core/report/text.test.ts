import {expect, test} from 'vitest'
import * as text from '../../../src/core/report/text.js'

test('widths are columns on the terminal, not characters', () => {
  expect(['cat', '猫', '👍🏽', '\u001B[31mred\u001B[39m', 'é'].map(text.widthOf)).toEqual([3, 2, 2, 3, 1])
})

test('a cut text fills the width and keeps the end that was asked for', () => {
  expect(text.cut('photos/cats/tom.jpg', 10)).toBe('photos/ca…')
  expect(text.cut('photos/cats/tom.jpg', 10, 'end')).toBe('…s/tom.jpg')
  expect(text.cut('猫猫猫', 4)).toBe('猫…')
  expect(text.cut('short', 10)).toBe('short')
})

test('control characters are shown, not obeyed', () => {
  expect(text.printable('a\u001B[2Jb\nc\u007F')).toBe('a␛[2Jb␊c␡')
})

test('a bar has eighths of a column and stays within its ends', () => {
  expect(text.bar(0.5, 4)).toBe('██  ')
  expect(text.bar(0.53125, 4)).toBe('██▏ ')
  expect([text.bar(-1, 2), text.bar(7, 2)]).toEqual(['  ', '██'])
})

test('numbers carry their unit and three digits', () => {
  expect([0, 0.0004, 0.8612, 1].map(text.percent)).toEqual(['0.0 %', '<0.1 %', '86.1 %', '100.0 %'])
  expect([0.416, 12.34, 148.4, 12_345].map(text.milliseconds)).toEqual(['0.42 ms', '12.3 ms', '148 ms', '12.3 s'])
  expect([0, 999, 1000, 9_812_345, 345_000_000].map(text.bytes)).toEqual(['0 B', '999 B', '1.0 kB', '9.8 MB', '345 MB'])
  expect(text.count(86192640)).toBe('86,192,640')
})

test('text wraps at spaces and leaves a long word whole', () => {
  expect(text.wrap('one two three incomprehensible', 8)).toEqual(['one two', 'three', 'incomprehensible'])
})
