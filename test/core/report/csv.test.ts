import {expect, test} from 'vitest'
import {formatCsv} from '../../../src/core/report/csv.js'

test('cells with commas, quotes, line breaks or outer spaces are quoted, what is not measured is empty', () => {
  const rows = [
    ['a,b', 1.5, null],
    ['say "cheese"', 0, Number.NaN],
    ['two\nlines', -1, ' spaced'],
  ]
  expect(formatCsv(['path', 'value', 'note'], rows)).toBe(
    'path,value,note\n"a,b",1.5,\n"say ""cheese""",0,\n"two\nlines",-1," spaced"\n',
  )
})
