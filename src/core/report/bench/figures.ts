/** What charts and comparisons take from the rows of a bench: what is gained, what it costs, in the units of a reader. */
import type {BenchRow} from '../../workflows/bench/rows.js'
import {percent} from '../text.js'

export type Ends = readonly [number, number]
export type Figure = {readonly value: number; readonly ci95: Ends | null}

/** A quantity of a row: its name with the unit, what it is in a row, how a value is written. */
export type Quantity = {
  readonly name: string
  readonly of: (row: BenchRow) => Figure | null
  readonly text: (value: number) => string
  /** The same without the unit. */
  readonly number: (value: number) => string
}

export const TOP1: Quantity = {
  name: 'top-1, %',
  of: ({accuracy}) =>
    accuracy?.top1 == null ? null : {value: accuracy.top1 * 100, ci95: hundredfold(accuracy.top1Ci95)},
  text: (value) => percent(value / 100),
  number: (value) => value.toFixed(1),
}

/** CIDEr as papers print it, a hundred times the score. */
export const CIDER: Quantity = {
  name: 'CIDEr',
  of: ({accuracy}) =>
    accuracy?.cider == null
      ? null
      : {value: accuracy.cider * 100, ci95: hundredfold(accuracy.captionCi95?.cider ?? null)},
  text: (value) => `CIDEr ${value.toFixed(1)}`,
  number: (value) => value.toFixed(1),
}

function hundredfold(ends: Ends | null): Ends | null {
  return ends && [ends[0] * 100, ends[1] * 100]
}

/** What methods are compared by: labels or captions. */
export function gainOf(rows: readonly BenchRow[]): Quantity & {readonly most: number} {
  return rows.some((row) => CIDER.of(row)) ? {...CIDER, most: 1000} : {...TOP1, most: 100}
}

export const TOKENS: Quantity = {
  name: 'tokens in the last layer, mean',
  of: ({tokens}) => ({value: tokens.mean, ci95: null}),
  text: (value) => `${value.toFixed(value % 1 === 0 ? 0 : 1)} tokens`,
  number: (value) => value.toFixed(value % 1 === 0 ? 0 : 1),
}

export const LATENCY: Quantity = {
  name: 'encoder, ms of one run',
  of: ({latencyMs}) => ({value: latencyMs.median, ci95: latencyMs.ci95}),
  text: (value) => `${msText(value)} ms`,
  number: msText,
}

export const JOULES: Quantity = {
  name: 'encoder, joules per image',
  of: ({joulesPerImage}) => joulesPerImage && {value: joulesPerImage.gross, ci95: joulesPerImage.ci95},
  text: (value) => `${significant(value)} J`,
  number: significant,
}

export const IMAGES_PER_SECOND: Quantity = {
  name: 'images per second, encoder',
  of: ({imagesPerSecond}) => ({value: imagesPerSecond, ci95: null}),
  text: (value) => `${significant(value)} images/s`,
  number: significant,
}

/** Milliseconds without the unit, three digits. */
export function msText(value: number): string {
  return value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0)
}

/** Three significant digits, never as a power of ten. */
export function significant(value: number): string {
  if (value === 0) return '0'
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))))
  return value.toLocaleString('en-US', {
    minimumFractionDigits: Math.min(digits, 9),
    maximumFractionDigits: Math.min(digits, 9),
  })
}

/** A ratio of costs as times as fast (or as cheap), with its interval: the longer the time, the lower the end. */
export function timesText(ratio: number, ci95: Ends | null): string {
  return `${(1 / ratio).toFixed(2)}${ci95 ? ` (${timesEnds(ci95)})` : ''}`
}

/** The interval of a ratio of costs as that of times as fast. */
export function timesEnds([low, high]: Ends): string {
  return `${(1 / high).toFixed(2)}–${(1 / low).toFixed(2)}`
}

/** A change with its sign; what rounds to nothing has none. */
export function signed(value: number, digits: number): string {
  const text = Math.abs(value).toFixed(digits)
  if (Number(text) === 0) return text
  return `${value < 0 ? '−' : '+'}${text}`
}

export function pValueText(pValue: number | undefined): string {
  if (pValue === undefined) return '–'
  return pValue < 0.001 ? '<0.001' : pValue.toFixed(3)
}
