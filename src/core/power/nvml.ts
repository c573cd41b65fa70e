/**
 * NVML, the energy counter of NVIDIA's GPUs since Volta, in millijoules since the driver was loaded: of the whole board
 * with its memory. The counter is updated about every 100 ms, so a window of five seconds is off by 2 % at most.
 *
 * @see Yang et al., Part-time Power Measurements, SC 2024, arXiv 2312.02741: on A100 and H100 the sensor behind it sees a
 *   quarter of the time only; many windows at shifting moments make up for it, which is how the bench takes them.
 */
import {messageOf} from '../base/errors.js'
import {counterMeter} from './counter.js'
import type {Meter} from './meter.js'
import type {NvmlDevice, NvmlLibrary} from './nvml-library.js'
import type {PowerWorld} from './world.js'

const REFRESH_MS = 100
const SHORTEST_MS = 5000

export type NvmlReport = {
  readonly name: string
  readonly uuid: string
  /** Why its energy cannot be read; null when it can. */
  readonly reason: string | null
}

/** Reads each GPU's counter once. @param library stays open. */
export function surveyNvml({devices}: NvmlLibrary): NvmlReport[] {
  return devices.map(({name, uuid, readEnergyMillijoules}) => {
    try {
      readEnergyMillijoules()
      return {name, uuid, reason: null}
    } catch (error) {
      return {name, uuid, reason: messageOf(error)}
    }
  })
}

/**
 * One GPU as a meter.
 * @param library is closed with the meter.  @param device one of the library's, whose counter can be read.
 */
export function openNvml(world: Pick<PowerWorld, 'now'>, library: NvmlLibrary, device: NvmlDevice): Meter {
  return counterMeter({
    name: 'nvml',
    covers: device.name,
    refreshMs: REFRESH_MS,
    shortestMs: SHORTEST_MS,
    stepJoules: 1e-3,
    counters: [{name: device.name, countJoules: 1e-3, highestCount: null, read: device.readEnergyMillijoules}],
    readWatts: () => device.readPowerMilliwatts() / 1000,
    circumstances: device.describe,
    close: library.close,
    now: world.now,
  })
}

/**
 * The GPU a session runs on: the first of `CUDA_VISIBLE_DEVICES` (a number or the beginning of a UUID), else the first.
 * CUDA numbers GPUs by speed unless `CUDA_DEVICE_ORDER=PCI_BUS_ID`: among unlike ones a UUID is unambiguous.
 */
export function visibleDevice<D extends {readonly uuid: string}>(
  devices: readonly D[],
  env: PowerWorld['env'],
): D | undefined {
  const first = env.CUDA_VISIBLE_DEVICES?.split(',')[0]?.trim()
  if (first === undefined || first === '') return devices[0]
  return /^\d+$/.test(first) ? devices[Number(first)] : devices.find(({uuid}) => uuid.startsWith(first))
}
