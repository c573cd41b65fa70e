/**
 * nvidia-smi, for NVIDIA GPUs whose energy counter cannot be called: power readings ten times a second, added up. The
 * instantaneous reading where the driver knows it; the other is a mean over the last second on most GPUs.
 */
import type {Meter} from './meter.js'
import {openStream} from './stream-meter.js'
import type {PowerWorld} from './world.js'

const PERIOD_MS = 100
/** The better first. */
const FIELDS = ['power.draw.instant', 'power.draw'] as const

export type SmiReport = {
  readonly name: string
  readonly uuid: string
  /** What to ask for; null when the driver reports no power of this GPU. */
  readonly field: (typeof FIELDS)[number] | null
}

/** The GPUs nvidia-smi lists, in the order of their places on the bus; undefined when there is no nvidia-smi. */
export async function surveyNvidiaSmi(world: Pick<PowerWorld, 'run'>): Promise<SmiReport[] | undefined> {
  // A driver that does not know a field refuses the whole question.
  for (const field of FIELDS) {
    const text = await world.run('nvidia-smi', [`--query-gpu=uuid,${field},name`, '--format=csv,noheader,nounits'])
    if (text === undefined) continue
    const rows = text.split('\n').filter((line) => line.trim() !== '')
    return rows.map((row) => {
      const [uuid = '', watts = '', ...name] = row.split(',').map((cell) => cell.trim())
      return {name: name.join(', '), uuid, field: Number.isFinite(Number.parseFloat(watts)) ? field : null}
    })
  }
  return undefined
}

/** @throws {UsageError} `meter-silent`: it does not go on printing. */
export async function openNvidiaSmi(
  {name, uuid, field}: SmiReport & {readonly field: string},
  world: Pick<PowerWorld, 'openLines' | 'now' | 'sleep'>,
): Promise<Meter> {
  const args = [`--id=${uuid}`, `--query-gpu=${field}`, '--format=csv,noheader,nounits', `--loop-ms=${PERIOD_MS}`]
  return openStream(
    world.openLines({program: 'nvidia-smi', args}),
    {
      name: 'nvidia-smi',
      covers: name,
      parse: (text, atMs) => {
        const watts = Number.parseFloat(text)
        return Number.isFinite(watts) ? {atMs, watts} : undefined
      },
    },
    world,
  )
}
