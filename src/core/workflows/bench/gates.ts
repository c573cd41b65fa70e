/** Conditions held against the rows of a bench. */
import {UsageError} from '../../base/errors.js'
import type {Gate, Quantities, Quantity} from './gate.js'
import type {BenchRow} from './rows.js'
import type {BenchSet} from './set.js'

const CAPTION_QUANTITY = /^accuracy\.(?:bleu|rouge|cider|spice)/

/** A condition on one row. */
export type GateResult = {
  readonly require: string
  readonly method: string
  readonly batch: number
  readonly passed: boolean
  /** What the condition names, as measured; null where it was not. */
  readonly values: Readonly<Partial<Record<Quantity, number | null>>>
}

/** Every condition for every method but base; for base when it is alone. */
export function checkGates(gates: readonly Gate[], rows: readonly BenchRow[]): GateResult[] {
  const base = rows[0]!.method
  const others = rows.filter(({method}) => method !== base)
  return (others.length > 0 ? others : rows).flatMap((row) => {
    const values = quantitiesOf(row, rows.find(({method, batch}) => method === base && batch === row.batch)!)
    return gates.map(({text, names, holds}) => ({
      require: text,
      method: row.method,
      batch: row.batch,
      // A meter may have failed on the way: what was not measured is not met.
      passed: names.every((name) => values[name] !== null) && holds(values),
      values: Object.fromEntries(names.map((name) => [name, values[name]])),
    }))
  })
}

/** Refuses before the work a condition on what cannot be known of these images. */
export function checkGatesMeasured(
  gates: readonly Gate[],
  {name, tasks, groups, captions}: BenchSet,
  {spice = false}: {readonly spice?: boolean} = {},
): void {
  for (const gate of gates) {
    const reasonOf = (quantity: string): string | undefined => {
      if (!quantity.startsWith('accuracy.')) return undefined
      if (CAPTION_QUANTITY.test(quantity)) {
        if (!captions) return 'it asks for no captions, or nobody wrote any of its images'
        return quantity.includes('spice') && !spice ? '--spice-jar names no tool' : undefined
      }
      if (captions) return 'it asks for captions, not for labels'
      if (tasks.length === 0) return 'its images have no labels'
      if (quantity.startsWith('accuracy.worstGroup') && !groups) return 'its images have no groups'
      return quantity === 'accuracy.top5' && tasks[0]!.labels.length <= 5 ? 'it has five labels or fewer' : undefined
    }
    const missing = gate.names.find((quantity) => reasonOf(quantity))
    if (!missing) continue
    throw new UsageError(
      `The condition ${JSON.stringify(gate.text)} needs ${missing}, but ${name} has none: ${reasonOf(missing)}.`,
      {
        code: 'require-unmeasured',
        suggestions: captions
          ? ['For captions there are accuracy.cider, accuracy.ciderDrop, accuracy.bleu4 and others.']
          : ['--data FOLDER with a folder for each class', '--suite scenes-groups has labels and groups.'],
      },
    )
  }
}

/** The quantities of a row that conditions may name. @param base the row of base at the same batch size. */
export function quantitiesOf(row: BenchRow, base: BenchRow): Quantities {
  const {accuracy, latencyMs, endToEndMs, relative} = row
  const percent = (fraction: number | null | undefined) => (fraction == null ? null : fraction * 100)
  const savingOf = (ratio: number | null) => (ratio === null ? null : 100 * (1 - ratio))
  const dropOf = (fraction: number | null | undefined, reference: number | null | undefined) =>
    fraction == null || reference == null ? null : 100 * (reference - fraction)
  return {
    'accuracy.top1': percent(accuracy?.top1),
    'accuracy.top5': percent(accuracy?.top5),
    'accuracy.worstGroup': percent(accuracy?.worstGroup),
    'accuracy.map': percent(accuracy?.map),
    'accuracy.drop': dropOf(accuracy?.top1, base.accuracy?.top1),
    'accuracy.worstGroupDrop': dropOf(accuracy?.worstGroup, base.accuracy?.worstGroup),
    'accuracy.bleu4': percent(accuracy?.bleu4),
    'accuracy.bleu4Drop': dropOf(accuracy?.bleu4, base.accuracy?.bleu4),
    'accuracy.rougeL': percent(accuracy?.rougeL),
    'accuracy.cider': percent(accuracy?.cider),
    'accuracy.ciderDrop': dropOf(accuracy?.cider, base.accuracy?.cider),
    'accuracy.spice': percent(accuracy?.spice),
    'accuracy.spiceDrop': dropOf(accuracy?.spice, base.accuracy?.spice),
    'latency.median': latencyMs.median,
    'latency.p95': latencyMs.p95,
    'latency.mean': latencyMs.mean,
    'latency.speedup': 1 / relative.latency,
    'endToEnd.median': endToEndMs.median,
    'endToEnd.speedup': 1 / relative.endToEnd,
    imagesPerSecond: row.imagesPerSecond,
    'watts.mean': row.watts?.mean ?? null,
    'watts.saving': savingOf(relative.watts),
    'joules.perImage': row.joulesPerImage?.gross ?? null,
    'joules.net': row.joulesPerImage?.net ?? null,
    'joules.saving': savingOf(relative.joules),
    'joules.endToEnd': row.endToEndJoulesPerImage?.gross ?? null,
    'tokens.mean': row.tokens.mean,
    'tokens.ratio': relative.tokens,
  }
}
