import {expect, test} from 'vitest'
import {planContent} from '../../../../src/core/image/scenes/plan.js'
import {captionOf, planScene} from '../../../../src/core/image/scenes/scenes.js'

const golden = [
  ['a black dog on snow', {noun: 'dog', colour: 'black', count: 1, background: 'snow'}],
  ['an orange cat on grass', {noun: 'cat', colour: 'orange', count: 1, background: 'grass'}],
  ['a red automobile on sand', {noun: 'automobile', colour: 'red', count: 1, background: 'sand'}],
  ['two red birds over water', {noun: 'bird', kind: 'landbird', colour: 'red', count: 2, background: 'water'}],
  ['two red birds on water', {noun: 'bird', kind: 'waterbird', colour: 'red', count: 2, background: 'water'}],
  ['a white bird in the sky', {noun: 'bird', kind: 'waterbird', colour: 'white', count: 1, background: 'sky'}],
  ['three blue ships at night', {noun: 'ship', colour: 'blue', count: 3, background: 'night'}],
  ['a green ship on water', {noun: 'ship', colour: 'green', count: 1, background: 'water'}],
  ['two yellow frogs in water', {noun: 'frog', colour: 'yellow', count: 2, background: 'water'}],
  ['three purple deer on snow', {noun: 'deer', colour: 'purple', count: 3, background: 'snow'}],
  ['a purple deer against the sky', {noun: 'deer', colour: 'purple', count: 1, background: 'sky'}],
  ['two orange airplanes over sand', {noun: 'airplane', colour: 'orange', count: 2, background: 'sand'}],
  ['an orange airplane in the sky', {noun: 'airplane', colour: 'orange', count: 1, background: 'sky'}],
] as const

for (const [caption, content] of golden) {
  test(caption, () => expect(captionOf(content)).toBe(caption))
}

test('every caption is one sentence of the grammar', () => {
  const grammar =
    /^(a (?!orange)|an (?=orange)|two |three )(red|orange|yellow|green|blue|purple|white|black) (deer|(airplane|automobile|bird|cat|dog|frog|horse|ship|truck)s?) ((on|over) (water|grass|sand|snow)|in water|in the sky|against the sky|at night)$/
  for (let seed = 0; seed < 3000; seed++) {
    const content = planContent(seed)
    const caption = captionOf(content)
    expect(caption).toMatch(grammar)
    const plural = !/^an? /.test(caption)
    expect(plural).toBe(content.count > 1)
    if (content.noun !== 'deer') expect(caption.includes(`${content.noun}s`)).toBe(plural)
    expect(caption).toContain(content.colour)
    expect(caption).toContain(content.background)
  }
})

test('a scene carries its caption', () => {
  expect(planScene(1, {noun: 'horse', colour: 'blue', count: 2, background: 'grass'}).caption).toBe(
    'two blue horses on grass',
  )
})
