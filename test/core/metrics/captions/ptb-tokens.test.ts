import {expect, test} from 'vitest'
import {captionTokens} from '../../../../src/core/metrics/captions/ptb-tokens.js'
import {golden} from './golden.js'

test('tokens are those of the Stanford tokeniser, punctuation dropped', () => {
  const others = golden.texts.filter(({text, tokens}) => captionTokens(text).join(' ') !== tokens.join(' '))
  expect(
    others.map(({text}) => text),
    others.map(({text, tokens}) => `${tokens.join(' ')}\n${captionTokens(text).join(' ')}`).join('\n\n'),
  ).toEqual([])
})

const BY_HAND: readonly (readonly [string, string])[] = [
  ["The man's dogs don't sit.", "the man 's dogs do n't sit"],
  ['A well-known sign (red) reads "STOP"!', 'a well-known sign -lrb- red -rrb- reads stop'],
  ["the dogs' bowls", 'the dogs bowls'],
  ['We cannot and gonna', 'we can not and gon na'],
  ['Mr. Smith at 5 p.m., in the U.S.', 'mr. smith at 5 p.m. in the u.s.'],
  ['what?! no!', 'what ?! no'],
  ['$5 - 10%', '$ 5 10 %'],
  ['  ', ''],
  ['. . .', ''],
]
test.each(BY_HAND)('%s', (text, tokens) => {
  expect(captionTokens(text).join(' ')).toBe(tokens)
})

test('names of what every object has are words like others', () => {
  expect(captionTokens('Constructor. toString! __proto__, hasOwnProperty')).toEqual([
    'constructor',
    'tostring',
    '__',
    'proto',
    '__',
    'hasownproperty',
  ])
})

test('any text ends in tokens without space, in time', () => {
  const marks = ['a', "'", 'n', 't', '.', '-', '/', '<', '&', '😀', '\ud800', '\u0000', '’', ' ', '1', '@', ':', ')']
  let state = 1
  const next = () => {
    state = (state * 48_271) % 2_147_483_647
    return state
  }
  for (let round = 0; round < 60; round += 1) {
    const text = Array.from({length: 60}, () => marks[next() % marks.length]).join('')
    for (const token of captionTokens(text)) expect(token).toMatch(/^\S+$/)
  }
  expect(captionTokens('a-'.repeat(2000)).length).toBe(1)
  expect(captionTokens("a'".repeat(500)).length).toBeGreaterThan(0)
})
