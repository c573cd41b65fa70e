/** The part of a bench behind its times: energy, and where asked for the protocol of a paper. */
import {InterruptedError, messageOf, VwtError} from '../../base/errors.js'
import {ENERGY_BLOCKS, type Energy, measureEnergy, STOPPED} from './energy.js'
import {DEFAULT_IDLE_SECONDS, type EnergyOptions, type EnergyPlan, type EnergySource} from './meter.js'
import {type ProtocolRow, runVwtProtocol} from './protocol.js'
import type {Steps} from './steps.js'
import type {Contestant, PlacedImage, Stages, TurnSamples} from './timing.js'

export type Power = {
  readonly energy: Energy
  readonly protocol: readonly ProtocolRow[]
  /** Present when it was stopped before its end. */
  readonly stopped: {readonly incomplete?: true}
}

export type PowerSettings = EnergyOptions & {
  readonly batches: readonly number[]
  readonly warmup: number
  /** Of a window at least. */
  readonly seconds: number
  readonly seed: number
  readonly signal?: AbortSignal | undefined
  readonly steps: Steps
}

/** Steps that this takes for each method. */
export function powerSteps({kind}: EnergyPlan, {protocol}: EnergyOptions): number {
  return (kind === 'meter' ? ENERGY_BLOCKS : 0) + (protocol ? 1 : 0)
}

/** Stopped, it gives what is complete. @param turns complete blocks of the timing. */
export async function measurePower(
  plan: EnergyPlan,
  contestants: readonly Contestant[],
  images: readonly PlacedImage[],
  stages: Stages,
  turns: readonly TurnSamples[],
  settings: PowerSettings,
): Promise<Power> {
  const source = await openSource(plan, settings.signal)
  try {
    return await measure(source, contestants, images, stages, turns, settings)
  } finally {
    if (source.kind === 'meter') await source.meter.close()
  }
}

/** A meter that could be read at first and cannot now is a reason, no error. */
async function openSource(plan: EnergyPlan, signal: AbortSignal | undefined): Promise<EnergySource> {
  if (signal?.aborted && plan.kind === 'meter') return {kind: 'none', reason: STOPPED}
  try {
    return await plan.open()
  } catch (error) {
    if (!(error instanceof VwtError)) throw error
    return {kind: 'none', reason: messageOf(error)}
  }
}

async function measure(
  source: EnergySource,
  contestants: readonly Contestant[],
  images: readonly PlacedImage[],
  stages: Stages,
  turns: readonly TurnSamples[],
  {batches, warmup, seconds, seed, signal, steps, idle = DEFAULT_IDLE_SECONDS, protocol}: PowerSettings,
): Promise<Power> {
  const settings = {batches, blocks: ENERGY_BLOCKS, warmup, seed, windowSeconds: seconds, idleSeconds: idle}
  const {incomplete, ...energy} = await measureEnergy(source, contestants, images, stages, settings, turns, {
    signal,
    onTurn: (method, block) => steps.also(`${method}: energy, block ${block + 1} of ${ENERGY_BLOCKS}`),
  })
  if (incomplete) return {energy, protocol: [], stopped: {incomplete}}
  if (protocol === undefined) return {energy, protocol: [], stopped: {}}
  try {
    const onMethod = (method: string) => steps.also(`${method}: protocol of the paper`)
    const rows = await runVwtProtocol(source, contestants, images, stages, {batches, seed, signal, onMethod})
    return {energy, protocol: rows, stopped: {}}
  } catch (error) {
    if (!(error instanceof InterruptedError)) throw error
    return {energy, protocol: [], stopped: {incomplete: true}}
  }
}
