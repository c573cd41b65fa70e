import {describe, expect, test} from 'vitest'
import {parseMethodSpec} from '../../../src/core/methods/spec.js'

const geometry = {patchCount: 196, patchLength: 768, layers: 12, width: 768, mlpWidth: 3072}
const call = {geometry, images: [0], seed: 0}
const suggestionsOf = (text: string): string[] => {
  try {
    parseMethodSpec(text)
  } catch (error) {
    return (error as {suggestions: string[]}).suggestions
  }
  throw new Error(`${text} was accepted`)
}

test('base is the spec without steps', () => {
  expect(parseMethodSpec('base')).toEqual({text: 'base', steps: [], structure: 'base'})
})

test('a missing argument takes the default and is written out', () => {
  expect(parseMethodSpec('intra').text).toBe('intra:0.5')
  expect(parseMethodSpec(' intra:.25 ').text).toBe('intra:0.25')
})

test('specs that differ in settings alone share one structure', () => {
  expect(parseMethodSpec('intra:0.3').structure).toBe(parseMethodSpec('intra:0.7').structure)
})

// Kept patches by the authors' rule int(P·(1 - ratio)); 196 patches, methods' page of expected lengths.
for (const [fraction, kept] of [
  [0.25, 147],
  [0.5, 98],
  [0.7, 58],
  [0, 196],
  [0.999, 1],
] as const) {
  test(`intra:${fraction} keeps ${kept} of 196 patches`, () => {
    const inputs = parseMethodSpec(`intra:${fraction}`).steps[0]!.inputs(call)
    expect(196 - Number(inputs['intra.drop_count']!.data[0])).toBe(kept)
  })
}

describe('refused, with a legal spec near it', () => {
  test('an unknown name', () => {
    expect(() => parseMethodSpec('itra:0.3')).toThrow(/no method "itra"; there are base, intra/)
    expect(suggestionsOf('itra:0.3')).toEqual(['--method intra:0.3'])
  })
  for (const bad of ['1', '-0.1', '50', 'half', '']) {
    test(`intra:${bad}`, () =>
      expect(() => parseMethodSpec(`intra:${bad}`)).toThrow(/from 0 up to \(not including\) 1, but got/))
  }
  test('a percentage, which becomes a fraction', () => {
    expect(suggestionsOf('intra:50')).toContain('intra:0.5')
  })
  test('a part twice', () => {
    expect(suggestionsOf('intra:0.3+intra:0.5')).toEqual(['--method intra:0.3'])
  })
  test('parts that contradict each other', () => {
    expect(() => parseMethodSpec('intra+random')).toThrow(/both choose which patches are dropped/)
  })
  test('base joined with something', () => {
    expect(() => parseMethodSpec('base+intra')).toThrow(/stands alone/)
  })
  test('an empty part', () => {
    expect(() => parseMethodSpec('intra+')).toThrow(/no method ""/)
  })
})
