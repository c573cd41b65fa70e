import {expect, test} from 'vitest'
import {formatMarkdownTable} from '../../../src/core/report/markdown.js'

test('bars, stars and line breaks in a cell stay text', () => {
  const columns = [{title: 'set'}, {title: 'a|b', align: 'right'}] as const
  expect(formatMarkdownTable(columns, [['my_photos*\n2', '1.5 ± 0.1']])).toBe(
    '| set | a\\|b |\n| --- | ---: |\n| my\\_photos\\* 2 | 1.5 ± 0.1 |\n',
  )
})
