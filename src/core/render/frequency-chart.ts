/** How evenly visual words are used: a bar for each word, the most used first, and the share they cover together. */
import {plural} from './caption.js'
import {type Drawing, type Mark, PALE_INK, type Rgb, rect, WHITE} from './drawing.js'
import {fitText, text} from './lettering.js'

export type FrequencyFacts = {
  /** Name of the vocabulary. */
  readonly name: string
  /** Matches of each word, `[wordCount]`. */
  readonly counts: readonly number[]
  /** Where the counts come from, in words. */
  readonly source: string
  /** Further lines for below the title. */
  readonly details?: readonly string[]
}

/** The plot without its axes, in pixels. */
export const PLOT = {left: 92, top: 132, width: 880, height: 320} as const
const LEAST_PLOT_PX = 520
const WIDTH = PLOT.left + PLOT.width + 76
const HEIGHT = PLOT.top + PLOT.height + 66
export const BAR_COLOUR: Rgb = [58, 110, 165]
const CURVE_COLOUR: Rgb = [200, 92, 20]
const GRID_COLOUR: Rgb = [222, 226, 230]

export function drawFrequencyChart(facts: FrequencyFacts): Drawing {
  const ranked = [...facts.counts].sort((a, b) => b - a)
  const total = ranked.reduce((sum, count) => sum + count, 0)
  const bars = planBars(ranked)
  const step = tickStep(ranked[0] ?? 0)
  const top = Math.max(step, Math.ceil((ranked[0] ?? 0) / step) * step)
  return {
    width: WIDTH,
    height: HEIGHT,
    background: WHITE,
    marks: [
      ...headMarks(facts, ranked, total),
      ...axisMarks(ranked, {step, top, ...bars}),
      ...bars.ranks.map((rank) => bar(rank, ranked[rank]!, top, bars)),
      ...curveMarks(ranked, total, bars),
    ],
  }
}

/** Height of a bar in whole pixels; a word that is used at all has at least one. */
export function barHeight(count: number, top: number): number {
  return count === 0 ? 0 : Math.max(1, Math.round((count / top) * PLOT.height))
}

type Bars = {
  /** Ranks that are drawn, from 0. */
  readonly ranks: readonly number[]
  /** From one bar to the next, in pixels. */
  readonly pitch: number
  readonly barWidth: number
  /** Where the plot ends. */
  readonly right: number
}

/** As many words as there are pixels; the rest, the least used, is left out and said so. */
function planBars(ranked: readonly number[]): Bars {
  const shown = Math.min(ranked.length, PLOT.width)
  const pitch = Math.max(1, Math.min(40, Math.floor(PLOT.width / Math.max(1, shown))))
  return {
    ranks: Array.from({length: shown}, (_, rank) => rank),
    pitch,
    barWidth: pitch > 3 ? pitch - 1 : pitch,
    right: PLOT.left + Math.max(LEAST_PLOT_PX, shown * pitch),
  }
}

function bar(rank: number, count: number, top: number, {pitch, barWidth}: Bars): Mark {
  const left = PLOT.left + rank * pitch
  const bottom = PLOT.top + PLOT.height
  return rect(left, bottom - barHeight(count, top), left + barWidth, bottom, BAR_COLOUR)
}

function headMarks({name, source, details = []}: FrequencyFacts, ranked: readonly number[], total: number): Mark[] {
  const used = ranked.filter((count) => count > 0).length
  const left = PLOT.left - 60
  const room = WIDTH - left - 24
  const half = ranksCovering(ranked, total / 2)
  const lines = [
    `${used.toLocaleString('en-US')} of ${plural(ranked.length, 'word')} used · half of the matches fall to ${plural(half, 'word')}`,
    [source, ...details].join(' · '),
  ]
  return [
    text(fitText(`How often the visual words of ${name} are used`, room, 23), left, 40, {sizePx: 23, weight: 'bold'}),
    ...lines.map((line, index) => text(fitText(line, room, 16), left, 68 + 23 * index, {sizePx: 16, colour: PALE_INK})),
  ]
}

/** How many of the most used words it takes to reach `wanted` matches. */
export function ranksCovering(ranked: readonly number[], wanted: number): number {
  let sum = 0
  for (const [rank, count] of ranked.entries()) {
    sum += count
    if (sum >= wanted && sum > 0) return rank + 1
  }
  return 0
}

function axisMarks(
  ranked: readonly number[],
  {step, top, ranks, pitch, right}: Bars & {readonly step: number; readonly top: number},
): Mark[] {
  const bottom = PLOT.top + PLOT.height
  const small = {sizePx: 14, colour: PALE_INK}
  const marks: Mark[] = []
  for (let value = 0; value <= top; value += step) {
    const y = bottom - Math.round((value / top) * PLOT.height)
    marks.push(rect(PLOT.left, y, right, y + 1, value === 0 ? PALE_INK : GRID_COLOUR))
    marks.push(text(value.toLocaleString('en-US'), PLOT.left - 10, y + 5, {...small, align: 'end'}))
  }
  for (const share of [0, 0.5, 1]) {
    const y = bottom - Math.round(share * PLOT.height)
    marks.push(text(`${share * 100} %`, right + 10, y + 5, {sizePx: 14, colour: CURVE_COLOUR}))
  }
  const last = ranks.length
  const left = ranked.length > last ? `, ${plural(ranked.length - last, 'word')} more not drawn` : ''
  return [
    ...marks,
    text('matches of a word', PLOT.left - 60, PLOT.top - 14, {sizePx: 14, colour: BAR_COLOUR}),
    text('share of all matches so far', right + 60, PLOT.top - 14, {sizePx: 14, colour: CURVE_COLOUR, align: 'end'}),
    text('1', PLOT.left, bottom + 20, small),
    ...(last > 1
      ? [text(last.toLocaleString('en-US'), PLOT.left + last * pitch, bottom + 20, {...small, align: 'end' as const})]
      : []),
    text(`words by use${left}`, (PLOT.left + right) / 2, bottom + 44, {...small, align: 'middle'}),
  ]
}

function curveMarks(ranked: readonly number[], total: number, {ranks, pitch}: Bars): Mark[] {
  if (total === 0) return []
  const bottom = PLOT.top + PLOT.height
  const line: number[] = [PLOT.left, bottom]
  let sum = 0
  for (const rank of ranks) {
    sum += ranked[rank]!
    line.push(PLOT.left + (rank + 1) * pitch, bottom - (sum / total) * PLOT.height)
  }
  return [{kind: 'lines', lines: [line], widthPx: 2.5, colour: CURVE_COLOUR}]
}

/** A step of 1, 2 or 5 times a power of ten that parts the axis into three to six. */
function tickStep(most: number): number {
  const rough = Math.max(1, most / 5)
  const power = 10 ** Math.floor(Math.log10(rough))
  return [1, 2, 5, 10].map((factor) => factor * power).find((step) => step >= rough)!
}
