/** Which meter tells the energy of a model that runs on a device, or why none does. */
import {messageOf} from '../base/errors.js'
import {openCommand} from './command.js'
import {addMeters, type Meter} from './meter.js'
import {openNvidiaSmi, surveyNvidiaSmi} from './nvidia-smi.js'
import {openNvml, surveyNvml, visibleDevice} from './nvml.js'
import {openPowermetrics} from './powermetrics.js'
import {openRapl, surveyRapl} from './rapl.js'
import {type PowerWorld, thisMachine} from './world.js'

export type OpenedMeter =
  | {
      readonly meter: Meter /** What the meter leaves out, in a sentence; undefined when nothing. */
      readonly note?: string
    }
  /** Why there is none, as a sentence, with the cure where there is one. */
  | {readonly meter: undefined; readonly reason: string}

export type MeterRequest = {
  /** Where the model runs. */
  readonly device: string
  /** A command of the user's; then no other meter is looked for. */
  readonly powerCommand?: string | undefined
}

/**
 * The processor's counter for a model on the processor; the GPU's counter, and the processor's beside it, for one on a
 * GPU. A processor's counter alone says nothing about a GPU and is not taken for it.
 *
 * @throws {UsageError} the user's command gives no readings.
 */
export async function openMeter(
  {device, powerCommand}: MeterRequest,
  world: PowerWorld = thisMachine,
): Promise<OpenedMeter> {
  if (powerCommand !== undefined) return {meter: await openCommand(powerCommand, world)}
  if (world.platform === 'darwin') return openOnMac(world)
  if (device === 'cpu') return openProcessor(world)
  if (device === 'cuda') return openGpu(world)
  return {
    meter: undefined,
    reason: `No meter is known for the GPU behind ${device}. --power-command takes a meter of your own.`,
  }
}

function openProcessor(world: PowerWorld): OpenedMeter {
  const survey = surveyRapl(world)
  const meter = openRapl(world, survey)
  if (meter) return {meter}
  const closed = survey.packages.find(({readable}) => !readable) ?? survey
  return {
    meter: undefined,
    reason: sentence(`The processor's energy counter cannot be read: ${closed.reason}`, closed.cure),
  }
}

async function openGpu(world: PowerWorld): Promise<OpenedMeter> {
  const gpu = await openNvidia(world)
  if (!gpu.meter) return gpu
  const cpu = openProcessor(world)
  return cpu.meter
    ? {meter: addMeters([gpu.meter, cpu.meter])}
    : {meter: gpu.meter, note: `Energy is that of the GPU alone. ${cpu.reason}`}
}

async function openNvidia(world: PowerWorld): Promise<OpenedMeter> {
  let reason: string
  try {
    const library = await world.loadNvml()
    const device = visibleDevice(library.devices, world.env)
    reason = device ? (surveyNvml({...library, devices: [device]})[0]!.reason ?? '') : 'no GPU is visible'
    if (device && reason === '') return {meter: openNvml(world, library, device)}
    library.close()
  } catch (error) {
    reason = messageOf(error)
  }
  const listed = visibleDevice((await surveyNvidiaSmi(world)) ?? [], world.env)
  if (!listed?.field) return {meter: undefined, reason: sentence(`The GPU's energy cannot be read: ${reason}`, null)}
  const meter = await openNvidiaSmi({...listed, field: listed.field}, world)
  return {meter, note: `The GPU's energy counter cannot be read (${reason}), so that power readings are added up.`}
}

async function openOnMac(world: PowerWorld): Promise<OpenedMeter> {
  if (!world.isRoot) return {meter: undefined, reason: 'powermetrics needs root: run vwt with sudo.'}
  return {meter: await openPowermetrics(world)}
}

function sentence(reason: string, cure: string | null): string {
  return cure === null ? `${reason}.` : `${reason}. Cure: ${cure}.`
}
