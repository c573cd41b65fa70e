/** Which device a model runs on: the one asked for, or under `auto` the best that opens, with the processor behind it. */
import {DeviceError, messageOf} from '../base/errors.js'
import type {Dialect} from '../models/layers.js'
import {bestDevice} from '../runtime/devices.js'
import {
  DEVICES,
  type Device,
  openSession,
  type Session,
  type SessionGraph,
  type SessionOptions,
} from '../runtime/session.js'
import {deviceProbe} from './device-probe.js'

export const DEVICE_CHOICES = ['auto', ...DEVICES] as const
export type DeviceChoice = (typeof DEVICE_CHOICES)[number]

export type DeviceOptions = {
  readonly device?: DeviceChoice | undefined
  readonly threads?: number | undefined
  /** Told when `auto` had to fall back to the processor. */
  readonly onWarning?: ((message: string) => void) | undefined
}

/**
 * Opens a graph on the chosen device.
 *
 * @param write writes the graph in the dialect of the device.
 * @throws {DeviceError} a device asked for by name does not open.
 */
export async function openOnDevice(
  write: (dialect: Dialect) => SessionGraph,
  {device = 'auto', threads, onWarning}: DeviceOptions,
  options: Omit<SessionOptions, 'device' | 'threads'> = {},
): Promise<Session> {
  const chosen = device === 'auto' ? await bestDevice(deviceProbe) : device
  const open = (on: Device) =>
    openSession(write(dialectOf(on)), {...options, device: on, ...(threads === undefined ? {} : {threads})})
  try {
    return await open(chosen)
  } catch (error) {
    if (device !== 'auto' || chosen === 'cpu' || !(error instanceof DeviceError)) throw error
    onWarning?.(`${messageOf(error)} Running on cpu instead.`)
    return open('cpu')
  }
}

/** Fused attention is exact on the processor and was found wrong on WebGPU: elsewhere graphs keep to plain operators. */
function dialectOf(device: Device): Dialect {
  return device === 'cpu' ? 'fused' : 'plain'
}
