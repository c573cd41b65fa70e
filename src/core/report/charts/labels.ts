/** Names beside points: each where it covers no point, no other name and no edge, or nowhere. */

export type Box = {readonly left: number; readonly top: number; readonly width: number; readonly height: number}

export type LabelledPoint = {
  readonly x: number
  readonly y: number
  readonly text: string
  /** Placed first; of equal ones the earlier. */
  readonly rank: number
}

export type PlacedLabel = {
  readonly x: number
  /** Of the baseline. */
  readonly y: number
  readonly anchor: 'start' | 'middle' | 'end'
}

/** Pixels of a name, on the safe side: the reader's typeface is not known here. */
export function textWidth(text: string, sizePx: number): number {
  return [...text].length * sizePx * 0.62
}

const POINT_RADIUS = 6
const ANCHORS = [
  {dx: 10, dy: 4, anchor: 'start'},
  {dx: -10, dy: 4, anchor: 'end'},
  {dx: 0, dy: -11, anchor: 'middle'},
  {dx: 0, dy: 19, anchor: 'middle'},
  {dx: 8, dy: -8, anchor: 'start'},
  {dx: 8, dy: 16, anchor: 'start'},
  {dx: -8, dy: -8, anchor: 'end'},
  {dx: -8, dy: 16, anchor: 'end'},
] as const

/**
 * One answer for each point; null where there is no room for its name.
 *
 * @param lines that a name covers only where it has no other place.
 */
export function placeLabels(
  points: readonly LabelledPoint[],
  inside: Box,
  sizePx: number,
  lines: readonly Box[] = [],
): (PlacedLabel | null)[] {
  const taken: Box[] = points.map(({x, y}) => ({
    left: x - POINT_RADIUS,
    top: y - POINT_RADIUS,
    width: 2 * POINT_RADIUS,
    height: 2 * POINT_RADIUS,
  }))
  const placed = new Array<PlacedLabel | null>(points.length).fill(null)
  const order = [...points.keys()].sort((a, b) => points[a]!.rank - points[b]!.rank || a - b)
  for (const index of order) {
    const {x, y, text} = points[index]!
    const free = ANCHORS.map(({dx, dy, anchor}) => {
      const label: PlacedLabel = {x: x + dx, y: y + dy, anchor}
      return {label, box: boxOf(label.x, label.y, anchor, textWidth(text, sizePx), sizePx)}
    }).filter(({box}) => contains(inside, box) && !taken.some((other) => overlap(other, box)))
    const best = free.find(({box}) => !lines.some((line) => overlap(line, box))) ?? free[0]
    if (!best) continue
    placed[index] = best.label
    taken.push(best.box)
  }
  return placed
}

/**
 * Heights of names in one column, moved apart as little as is needed.
 *
 * @param wanted heights, in any order.  @param gap least distance between two.
 * @param range from the highest to the lowest place.
 */
export function spreadHeights(wanted: readonly number[], gap: number, [from, to]: readonly [number, number]): number[] {
  const order = [...wanted.keys()].sort((a, b) => wanted[a]! - wanted[b]!)
  const step = Math.min(gap, (to - from) / Math.max(1, wanted.length - 1))
  const places: number[] = []
  for (const index of order) places.push(Math.max(wanted[index]!, (places.at(-1) ?? from - step) + step))
  // What was pushed beyond the end is pushed back, from the last to the first.
  let limit = to
  for (let rank = places.length - 1; rank >= 0; rank -= 1) {
    places[rank] = Math.min(places[rank]!, limit)
    limit = places[rank]! - step
  }
  const heights = new Array<number>(wanted.length)
  for (const [rank, index] of order.entries()) heights[index] = places[rank]!
  return heights
}

export function boxOf(x: number, baseline: number, anchor: PlacedLabel['anchor'], width: number, sizePx: number): Box {
  const left = anchor === 'start' ? x : anchor === 'end' ? x - width : x - width / 2
  return {left, top: baseline - sizePx * 0.8, width, height: sizePx}
}

export function overlap(a: Box, b: Box): boolean {
  return a.left < b.left + b.width && b.left < a.left + a.width && a.top < b.top + b.height && b.top < a.top + a.height
}

function contains(outer: Box, inner: Box): boolean {
  return (
    inner.left >= outer.left &&
    inner.top >= outer.top &&
    inner.left + inner.width <= outer.left + outer.width &&
    inner.top + inner.height <= outer.top + outer.height
  )
}
