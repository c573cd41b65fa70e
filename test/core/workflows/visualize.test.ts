import {expect, test} from 'vitest'
import {planPicture} from '../../../src/core/workflows/visualize.js'

const plan = (...[kind, methods]: Parameters<typeof planPicture>) => {
  const {kind: chosen, methods: specs} = planPicture(kind, methods)
  return [chosen, ...specs.map(({text}) => text)]
}

test('kind and method follow from each other', () => {
  expect(plan()).toEqual(['match', 'inter:0.1'])
  expect(plan('drop')).toEqual(['drop', 'intra:0.5'])
  expect(plan('merge')).toEqual(['merge', 'tome'])
  expect(plan('compare')).toEqual(['compare', 'base', 'intra:0.5', 'inter:0.1', 'tome'])
  expect(plan(undefined, ['random:0.3'])).toEqual(['drop', 'random:0.3'])
  expect(plan(undefined, ['tome:8'])).toEqual(['merge', 'tome:8'])
  expect(plan(undefined, ['intra:0.3+inter:0.1+tome:4'])[0]).toBe('match')
  expect(plan(undefined, ['base', 'tome:8'])).toEqual(['compare', 'base', 'tome:8'])
  expect(plan('merge', ['inter'])).toEqual(['merge', 'inter:0.1'])
})

for (const [kind, method, suggestion] of [
  ['drop', 'tome:8', '--kind merge --method tome:8'],
  ['match', 'intra:0.5', '--kind drop --method intra:0.5'],
  ['merge', 'intra:0.5', '--kind drop --method intra:0.5'],
  ['words', 'tome', '--kind words --method inter'],
  ['drop', 'base', '--kind drop --method intra'],
] as const)
  test(`${kind} of ${method} is refused with what would do`, () => {
    expect(() => planPicture(kind, [method])).toThrow(
      expect.objectContaining({code: 'kind-method', suggestions: expect.arrayContaining([suggestion])}),
    )
  })

test('only a comparison takes several methods', () => {
  expect(() => planPicture('drop', ['intra', 'random'])).toThrow(/shows one method, but 2 are named/)
})
