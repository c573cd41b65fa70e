/** Text that fits a terminal: display widths, cutting, padding, wrapping, bars, numbers with units. */
import {Chalk, type ChalkInstance} from 'chalk'
import stringWidth from 'string-width'

/** How a page is laid out. `width` in terminal columns, Infinity where nothing needs cutting (a file, a pipe). */
export type Layout = {readonly width: number; readonly paint: ChalkInstance}

/** No colours, no width limit: what a file or a pipe gets. */
export const PLAIN: Layout = {width: Number.POSITIVE_INFINITY, paint: new Chalk({level: 0})}

const segmenter = new Intl.Segmenter()

/** Columns that `text` takes on a terminal; colour codes take none, wide characters two. */
export function widthOf(text: string): number {
  return stringWidth(text)
}

/** `text` with control characters made visible, so that a file name cannot steer the terminal. */
export function printable(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, (character) => {
    const code = character.charCodeAt(0)
    return code < 32 ? String.fromCharCode(0x2400 + code) : '␡'
  })
}

/** `text` cut to `width` columns, with … at the end, or at the start when the end matters more (paths). */
export function cut(text: string, width: number, keep: 'start' | 'end' = 'start'): string {
  if (widthOf(text) <= width) return text
  const pieces = [...segmenter.segment(text)].map(({segment}) => segment)
  if (keep === 'end') pieces.reverse()
  const kept: string[] = []
  let used = 1
  for (const piece of pieces) {
    used += widthOf(piece)
    if (used > width) break
    kept.push(piece)
  }
  return keep === 'end' ? `…${kept.reverse().join('')}` : `${kept.join('')}…`
}

/** `text` filled with spaces to `width` columns; longer text stays as it is. */
export function pad(text: string, width: number, side: 'left' | 'right' = 'right'): string {
  const fill = ' '.repeat(Math.max(0, width - widthOf(text)))
  return side === 'left' ? fill + text : text + fill
}

/** `text` broken at spaces into lines of at most `width` columns; a longer word stays whole. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = []
  for (const word of text.split(/\s+/).filter(Boolean)) {
    const last = lines.at(-1)
    if (last !== undefined && widthOf(last) + 1 + widthOf(word) <= width) lines[lines.length - 1] = `${last} ${word}`
    else lines.push(word)
  }
  return lines
}

/** A horizontal bar of `width` columns, filled to `fraction` (0 to 1) in steps of an eighth of a column. */
export function bar(fraction: number, width: number): string {
  const eighths = Math.round(Math.min(1, Math.max(0, fraction)) * width * 8)
  const full = Math.floor(eighths / 8)
  const part = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'][eighths % 8]!
  return pad('█'.repeat(full) + part, width)
}

/** 0.8612 → `86.1 %`; what would round to 0 without being it is `<0.1 %`. */
export function percent(fraction: number): string {
  if (fraction > 0 && fraction < 0.0005) return '<0.1 %'
  return `${(fraction * 100).toFixed(1)} %`
}

/** Three significant digits at most: `0.42 ms`, `12.3 ms`, `148 ms`; from ten seconds on in seconds. */
export function milliseconds(ms: number): string {
  if (ms >= 10_000) return `${(ms / 1000).toFixed(1)} s`
  return `${ms.toFixed(ms < 10 ? 2 : ms < 100 ? 1 : 0)} ms`
}

/** Decimal units, as disks and model pages use them: 9_812_345 → `9.8 MB`. */
export function bytes(count: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB']
  let value = count
  let unit = 0
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000
    unit += 1
  }
  return `${unit === 0 || value >= 99.95 ? value.toFixed(0) : value.toFixed(1)} ${units[unit]}`
}

/** Thousands parted by commas: 86192640 → `86,192,640`. */
export function count(value: number): string {
  return value.toLocaleString('en-US')
}
