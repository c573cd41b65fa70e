/** Scales: where a value lies on an axis, and at which round values the axis is marked. */

export type Scale = {
  /** Pixels from the left or top of the drawing. */
  readonly at: (value: number) => number
  /** Round values within the axis, ascending. */
  readonly ticks: readonly number[]
}

export type Range = readonly [low: number, high: number]

/** Steps that people count in. */
const STEPS = [1, 2, 2.5, 5, 10]

/**
 * A straight scale over `values` with some room around them.
 *
 * @param pixels where the low and the high end lie.
 * @param least the axis spans at least so much, so that differences of nothing are not blown up.
 * @param bounds the axis does not go beyond these, whatever the room.
 * @param zero the axis begins at 0.
 */
export function linearScale(
  values: readonly number[],
  pixels: Range,
  {count = 5, least = 0, bounds = [-Infinity, Infinity], zero = false}: LinearOptions = {},
): Scale {
  const [low, high] = spanOf(values, {least, bounds, zero})
  const [from, to] = pixels
  return {at: (value) => from + ((value - low) / (high - low)) * (to - from), ticks: roundTicks([low, high], count)}
}

export type LinearOptions = {
  /** Ticks aimed at. */
  readonly count?: number
  readonly least?: number
  readonly bounds?: Range
  readonly zero?: boolean
}

/** Round values within a range, about `count` of them. */
export function roundTicks([low, high]: Range, count: number): number[] {
  const rough = (high - low) / Math.max(1, count)
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = power * STEPS.find((candidate) => candidate * power >= rough * 0.999)!
  const first = Math.ceil(low / step - 1e-9)
  const last = Math.floor(high / step + 1e-9)
  // Multiples, not sums: 0.1 + 0.2 would show.
  return Array.from({length: last - first + 1}, (_, index) => Number(((first + index) * step).toPrecision(12)))
}

/** Digits behind the point that tell the ticks of an axis apart. */
export function tickText(ticks: readonly number[]): (value: number) => string {
  const step = ticks.length > 1 ? ticks[1]! - ticks[0]! : Math.abs(ticks[0] ?? 1) || 1
  const digits = Math.max(0, ...[step].map((value) => decimalsOf(value)))
  return (value) => (value < 0 ? '−' : '') + groups(Math.abs(value).toFixed(digits))
}

function decimalsOf(step: number): number {
  for (let digits = 0; digits < 8; digits += 1)
    if (Math.abs(step - Number(step.toFixed(digits))) < step / 100) return digits
  return 8
}

function groups(text: string): string {
  const [whole, rest] = text.split('.') as [string, string | undefined]
  const grouped = whole.replaceAll(/\B(?=(\d{3})+$)/g, ',')
  return rest === undefined ? grouped : `${grouped}.${rest}`
}

function spanOf(values: readonly number[], {least, bounds, zero}: Required<Omit<LinearOptions, 'count'>>): Range {
  const known = values.filter(Number.isFinite)
  const low = zero ? 0 : Math.min(...known)
  const high = Math.max(...known)
  if (known.length === 0) return [0, 1]
  const missing = Math.max(0, (least || Math.abs(high) / 50 || 1) - (high - low))
  const room = zero ? 0 : (high - low + missing) * 0.08
  const lower = zero ? 0 : Math.max(bounds[0], low - missing / 2 - room)
  const upper = Math.min(bounds[1], high + (zero ? missing + (high - low) * 0.06 : missing / 2 + room))
  return upper > lower ? [lower, upper] : [lower, lower + 1]
}
