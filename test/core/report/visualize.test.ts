import {expect, test} from 'vitest'
import {PLAIN} from '../../../src/core/report/text.js'
import {formatVisualization} from '../../../src/core/report/visualize.js'

test('a line for each file, with what is on it', () => {
  const files = [
    {path: 'a-match.png', kind: 'match', image: 'a.jpg'},
    {path: 'sheet.png', kind: 'match', image: 'b.jpg'},
    {path: 'sheet.png', kind: 'match', image: 'c\n.jpg'},
    {path: 'words.png', kind: 'words', image: null},
  ]
  expect(formatVisualization({files}, PLAIN).split('\n')).toEqual([
    'picture      kind   of',
    'a-match.png  match  a.jpg',
    'sheet.png    match  2 images',
    'words.png    words  all images',
  ])
})

test('what was stopped says so, and nothing drawn is nothing said', () => {
  const files = [{path: 'a.png', kind: 'drop', image: 'a\u001B.jpg'}]
  const text = formatVisualization({files, incomplete: true}, PLAIN)
  expect(text).toMatch(/stopped before the end$/)
  expect(text).not.toContain('\u001B')
  expect(formatVisualization({files: []}, PLAIN)).toBe('')
})
