/**
 * powermetrics, the power readings of macOS: processor, graphics and neural engine together, each a mean since the
 * reading before it. Only root may run it.
 */
import type {Meter} from './meter.js'
import type {Reading} from './readings.js'
import {openStream} from './stream-meter.js'
import type {PowerWorld} from './world.js'

const PERIOD_MS = 100

/** @throws {UsageError} `meter-silent`. */
export async function openPowermetrics(world: Pick<PowerWorld, 'openLines' | 'now' | 'sleep'>): Promise<Meter> {
  const args = ['--samplers', 'cpu_power,gpu_power', '--sample-rate', String(PERIOD_MS)]
  const source = world.openLines({program: 'powermetrics', args})
  const options = {name: 'powermetrics', covers: 'CPU, GPU and ANE', grade: 'sampled', parse: sampleParser()} as const
  return openStream(source, options, world)
}

/**
 * Adds up means times the milliseconds they stand for. Apple's processors print `Combined Power (CPU + GPU + ANE): 1843
 * mW`, Intel's `Intel energy model derived package power (CPUs+GT+SA): 3.02W`, each below a line that ends in
 * `(103.21ms elapsed) ***`.
 */
export function sampleParser(): (text: string, atMs: number) => Reading | undefined {
  let elapsedMs = 0
  let joules = 0
  return (text, atMs) => {
    const elapsed = /\(([\d.]+)ms elapsed\)/.exec(text)
    if (elapsed) elapsedMs = Number(elapsed[1])
    const [, value, unit] =
      /^(?:Combined Power|Intel energy model derived package power)\b[^:]*:\s*([\d.]+)\s*(m?W)/.exec(text) ?? []
    if (value === undefined || elapsedMs === 0) return undefined
    const watts = unit === 'mW' ? Number(value) / 1000 : Number(value)
    joules += (watts * elapsedMs) / 1000
    elapsedMs = 0
    return {atMs, joules}
  }
}
