/** Sixteen-bit floats as raw bits, in and out of JavaScript numbers. */

/** IEEE half precision to a number; exact, subnormals and infinities included. @param bits the 16 bits, 0 to 65535. */
export function float16ToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1
  const exponent = (bits >> 10) & 0x1f
  const fraction = bits & 0x3ff
  if (exponent === 0) return sign * fraction * 2 ** -24
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : NaN
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15)
}

/** bfloat16 is the upper half of a float32; exact. @param bits the 16 bits, 0 to 65535. */
export function bfloat16ToNumber(bits: number): number {
  word[0] = (bits << 16) >>> 0
  return float[0]!
}

/** Many half-precision numbers at once, by a table of all of them: weights are read by the million. */
export function float16ToFloat32(halves: Uint16Array): Float32Array {
  float16Table ??= Float32Array.from({length: 65_536}, (_, bits) => float16ToNumber(bits))
  const floats = new Float32Array(halves.length)
  for (let index = 0; index < halves.length; index += 1) floats[index] = float16Table[halves[index]!]!
  return floats
}

/** Many bfloat16 numbers at once. */
export function bfloat16ToFloat32(halves: Uint16Array): Float32Array {
  const words = new Uint32Array(halves.length)
  for (let index = 0; index < halves.length; index += 1) words[index] = halves[index]! << 16
  return new Float32Array(words.buffer)
}

/** Made when it is first needed. */
let float16Table: Float32Array | undefined
const word = new Uint32Array(1)
const float = new Float32Array(word.buffer)
