import {describe, expect, test} from 'vitest'
import {formatRSchedule, halfWorkR, layerRs, parseRSchedule} from '../../../src/core/methods/schedule.js'
import {encoderMacs} from '../../../src/core/metrics/macs.js'

const vitB = (patchCount: number) => ({patchCount, patchLength: 768, layers: 12, width: 768, mlpWidth: 3072})
const rs = (argument: string, layers = 12) => layerRs(parseRSchedule('tome', argument), {...vitB(196), layers})

describe('the r of every layer', () => {
  test('constant', () => expect(rs('8')).toEqual(new Array(12).fill(8)))
  test('a list, padded with 0', () => expect(rs('[8,4]', 4)).toEqual([8, 4, 0, 0]))
  test('inflection -1 falls from 2r to 0', () => expect(rs('8,-1', 5)).toEqual([16, 12, 8, 4, 0]))
  test('inflection 1 rises from 0 to 2r', () => expect(rs('8,1', 5)).toEqual([0, 4, 8, 12, 16]))
  test('inflection 0 is constant', () => expect(rs('7,0', 3)).toEqual([7, 7, 7]))
  test('a fraction is cut: 13 from 16 to 10 in four layers', () => expect(rs('13,-0.25', 4)).toEqual([16, 14, 12, 10]))
})

// Counted by hand for the VWT paper's models: GMACs of ViT-B/16 at 224 and 384 pixels.
describe('multiply-adds', () => {
  test('CLIP ViT-B/16', () => expect(encoderMacs(vitB(196)) / 1e9).toBeCloseTo(17.56, 2))
  test('BLIP ViT-B/16 at 384', () => expect(encoderMacs(vitB(576)) / 1e9).toBeCloseTo(55.48, 2))
  test('ToMe r = 13', () => expect(encoderMacs(vitB(196), rs('13')) / 1e9).toBeCloseTo(10.37, 2))
  test('ToMe r = 16', () => expect(encoderMacs(vitB(196), rs('16')) / 1e9).toBeCloseTo(8.77, 2))
  test('VWT intra 0.5', () => expect(encoderMacs(vitB(196), [], 99) / 1e9).toBeCloseTo(8.7, 2))
})

test('by default ToMe does half the work: 16 at 196 patches, 45 at 576', () => {
  expect([halfWorkR(vitB(196)), halfWorkR(vitB(576))]).toEqual([16, 45])
})

test('schedules are written as they are read', () => {
  for (const argument of ['13', '13,-1', '[8,8,4]'])
    expect(formatRSchedule(parseRSchedule('tome', argument))).toBe(argument)
})

for (const bad of ['', '-1', '1.5', '8,2', '8,1,1', '[8,-1]', '[8,,1]', 'many']) {
  test(`tome:${bad} is refused with the three forms`, () => {
    expect(() => parseRSchedule('tome', bad)).toThrow(/tome takes r.*tome:13.*tome:13,-1.*but got/)
  })
}
