import {expect, test} from 'vitest'
import {
  bfloat16ToFloat32,
  bfloat16ToNumber,
  float16ToFloat32,
  float16ToNumber,
} from '../../../src/core/weights/floats.js'

// From the definition of binary16 (IEEE 754, table 3.5) and its well-known values.
for (const [bits, value] of [
  [0x0000, 0],
  [0x8000, -0],
  [0x0001, 2 ** -24],
  [0x03ff, 1023 * 2 ** -24],
  [0x0400, 2 ** -14],
  [0x3555, 0.333251953125],
  [0x3c00, 1],
  [0xc000, -2],
  [0x7bff, 65_504],
  [0x7c00, Number.POSITIVE_INFINITY],
  [0xfc00, Number.NEGATIVE_INFINITY],
  [0x7e00, Number.NaN],
] as const) {
  test(`half 0x${bits.toString(16).padStart(4, '0')} is ${Object.is(value, -0) ? '-0' : value}`, () => {
    expect(float16ToNumber(bits)).toBe(value)
  })
}

test('positive halves grow with their bits, and a negative one is the positive with a minus', () => {
  for (let bits = 1; bits <= 0x7c00; bits++) {
    expect(float16ToNumber(bits)).toBeGreaterThan(float16ToNumber(bits - 1))
    expect(float16ToNumber(bits | 0x8000)).toBe(-float16ToNumber(bits))
  }
})

test('bfloat16 is the upper half of a float32', () => {
  const view = new DataView(new ArrayBuffer(4))
  for (const bits of [0x0000, 0x8000, 0x0001, 0x3f80, 0x4049, 0xc2f7, 0x7f7f, 0x7f80, 0xff80, 0x7fc0]) {
    view.setUint16(0, bits)
    expect(bfloat16ToNumber(bits)).toBe(view.getFloat32(0))
  }
})

test('many at once are each as alone, all 65,536 of them', () => {
  const all = Uint16Array.from({length: 65_536}, (_, bits) => bits)
  expect(float16ToFloat32(all)).toEqual(Float32Array.from(all, float16ToNumber))
  expect(bfloat16ToFloat32(all)).toEqual(Float32Array.from(all, bfloat16ToNumber))
})
