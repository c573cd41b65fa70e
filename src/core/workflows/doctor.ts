/** What vwt finds on this machine: what it can use, and of the rest why not. */
import {constants} from 'node:fs'
import {access, lstat, readdir} from 'node:fs/promises'
import {basename, dirname, join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {cacheFolder, configFolder, dataFolder} from '../base/places.js'
import type {QuantizedKind} from '../methods/quantize.js'
import {findModels, type ModelLocation, modelPlaces} from '../models/library.js'
import {type EnergyMeter, probeMeters} from '../power/probe.js'
import {type DeviceReport, probeDevices} from '../runtime/devices.js'
import {deviceProbe} from './device-probe.js'
import {describeMachine, type Machine} from './machine.js'
import {quantizedKind} from './quantized.js'

export type FolderReport = {
  readonly purpose: 'cache' | 'data' | 'settings' | 'huggingface'
  readonly path: string
  readonly exists: boolean
  /** For a folder that does not exist: whether it could be made. */
  readonly writable: boolean
  /** Sum of the file sizes, links not followed; 0 when it does not exist. */
  readonly bytes: number
}

export type Diagnosis = {
  readonly machine: Machine
  /** The integers of `q8` on this processor. */
  readonly q8: QuantizedKind
  readonly devices: readonly DeviceReport[]
  readonly meters: readonly EnergyMeter[]
  readonly folders: readonly FolderReport[]
  readonly models: readonly ModelLocation[]
  readonly vocabularies: readonly {readonly name: string; readonly path: string}[]
}

/** Vocabularies shipped with vwt; this file is `src/core/workflows/doctor.ts`, or the same under `dist`. */
const BUNDLED_VOCABULARIES = fileURLToPath(new URL('../../../vocab', import.meta.url))

/** @param onStep told before each step that takes time, such as trying a device. */
export async function diagnose(onStep: (what: string) => void = () => {}): Promise<Diagnosis> {
  onStep('devices')
  const devices = await probeDevices(deviceProbe())
  onStep('energy meters')
  const meters = await probeMeters()
  onStep('folders')
  const places = {
    cache: cacheFolder(),
    data: dataFolder(),
    settings: configFolder(),
    huggingface: modelPlaces().huggingface,
  } as const
  const folders: FolderReport[] = []
  for (const [purpose, path] of Object.entries(places) as [FolderReport['purpose'], string][]) {
    folders.push({purpose, path, ...(await inspectFolder(path))})
  }
  const machine = describeMachine()
  return {
    machine,
    q8: quantizedKind(machine.cpu.instructions),
    devices,
    meters,
    folders,
    models: await findModels(),
    vocabularies: await vocabulariesIn([BUNDLED_VOCABULARIES, join(places.data, 'vocab')]),
  }
}

/** Whether a folder is there, how much it holds, and whether vwt could write into it. Changes nothing. */
export async function inspectFolder(path: string): Promise<Pick<FolderReport, 'exists' | 'writable' | 'bytes'>> {
  const exists = await access(path).then(
    () => true,
    () => false,
  )
  return {exists, writable: await isWritable(path), bytes: exists ? await bytesBelow(path) : 0}
}

/** The folder itself, or, where it is missing, the nearest one above it that is there. */
async function isWritable(path: string): Promise<boolean> {
  try {
    await access(path, constants.W_OK)
    return true
  } catch (error) {
    const parent = dirname(path)
    return (error as NodeJS.ErrnoException).code === 'ENOENT' && parent !== path && isWritable(parent)
  }
}

async function bytesBelow(folder: string): Promise<number> {
  const entries = await readdir(folder, {withFileTypes: true, recursive: true}).catch(() => [])
  const files = entries.filter((entry) => entry.isFile())
  const sizes = await Promise.all(
    files.map((entry) =>
      lstat(join(entry.parentPath, entry.name)).then(
        ({size}) => size,
        () => 0, // Gone between listing and looking.
      ),
    ),
  )
  return sizes.reduce((sum, size) => sum + size, 0)
}

async function vocabulariesIn(folders: readonly string[]): Promise<{name: string; path: string}[]> {
  const found: {name: string; path: string}[] = []
  for (const folder of folders) {
    const names = await readdir(folder).catch(() => [])
    const files = names.filter((name) => name.endsWith('.safetensors')).sort()
    found.push(...files.map((name) => ({name: basename(name, '.safetensors'), path: join(folder, name)})))
  }
  return found
}
