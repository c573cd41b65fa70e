/** Order statistics: where a share of the values lies. */

/**
 * The value below which `fraction` of the values lie, linear between neighbours, as numpy's default.
 * @param sorted ascending, at least one value.
 */
export function quantileOf(sorted: ArrayLike<number>, fraction: number): number {
  const place = (sorted.length - 1) * fraction
  const below = Math.floor(place)
  const low = sorted[below]!
  return low + (place - below) * (sorted[Math.min(below + 1, sorted.length - 1)]! - low)
}

/** The middle value; of an even count the mean of the two in the middle. At least one value. */
export function medianOf(values: readonly number[]): number {
  return quantileOf(ascending(values), 0.5)
}

export function ascending(values: readonly number[]): Float64Array {
  return Float64Array.from(values).sort()
}
