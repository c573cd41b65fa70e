import {expect, test} from 'vitest'
import {formatFailure, formatWarning} from '../../../src/core/report/failure.js'
import {PLAIN} from '../../../src/core/report/text.js'

const failure = {status: 2, code: 'x', message: 'The folder photos should hold images.', suggestions: ['Add some.']}

test('a failure is what is wrong, then what to try, without a stack', () => {
  expect(formatFailure(failure, PLAIN)).toBe('error: The folder photos should hold images.\n  try: Add some.\n')
})

test('long texts wrap below themselves', () => {
  expect(formatFailure(failure, {...PLAIN, width: 27})).toBe(
    'error: The folder photos\n       should hold images.\n  try: Add some.\n',
  )
})

test('lines of the message stay lines', () => {
  const text = formatFailure({...failure, message: 'Looked in:\n  /a\n  /b', suggestions: []}, PLAIN)
  expect(text).toBe('error: Looked in:\n         /a\n         /b\n')
})

test('the stack of a fault of vwt follows', () => {
  expect(formatFailure({...failure, stack: 'Error\n    at here'}, PLAIN)).toMatch(/\n\nError\n {4}at here\n$/)
})

test('a warning says that it is one', () => expect(formatWarning('Mind.', PLAIN)).toBe('warning: Mind.\n'))
