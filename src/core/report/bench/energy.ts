/** Energy of a bench as tables, notes and cells; nothing of it where nothing was measured. */
import type {EnergySummary} from '../../workflows/bench/energy.js'
import type {BenchRow} from '../../workflows/bench/rows.js'
import type {CsvCell} from '../csv.js'
import {printable} from '../text.js'

/** A column of the bench's tables. */
type Column = {readonly title: string; readonly cell: (row: BenchRow) => string}

export type EnergyTable = {readonly title: string; readonly columns: readonly Column[]}

const NONE = '–'

/** Watts and joules; with `--protocol` beside them the figures taken as the paper did. */
export function energyTables(rows: readonly BenchRow[]): EnergyTable[] {
  const [measured] = rows.flatMap(({watts}) => watts ?? [])
  const tables: EnergyTable[] = []
  if (measured) {
    const unit = unitFor(rows)
    tables.push({
      title: `Energy of an image in ${unit.name}, ${measured.grade} (${printable(measured.source)})`,
      columns: [
        {title: 'watts', cell: ({watts}) => (watts ? digits(watts.mean) : NONE)},
        {title: 'encoder (95 %)', cell: ({joulesPerImage}) => withEnds(joulesPerImage, unit.joules)},
        ...(rows.some(({joulesPerImage}) => joulesPerImage?.net != null)
          ? [{title: 'net', cell: ({joulesPerImage}: BenchRow) => amount(joulesPerImage?.net, unit.joules)}]
          : []),
        {title: 'of base (95 %)', cell: ({relative}) => share(relative.joules, relative.joulesCi95)},
        {
          title: 'file to label',
          cell: ({endToEndJoulesPerImage}) => amount(endToEndJoulesPerImage?.gross, unit.joules),
        },
      ],
    })
  }
  if (rows.some(({protocol}) => protocol)) {
    tables.push({
      title: 'As the VWT paper measured: encoder, whole batches, read after each',
      columns: [
        {title: 'ms', cell: ({protocol}) => meanAndStd(protocol?.ms)},
        {title: 'watts', cell: ({protocol}) => meanAndStd(protocol?.watts)},
      ],
    })
  }
  return tables
}

/** How it was told, in one line. */
export function energyNote({source, grade, idle, windowSeconds, blocks, reason, circumstances}: EnergySummary): string {
  if (source === null) return `energy not measured: ${printable(reason ?? '')}`
  const windows = windowSeconds === null ? '' : `, ${blocks} windows of at least ${digits(windowSeconds)} s each`
  const rest = idle ? `; net is without ${digits(idle.watts)} W at rest (${digits(idle.seconds)} s)` : ''
  return `energy ${grade} by ${printable(source)}${windows}${rest}${circumstancesOf(circumstances)}`
}

/** `; limitWatts 700, temperatureC 40 to 52`: from the start to the end. */
function circumstancesOf(circumstances: EnergySummary['circumstances']): string {
  if (!circumstances) return ''
  const {atStart, atEnd} = circumstances
  const parts = Object.entries(atStart).map(([name, value]) =>
    value === (atEnd[name] ?? value) ? `${name} ${value}` : `${name} ${value} to ${atEnd[name]}`,
  )
  return `; ${printable(parts.join(', '))}`
}

/** For CSV, joules and watts unrounded; only where something was measured. */
export function energyCells({
  watts,
  joulesPerImage,
  endToEndJoulesPerImage,
  relative,
  protocol,
}: BenchRow): Record<string, CsvCell> {
  return {
    watts_mean: watts?.mean ?? null,
    energy_source: watts?.source ?? null,
    energy_grade: watts?.grade ?? null,
    joules_per_image: joulesPerImage?.gross ?? null,
    joules_per_image_low: joulesPerImage?.ci95?.[0] ?? null,
    joules_per_image_high: joulesPerImage?.ci95?.[1] ?? null,
    net_joules_per_image: joulesPerImage?.net ?? null,
    end_to_end_joules_per_image: endToEndJoulesPerImage?.gross ?? null,
    relative_watts: relative.watts,
    relative_joules: relative.joules,
    relative_joules_low: relative.joulesCi95?.[0] ?? null,
    relative_joules_high: relative.joulesCi95?.[1] ?? null,
    ...(protocol
      ? {
          protocol: protocol.name,
          protocol_ms_mean: protocol.ms.mean,
          protocol_ms_std: protocol.ms.std,
          protocol_watts_mean: protocol.watts?.mean ?? null,
          protocol_watts_std: protocol.watts?.std ?? null,
        }
      : {}),
  }
}

function unitFor(rows: readonly BenchRow[]): {readonly name: string; readonly joules: number} {
  const most = Math.max(
    ...rows.map(({endToEndJoulesPerImage: all, joulesPerImage: one}) => all?.gross ?? one?.gross ?? 0),
  )
  return most < 1 ? {name: 'mJ', joules: 1e-3} : {name: 'J', joules: 1}
}

function amount(joules: number | null | undefined, unit: number): string {
  return joules == null ? NONE : digits(joules / unit)
}

function withEnds(figure: BenchRow['joulesPerImage'], unit: number): string {
  if (!figure) return NONE
  const ends = figure.ci95 ? ` (${figure.ci95.map((end) => digits(end / unit)).join('–')})` : ''
  return `${digits(figure.gross / unit)}${ends}`
}

function share(ratio: number | null, ci95: readonly [number, number] | null): string {
  if (ratio === null) return NONE
  const ends = ci95 ? ` (${ci95.map((end) => (100 * end).toFixed(0)).join('–')})` : ''
  return `${(100 * ratio).toFixed(0)} %${ends}`
}

function meanAndStd(spread: {readonly mean: number; readonly std: number} | null | undefined): string {
  return spread ? `${digits(spread.mean)} ± ${digits(spread.std)}` : NONE
}

/** Three digits. */
function digits(value: number): string {
  const size = Math.abs(value)
  return value.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : 2)
}
