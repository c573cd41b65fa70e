import {expect, test} from 'vitest'
import {formatTable} from '../../../src/core/report/table.js'
import {PLAIN} from '../../../src/core/report/text.js'

const columns = [
  {title: 'image', keep: 'end'},
  {title: 'ms', align: 'right'},
] as const

test('columns are as wide as their widest cell and figures end below each other', () => {
  const rows = [
    ['a.jpg', '7'],
    ['longer.jpg', '12'],
  ]
  expect(formatTable(columns, rows, PLAIN)).toBe(['image       ms', 'a.jpg        7', 'longer.jpg  12'].join('\n'))
})

test('a table that is too wide cuts the column that may be cut, never the figures', () => {
  const text = formatTable(columns, [['folder/with/a/long/name.jpg', '12.5']], {...PLAIN, width: 20})
  expect(text).toBe(['image             ms', '…long/name.jpg  12.5'].join('\n'))
})
