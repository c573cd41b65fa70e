/**
 * The legacy random numbers of NumPy (`numpy.random.seed`, `RandomState`), whose sequence NumPy keeps for ever, so that
 * splits drawn with it elsewhere can be drawn again here. For anything new, `seededRandom` is simpler.
 */

const STATE_LENGTH = 624
const SHIFT = 397
const UPPER_BIT = 0x80000000
const LOWER_BITS = 0x7fffffff
const TWIST = 0x9908b0df

export class NumpyRandom {
  readonly #state = new Uint32Array(STATE_LENGTH)
  #next = STATE_LENGTH

  /** @param seed whole number from 0 to 2^32 - 1, as for `RandomState(seed)`. */
  constructor(seed: number) {
    this.#state[0] = seed
    for (let index = 1; index < STATE_LENGTH; index += 1) {
      const before = this.#state[index - 1]!
      this.#state[index] = Math.imul(1_812_433_253, before ^ (before >>> 30)) + index
    }
  }

  /** The whole numbers 0 to `count` - 1 in a random order, as `permutation(count)` and `shuffle` give it. */
  permutation(count: number): number[] {
    const order = Array.from({length: count}, (_, place) => place)
    for (let last = count - 1; last > 0; last -= 1) {
      const other = this.#upTo(last)
      const held = order[last]!
      order[last] = order[other]!
      order[other] = held
    }
    return order
  }

  /** From 0 to `max`, both included: the bits that `max` needs are drawn until they are no more than it. */
  #upTo(max: number): number {
    const mask = 2 ** (32 - Math.clz32(max)) - 1
    for (;;) {
      const value = (this.#draw() & mask) >>> 0
      if (value <= max) return value
    }
  }

  /**
   * 32 random bits.
   * @see Matsumoto and Nishimura, Mersenne Twister, ACM TOMACS 8 (1998), the 32-bit generator MT19937.
   */
  #draw(): number {
    if (this.#next === STATE_LENGTH) this.#twist()
    let value = this.#state[this.#next]!
    this.#next += 1
    value ^= value >>> 11
    value ^= (value << 7) & 0x9d2c5680
    value ^= (value << 15) & 0xefc60000
    return (value ^ (value >>> 18)) >>> 0
  }

  #twist(): void {
    const state = this.#state
    for (let index = 0; index < STATE_LENGTH; index += 1) {
      const joined = (state[index]! & UPPER_BIT) | (state[(index + 1) % STATE_LENGTH]! & LOWER_BITS)
      state[index] = state[(index + SHIFT) % STATE_LENGTH]! ^ (joined >>> 1) ^ (joined & 1 ? TWIST : 0)
    }
    this.#next = 0
  }
}
