import {expect, test} from 'vitest'
import {METHODS} from '../../../../src/core/methods/registry.js'
import {planMethods, sweepSpecs} from '../../../../src/core/workflows/bench/plan.js'

const specsOf = (methods: readonly string[], sweeps: readonly string[] = []) =>
  planMethods(methods, sweeps).map(({spec}) => spec.text)

test('base comes first, and each method is measured once', () => {
  expect(specsOf([])).toEqual(['base'])
  expect(specsOf(['intra', 'base', 'intra:0.5', 'tome:4'])).toEqual(['base', 'intra:0.5', 'tome:4'])
})

test('all is every method of the registry at its default, and what the user named stays named', () => {
  const planned = planMethods(['all', 'intra'])
  expect(planned).toHaveLength(METHODS.length + 1)
  expect(planned.filter(({isNamed}) => isNamed).map(({spec}) => spec.text)).toEqual(['base', 'intra:0.5'])
})

test('a range has both ends, without the dust of binary fractions', () => {
  expect(sweepSpecs('intra=0.1:0.9:0.2')).toEqual(['intra:0.1', 'intra:0.3', 'intra:0.5', 'intra:0.7', 'intra:0.9'])
  expect(sweepSpecs('intra=0:0.3:0.1')).toEqual(['intra:0', 'intra:0.1', 'intra:0.2', 'intra:0.3'])
  expect(sweepSpecs('tome=4:11:3')).toEqual(['tome:4', 'tome:7', 'tome:10'])
  expect(sweepSpecs('inter = 0.05, 0.1')).toEqual(['inter:0.05', 'inter:0.1'])
})

for (const [sweep, reason] of [
  ['intra', /a name, = and the values/],
  ['intra=', /no values/],
  ['intr=0.1:0.2:0.1', /no method "intr".*did you mean intra\?/],
  ['q8=1:2:1', /q8 takes no argument/],
  ['intra=0.9:0.1:0.2', /rising by a step above 0/],
  ['intra=0.1:0.9:0', /rising by a step above 0/],
  ['intra=0.1:0.9', /from:to:step/],
  ['intra=0:0.9:0.001', /at most 100 points, but has 901/],
  ['intra=0.5:1.5:0.5', /up to \(not including\) 1, but got "1"/],
] as const) {
  test(`the sweep ${sweep} is refused with the reason`, () => {
    expect(() => sweepSpecs(sweep)).toThrow(reason)
  })
}
