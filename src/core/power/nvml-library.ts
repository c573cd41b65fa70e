/**
 * The library that comes with NVIDIA's driver, called from Node through koffi: a C function is the only way to the
 * energy counter, which nvidia-smi does not print. koffi (MIT, 4 MB, prebuilt for every platform of Node, no install
 * script needed) is an optional dependency and is loaded only when a GPU's meter is looked for.
 */
import {messageOf} from '../base/errors.js'
import type {Circumstances} from './meter.js'

export type NvmlDevice = {
  readonly name: string
  /** `GPU-4f1c…`, as `CUDA_VISIBLE_DEVICES` may say it. */
  readonly uuid: string
  /** Since the driver was loaded. Throws `NvmlError`, as `readPowerMilliwatts` does. */
  readonly readEnergyMillijoules: () => number
  readonly readPowerMilliwatts: () => number
  /** What the GPU answers to of driver, power limit, temperature and clock. */
  readonly describe: () => Circumstances
}

export type NvmlLibrary = {
  /** In the order of their places on the bus. */
  readonly devices: readonly NvmlDevice[]
  readonly close: () => void
}

/** What a function of the library answered instead of 0. */
export class NvmlError extends Error {
  override readonly name = 'NvmlError'
  constructor(
    readonly status: number,
    call: string,
  ) {
    super(`${call}: ${STATUS[status] ?? `status ${status}`}`)
  }
}

/** Of nvml.h, those that an energy reading may meet. */
const STATUS: Readonly<Record<number, string>> = {
  3: 'not supported by this GPU',
  4: 'no permission',
  9: 'the driver is not loaded',
  15: 'the GPU is lost',
  18: 'library and kernel module are of different versions',
}

const NAMES: Readonly<Record<string, readonly string[]>> = {
  linux: ['libnvidia-ml.so.1'],
  win32: ['nvml.dll', 'C:\\Program Files\\NVIDIA Corporation\\NVSMI\\nvml.dll'],
}
const NAME_BYTES = 96
/** Of nvml.h. */
const GPU_SENSOR = 0
const SM_CLOCK = 1

type Call = (...args: unknown[]) => number
type Koffi = {
  load(path: string): {func(definition: string): Call}
}

/**
 * @param paths files or names the system's loader knows; the first that loads is taken.
 * @throws {Error} no library, no koffi, or a driver that does not answer: the message is the reason.
 */
export async function loadNvml(paths: readonly string[] = NAMES[process.platform] ?? []): Promise<NvmlLibrary> {
  if (paths.length === 0) throw new Error(`NVIDIA has no driver for ${process.platform}`)
  const library = loadFirst(await importKoffi(), paths)
  const declare = (definition: string): Call => {
    const name = /(\w+)\(/.exec(definition)![1]!
    const call = library.func(definition)
    return (...args) => {
      const status = call(...args)
      if (status !== 0) throw new NvmlError(status, name)
      return status
    }
  }
  const count = declare('int nvmlDeviceGetCount_v2(_Out_ unsigned int *count)')
  const handle = declare('int nvmlDeviceGetHandleByIndex_v2(unsigned int index, _Out_ void **device)')
  const name = declare('int nvmlDeviceGetName(void *device, void *name, unsigned int length)')
  const uuid = declare('int nvmlDeviceGetUUID(void *device, void *uuid, unsigned int length)')
  const energy = declare('int nvmlDeviceGetTotalEnergyConsumption(void *device, _Out_ uint64_t *energy)')
  const power = declare('int nvmlDeviceGetPowerUsage(void *device, _Out_ unsigned int *power)')
  const driver = declare('int nvmlSystemGetDriverVersion(void *version, unsigned int length)')
  const limit = declare('int nvmlDeviceGetEnforcedPowerLimit(void *device, _Out_ unsigned int *limit)')
  const temperature = declare('int nvmlDeviceGetTemperature(void *device, int sensor, _Out_ unsigned int *celsius)')
  const clock = declare('int nvmlDeviceGetClockInfo(void *device, int kind, _Out_ unsigned int *megahertz)')
  const shutdown = declare('int nvmlShutdown()')
  declare('int nvmlInit_v2()')()
  const numberOf = (call: Call, ...args: unknown[]): number => {
    const out: unknown[] = [null]
    call(...args, out)
    return Number(out[0])
  }
  const textOf = (call: Call, ...args: unknown[]): string => {
    const bytes = Buffer.alloc(NAME_BYTES)
    call(...args, bytes, NAME_BYTES)
    return bytes.subarray(0, Math.max(0, bytes.indexOf(0))).toString('utf8')
  }
  const open = (index: number): NvmlDevice => {
    const out: unknown[] = [null]
    handle(index, out)
    const device = out[0]
    return {
      name: textOf(name, device),
      uuid: textOf(uuid, device),
      readEnergyMillijoules: () => numberOf(energy, device),
      readPowerMilliwatts: () => numberOf(power, device),
      describe: () => ({
        ...answered('driver', () => textOf(driver)),
        ...answered('limitWatts', () => numberOf(limit, device) / 1000),
        ...answered('temperatureC', () => numberOf(temperature, device, GPU_SENSOR)),
        ...answered('smClockMhz', () => numberOf(clock, device, SM_CLOCK)),
      }),
    }
  }
  try {
    return {devices: Array.from({length: numberOf(count)}, (_, index) => open(index)), close: () => shutdown()}
  } catch (error) {
    shutdown()
    throw error
  }
}

/** Left out when the GPU does not know it. */
function answered(name: string, ask: () => string | number): Circumstances {
  try {
    return {[name]: ask()}
  } catch (error) {
    if (error instanceof NvmlError) return {}
    throw error
  }
}

/** It is optional: npm leaves it out where it does not install. */
async function importKoffi(): Promise<Koffi> {
  try {
    const loaded = (await import('koffi')) as unknown as {default?: Koffi} & Koffi
    return loaded.default ?? loaded
  } catch (error) {
    throw new Error(`koffi, through which the driver's library is called, is not installed: ${messageOf(error)}`)
  }
}

function loadFirst(koffi: Koffi, paths: readonly string[]): ReturnType<Koffi['load']> {
  const failures: string[] = []
  for (const path of paths) {
    try {
      return koffi.load(path)
    } catch (error) {
      const message = messageOf(error)
      failures.push(
        `${path} ${/no such file|not (be )?found/i.test(message) ? 'is not there' : `does not load: ${message}`}`,
      )
    }
  }
  throw new Error(`no NVIDIA driver: ${failures.join('; ')}`)
}
