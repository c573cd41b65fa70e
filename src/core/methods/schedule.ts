/** ToMe's `r` schedules: how many tokens each layer merges. */
import {UsageError} from '../base/errors.js'
import {type EncoderGeometry, encoderMacs} from '../metrics/macs.js'

/** What the user wrote: one `r`, a pair with its inflection, or a list. */
export type RSchedule =
  | {readonly kind: 'default'}
  | {readonly kind: 'constant'; readonly r: number}
  | {readonly kind: 'inflected'; readonly r: number; readonly inflection: number}
  | {readonly kind: 'list'; readonly r: readonly number[]}

/**
 * `13`, `13,-1` or `[8,8,4]`.
 * @throws {UsageError} another form, an `r` that is negative or not whole, an inflection outside -1 to 1.
 */
export function parseRSchedule(name: string, argument: string | undefined): RSchedule {
  if (argument === undefined) return {kind: 'default'}
  const text = argument.trim()
  const list = /^\[(.*)\]$/.exec(text)?.[1]
  const parts = (list ?? text).split(',').map((part) => part.trim())
  const [first, second, ...rest] = parts.map((part) => (part === '' ? Number.NaN : Number(part)))
  if (list !== undefined && parts.every((part) => isR(Number(part)) && part !== ''))
    return {kind: 'list', r: parts.map(Number)}
  if (list === undefined && rest.length === 0 && isR(first!)) {
    if (second === undefined) return {kind: 'constant', r: first!}
    if (second >= -1 && second <= 1) return {kind: 'inflected', r: first!, inflection: second}
  }
  throw new UsageError(
    `${name} takes r, the tokens merged in each layer (${name}:13), r and an inflection from -1 to 1 (${name}:13,-1), or a list for the layers (${name}:[8,8,4]), but got ${JSON.stringify(argument)}.`,
    {code: 'method-argument', suggestions: [`${name}:13`]},
  )
}

export function formatRSchedule(schedule: RSchedule): string {
  if (schedule.kind === 'constant') return `${schedule.r}`
  if (schedule.kind === 'inflected') return `${schedule.r},${schedule.inflection}`
  return schedule.kind === 'list' ? `[${schedule.r.join(',')}]` : ''
}

/**
 * The `r` of every layer.
 *
 * Inflected: linear from `trunc(r · (1 - inflection))` to its mirror around `r`, so that -1 falls from 2r to 0 and 1
 * rises. Lists are padded with 0, surplus entries are left out. Default: `halfWorkR` in every layer.
 * @see Bolya et al., Token Merging, ICLR 2023, arXiv 2210.09461.
 */
export function layerRs(schedule: RSchedule, geometry: EncoderGeometry): number[] {
  const {kind} = schedule
  const {layers} = geometry
  if (kind === 'list') return Array.from({length: layers}, (_, layer) => schedule.r[layer] ?? 0)
  if (kind !== 'inflected')
    return new Array<number>(layers).fill(kind === 'constant' ? schedule.r : halfWorkR(geometry))
  const start = Math.trunc(schedule.r * (1 - schedule.inflection))
  const end = 2 * schedule.r - start
  const step = layers > 1 ? (end - start) / (layers - 1) : 0
  return Array.from({length: layers}, (_, layer) => Math.trunc(start + step * layer))
}

/** The smallest constant `r` that leaves at most 51 % of the work: 16 for ViT-B/16 at 224 pixels, 45 at 384. */
export function halfWorkR(geometry: EncoderGeometry): number {
  const full = encoderMacs(geometry)
  let r = 0
  while (r < geometry.patchCount && encoderMacs(geometry, new Array<number>(geometry.layers).fill(r)) > 0.51 * full)
    r += 1
  return r
}

function isR(value: number): boolean {
  return Number.isInteger(value) && value >= 0
}
