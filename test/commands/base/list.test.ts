import {expect, test} from 'vitest'
import {joinList, splitList} from '../../../src/commands/base/list.js'

for (const [text, items] of [
  ['cat', ['cat']],
  ['cat, dog ,bird', ['cat', 'dog', 'bird']],
  ['"red, ripe",green', ['red, ripe', 'green']],
  ['"say ""hi""",x', ['say "hi"', 'x']],
  ['a,,b', ['a', '', 'b']],
  ['', ['']],
  ['a,', ['a', '']],
  ['5" disk', ['5" disk']],
] as const) {
  test(`the list ${text || '(empty)'} has ${items.length} items`, () => expect(splitList(text)).toEqual(items))
}

test('joining and splitting gives the items back', () => {
  const items = ['plain', 'with, comma', 'with "quotes"', '', 'día']
  expect(splitList(joinList(items))).toEqual(items)
})

for (const text of ['"open', '"a"b,c']) {
  test(`the list ${text} is refused`, () => expect(() => splitList(text)).toThrow(/should close its quotes/))
}
