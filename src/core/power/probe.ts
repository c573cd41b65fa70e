/** Which energy meters this machine has, which of them vwt may read, and what would make the others readable. */
import {messageOf} from '../base/errors.js'
import type {Grade, MeterName} from './meter.js'
import {surveyNvidiaSmi} from './nvidia-smi.js'
import {surveyNvml} from './nvml.js'
import {surveyRapl} from './rapl.js'
import {type PowerWorld, thisMachine} from './world.js'

/** One meter, or one kind of meter that is not there. */
export type EnergyMeter = {
  readonly name: MeterName
  /** What it measures: `package-0`, `dram`, `NVIDIA H200`. */
  readonly covers: string
  readonly grade: Grade
  readonly readable: boolean
  /** Why it cannot be read; null when it can. */
  readonly reason: string | null
  /** What would make it readable; null when nothing on this machine would. */
  readonly cure: string | null
}

export type ProbeWorld = Pick<PowerWorld, 'platform' | 'isRoot' | 'listFolder' | 'readText' | 'run' | 'loadNvml'>

/** Looks, reads each counter once, changes nothing. The meters of the processor come first. */
export async function probeMeters(world: ProbeWorld = thisMachine): Promise<EnergyMeter[]> {
  return [...processorMeters(world), ...(await nvidiaMeters(world))]
}

function processorMeters(world: ProbeWorld): EnergyMeter[] {
  if (world.platform === 'darwin') {
    const closed = {readable: false, reason: 'powermetrics needs root', cure: 'run vwt with sudo'}
    const state = world.isRoot ? {readable: true, reason: null, cure: null} : closed
    return [{name: 'powermetrics', covers: 'CPU, GPU and ANE', grade: 'sampled', ...state}]
  }
  if (world.platform === 'win32') {
    const reason = 'the Energy Meter Interface of Windows is not read by this version of vwt'
    return [{name: 'emi', covers: 'CPU', grade: 'measured', readable: false, reason, cure: '--power-command'}]
  }
  const {packages, memory, reason, cure} = surveyRapl(world)
  const kind = {name: 'rapl', grade: 'measured'} as const
  if (packages.length === 0) return [{...kind, covers: 'CPU', readable: false, reason, cure}]
  return [...packages, ...memory].map(({name, path: _, ...state}) => ({...kind, covers: name, ...state}))
}

/** nvidia-smi counts only where the counter does not. */
async function nvidiaMeters(world: ProbeWorld): Promise<EnergyMeter[]> {
  const counter = {name: 'nvml', grade: 'measured', cure: null} as const
  let counters: EnergyMeter[]
  try {
    const library = await world.loadNvml()
    counters = surveyNvml(library).map(({name, reason}) => ({
      ...counter,
      covers: name,
      readable: reason === null,
      reason,
    }))
    library.close()
    if (counters.length === 0) counters = [{...counter, covers: 'NVIDIA GPU', readable: false, reason: 'no GPU'}]
  } catch (error) {
    counters = [{...counter, covers: 'NVIDIA GPU', readable: false, reason: messageOf(error)}]
  }
  if (counters.every(({readable}) => readable)) return counters
  const readings = ((await surveyNvidiaSmi(world)) ?? []).map(({name, field}) => ({
    name: 'nvidia-smi' as const,
    covers: name,
    grade: 'sampled' as const,
    readable: field !== null,
    reason: field === null ? 'the driver reports no power draw for it' : null,
    cure: null,
  }))
  return [...counters, ...readings]
}
