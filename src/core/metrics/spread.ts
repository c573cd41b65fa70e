/** How far a list of numbers spreads. */

export type Spread = {
  readonly count: number
  readonly mean: number
  /** Sample standard deviation (divided by count - 1); 0 for one value. */
  readonly std: number
  readonly min: number
  readonly max: number
}

/** @returns null for no values: there is nothing to say, which is not 0. */
export function spreadOf(values: readonly number[]): Spread | null {
  if (values.length === 0) return null
  const count = values.length
  const mean = values.reduce((sum, value) => sum + value, 0) / count
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0)
  return {
    count,
    mean,
    std: count > 1 ? Math.sqrt(squares / (count - 1)) : 0,
    min: values.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY),
    max: values.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY),
  }
}
