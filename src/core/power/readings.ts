/** Readings in the order they came become the joules between two moments. Pure arithmetic. */

/** Power at a moment, or energy counted up to it; all readings of a meter are of one kind. */
export type Reading = {readonly atMs: number} & ({readonly watts: number} | {readonly joules: number})

export type Curve = {
  readonly joules: number
  /** Readings within, edges included. */
  readonly readings: number
  /** How often a count of joules moved within; for power readings as many as there are steps between them. */
  readonly moves: number
  /** The longest time without a reading over which had to be guessed, in ms: of a count, only at the edges. */
  readonly longestGapMs: number
}

/**
 * Joules from `fromMs` to `toMs`: power is taken to run straight from reading to reading, and so is counted energy.
 *
 * @param readings ascending in time, of one kind, the first at or before `fromMs`, the last at or after `toMs`.
 * @throws {RangeError} they do not reach over both edges, or counted joules fell.
 */
export function energyBetween(readings: readonly Reading[], fromMs: number, toMs: number): Curve {
  const first = readings[0]
  const last = readings.at(-1)
  if (!first || first.atMs > fromMs || last!.atMs < toMs) throw new RangeError('readings do not reach over the window')
  let [joules, within, moves, longestGapMs] = [0, 0, 0, 0]
  for (const [index, b] of readings.entries()) {
    if (b.atMs >= fromMs && b.atMs <= toMs) within += 1
    const a = readings[index - 1]
    if (!a || b.atMs <= fromMs || a.atMs >= toMs) continue
    const [start, end] = [Math.max(a.atMs, fromMs), Math.min(b.atMs, toMs)]
    const part = joulesOf(a, b, start, end)
    if (part < 0) throw new RangeError('the counted joules fell')
    if (part > 0) moves += 1
    joules += part
    const isGuessed = 'watts' in a || a.atMs < fromMs || b.atMs > toMs
    if (isGuessed) longestGapMs = Math.max(longestGapMs, b.atMs - a.atMs)
  }
  return {joules, readings: within, moves, longestGapMs}
}

/** Watts at the last reading; null when a count has been read only once. */
export function latestWatts(readings: readonly Reading[]): number | null {
  const last = readings.at(-1)
  if (!last) return null
  if ('watts' in last) return last.watts
  const before = readings.at(-2)
  if (!before || !('joules' in before) || last.atMs <= before.atMs) return null
  return (1000 * (last.joules - before.joules)) / (last.atMs - before.atMs)
}

/** Of neighbouring readings `a` and `b`, between two moments within. */
function joulesOf(a: Reading, b: Reading, startMs: number, endMs: number): number {
  const span = b.atMs - a.atMs
  if (span <= 0) return 0
  if ('joules' in a && 'joules' in b) return ((b.joules - a.joules) * (endMs - startMs)) / span
  if (!('watts' in a && 'watts' in b)) throw new RangeError('readings of watts and of joules are mixed')
  const wattsAt = (ms: number) => a.watts + ((b.watts - a.watts) * (ms - a.atMs)) / span
  return (((wattsAt(startMs) + wattsAt(endMs)) / 2) * (endMs - startMs)) / 1000
}
