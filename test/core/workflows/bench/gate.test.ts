import {expect, test} from 'vitest'
import {parseGate, QUANTITIES, type Quantities} from '../../../../src/core/workflows/bench/gate.js'

const values = {
  ...(Object.fromEntries(Object.keys(QUANTITIES).map((name) => [name, null])) as Quantities),
  'accuracy.drop': 0.8,
  'latency.speedup': 1.6,
  'accuracy.worstGroup': 71,
  imagesPerSecond: 240,
} as Quantities

for (const [text, expected] of [
  ['accuracy.drop<=1 && latency.speedup>=1.5', true],
  ['accuracy.drop <= 0.5 && latency.speedup >= 1.5', false],
  ['accuracy.drop<=0.5 || latency.speedup>=1.5', true],
  ['1.5<=latency.speedup', true],
  ['!(accuracy.drop>1)', true],
  ['!accuracy.drop>1', true],
  // && binds tighter than ||: true || (false && false), not (true || false) && false.
  ['1<2 || 2<1 && 2<1', true],
  ['(1<2 || 2<1) && 2<1', false],
  ['accuracy.worstGroup > 70.5 && imagesPerSecond != 0', true],
  ['accuracy.drop == .8', true],
  ['accuracy.drop >= -1e1', true],
] as const) {
  test(`${text} is ${expected}`, () => {
    expect(parseGate(text).holds(values)).toBe(expected)
  })
}

test('the names a condition needs are known before anything is measured', () => {
  expect(parseGate('accuracy.drop<1 || accuracy.drop<2 && tokens.ratio<1').names).toEqual([
    'accuracy.drop',
    'tokens.ratio',
  ])
})

test('an unknown name is refused with all there are and the nearest', () => {
  expect(() => parseGate('latency.speedups>1')).toThrow(/names latency\.speedups, .*tokens\.ratio \(of the tokens/)
  try {
    parseGate('latency.speedups>1')
  } catch (error) {
    expect(error).toMatchObject({
      code: 'require-invalid',
      oclif: {exit: 2},
      suggestions: ['Did you mean latency.speedup?'],
    })
  }
})

for (const [text, message] of [
  ['', /a number or a name should follow where it has the end/],
  ['accuracy.drop', /a comparison .* should follow where it has the end/],
  ['accuracy.drop<', /a number or a name should follow where it has the end/],
  ['1<2<3', /&&, \|\| or its end should follow where it has < at character 4/],
  ['(1<2', /\) should follow where it has the end/],
  ['1<2 &', /"&" at character 5 means nothing here/],
  ['accuracy.drop=1', /"=" at character 14 means nothing/],
  ['process.exit(1)<2', /names process\.exit, which is not measured/],
  ['constructor<1', /names constructor, which is not measured/],
  ['__proto__<1', /names __proto__, which is not measured/],
  ['accuracy.drop<"1"', /means nothing here/],
  [`${'('.repeat(1001)}`, /longer than 1000 characters/],
] as const) {
  test(`${JSON.stringify(text.slice(0, 20))} is refused`, () => {
    expect(() => parseGate(text)).toThrow(message)
  })
}
