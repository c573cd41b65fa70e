/**
 * Which devices really open here. A device counts as usable when a session on it runs a small graph and gives the
 * processor's numbers: being listed, or opening, is not enough. Each device is tried in a process of its own, because
 * drivers print to the terminal and may bring the process down.
 */
import {spawn} from 'node:child_process'
import {existsSync} from 'node:fs'
import {mkdir, readFile, rename, writeFile} from 'node:fs/promises'
import {createRequire} from 'node:module'
import {hostname} from 'node:os'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {messageOf} from '../base/errors.js'
import {cacheFolder} from '../base/places.js'
import type {Tensor} from '../base/tensor.js'
import type {Device, SessionGraph} from './session.js'

export type DeviceReport = {
  readonly device: Device
  readonly usable: boolean
  /** Why not, in one line; null when usable. */
  readonly reason: string | null
  /** Milliseconds of one run of the probe graph after warm-up; null when not usable. */
  readonly probeMs: number | null
}

/** A graph of matrix products with one input, and that input: what every device is asked to compute. */
export type DeviceProbe = {readonly graph: SessionGraph; readonly input: Tensor}

/** Devices that ONNX Runtime could have on this platform, the processor last. */
export const CANDIDATES: readonly Device[] =
  process.platform === 'darwin'
    ? ['webgpu', 'coreml', 'cpu']
    : process.platform === 'win32'
      ? ['cuda', 'dml', 'webgpu', 'cpu']
      : ['cuda', 'webgpu', 'cpu']

const PROBE_SCRIPT = fileURLToPath(new URL('../../../bin/probe-device.mjs', import.meta.url))
const PROBE_TIMEOUT_MS = 30_000
const CACHE_DAYS = 7

/** Tries every candidate, one after the other. */
export async function probeDevices(
  probe: DeviceProbe,
  devices: readonly Device[] = CANDIDATES,
): Promise<DeviceReport[]> {
  const reports: DeviceReport[] = []
  for (const device of devices) reports.push(await probeDevice(probe, device))
  return reports
}

/**
 * The device of `--device auto`: the one whose probe ran fastest, the processor on a tie. Remembered for a week;
 * `fresh` asks again. Where no accelerator can be attached nothing is tried.
 */
export async function bestDevice(probe: () => DeviceProbe, {fresh = false} = {}): Promise<Device> {
  if (!mayHaveAccelerator()) return 'cpu'
  const place = join(cacheFolder(), 'devices.json')
  const key = [runtimeVersion(), process.platform, process.arch, hostname(), process.env.VK_ICD_FILENAMES ?? ''].join(
    ' ',
  )
  const known = fresh ? undefined : await readChoice(place, key)
  if (known) return known
  const reports = await probeDevices(probe())
  const device = fastest(reports)
  await writeChoice(place, {key, device, at: new Date().toISOString()})
  return device
}

/** The usable device with the shortest probe; the processor when nothing is at least a third faster. */
export function fastest(reports: readonly DeviceReport[]): Device {
  const cpuMs = reports.find(({device}) => device === 'cpu')?.probeMs ?? Number.POSITIVE_INFINITY
  const ranked = reports
    .filter(({device, usable, probeMs}) => usable && device !== 'cpu' && probeMs !== null && probeMs * 1.5 <= cpuMs)
    .sort((a, b) => a.probeMs! - b.probeMs!)
  return ranked[0]?.device ?? 'cpu'
}

function mayHaveAccelerator(): boolean {
  if (process.platform !== 'linux') return true
  return (
    ['/dev/dri', '/dev/nvidiactl', '/dev/dxg'].some((path) => existsSync(path)) || Boolean(process.env.VK_ICD_FILENAMES)
  )
}

async function probeDevice(probe: DeviceProbe, device: Device): Promise<DeviceReport> {
  const request = {
    device,
    graph: Buffer.from(probe.graph.bytes).toString('base64'),
    input: {name: probe.graph.inputs[0]!.name, dims: probe.input.dims, data: Array.from(probe.input.data, Number)},
  }
  try {
    const answer = await askChild(JSON.stringify(request))
    return {device, usable: true, reason: null, probeMs: answer.ms}
  } catch (error) {
    return {device, usable: false, reason: shortReason(device, messageOf(error)), probeMs: null}
  }
}

/** Runs the probe script and reads its one line of JSON. */
function askChild(request: string): Promise<{ms: number}> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [PROBE_SCRIPT], {
      stdio: ['pipe', 'pipe', 'ignore'],
      timeout: PROBE_TIMEOUT_MS,
    })
    let text = ''
    child.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString()
    })
    child.on('error', reject)
    child.on('close', (status, signal) => {
      const line = text.split('\n').find((candidate) => candidate.startsWith('{'))
      const answer = line ? (JSON.parse(line) as {ms?: number; error?: string}) : {}
      if (answer.ms !== undefined) resolve({ms: answer.ms})
      else reject(new Error(answer.error ?? `the probe ended with ${signal ?? `status ${status}`}`))
    })
    child.stdin.on('error', () => {})
    child.stdin.end(request)
  })
}

/** What ONNX Runtime says at length, in the words of someone who wants to use the device. */
function shortReason(device: Device, message: string): string {
  if (device === 'cuda' && /shared library/i.test(message)) {
    return 'the CUDA libraries of onnxruntime-node are not installed (README, "GPU")'
  }
  if (device === 'webgpu' && /adapter/i.test(message)) return 'no GPU adapter was found'
  return message.slice(0, 200)
}

function runtimeVersion(): string {
  return (createRequire(import.meta.url)('onnxruntime-node/package.json') as {version: string}).version
}

type Choice = {readonly key: string; readonly device: Device; readonly at: string}

async function readChoice(place: string, key: string): Promise<Device | undefined> {
  try {
    const choice = JSON.parse(await readFile(place, 'utf8')) as Choice
    const ageDays = (Date.now() - Date.parse(choice.at)) / 86_400_000
    return choice.key === key && ageDays < CACHE_DAYS ? choice.device : undefined
  } catch {
    return undefined // Absent or unreadable: ask the devices.
  }
}

async function writeChoice(place: string, choice: Choice): Promise<void> {
  try {
    await mkdir(join(place, '..'), {recursive: true})
    const partial = `${place}.${process.pid}`
    await writeFile(partial, JSON.stringify(choice))
    await rename(partial, place)
  } catch {
    // A cache that cannot be written costs a probe next time, nothing else.
  }
}
