/** Seeded random numbers: same seed, same sequence, on every platform. */

/** A stream of uniform numbers in [0, 1). */
export type Random = () => number

/**
 * Mulberry32 (Tommy Ettinger, public domain algorithm): 32 bits of state, period 2^32, good enough for sampling
 * and far cheaper than a cryptographic source. Not for secrets.
 *
 * @param seed any number; its lowest 32 bits count.
 */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** A whole number from `min` to `max`, both included. */
export function randomInteger(random: Random, min: number, max: number): number {
  return min + Math.floor(random() * (max - min + 1))
}

/** One of `items`, which must not be empty. */
export function randomChoice<T>(random: Random, items: readonly T[]): T {
  return items[Math.floor(random() * items.length)]!
}

/** Mixes several numbers into one seed, so that neighbouring seeds give unrelated streams. */
export function mixSeed(...parts: readonly number[]): number {
  let hash = 0x811c9dc5
  for (const part of parts) {
    hash = Math.imul(hash ^ (part >>> 0), 0x01000193)
    hash ^= hash >>> 15
    hash = Math.imul(hash, 0x2c1b3c6d)
    hash ^= hash >>> 12
  }
  return hash >>> 0
}
