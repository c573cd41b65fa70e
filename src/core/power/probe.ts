/** Which energy counters this machine has, which of them vwt may read, and what would make the others readable. */
import {execFile} from 'node:child_process'
import {readdirSync, readFileSync} from 'node:fs'

/** One counter, or one kind of counter that is not there. */
export type EnergyMeter = {
  readonly name: 'rapl' | 'nvml' | 'powermetrics'
  /** What it measures: `package-0`, `dram`, `NVIDIA H200`. */
  readonly covers: string
  readonly readable: boolean
  /** Why it cannot be read; null when it can. */
  readonly reason: string | null
  /** What would make it readable; null when nothing on this machine would. */
  readonly cure: string | null
}

/** The outside world, so that a test can be another machine. Both throw as the file system does. */
export type ProbeWorld = {
  readonly platform: string
  readonly listFolder: (path: string) => readonly string[]
  readonly readText: (path: string) => string
  /** Standard output of a program, or undefined when it does not exist, fails or hangs. */
  readonly run: (program: string, args: readonly string[]) => Promise<string | undefined>
}

const POWERCAP = '/sys/class/powercap'
const RAPL_CURE = `sudo chmod -R a+r ${POWERCAP}/*/energy_uj (until the next boot; a udev rule makes it last)`
const NVIDIA_ARGS = ['--query-gpu=name,power.draw', '--format=csv,noheader,nounits']

const thisMachine: ProbeWorld = {
  platform: process.platform,
  listFolder: (path) => readdirSync(path),
  readText: (path) => readFileSync(path, 'utf8'),
  run: (program, args) =>
    new Promise((resolve) => {
      execFile(program, [...args], {timeout: 5000}, (error, stdout) => resolve(error ? undefined : stdout))
    }),
}

/** Looks, reads each counter once, changes nothing. The meters of the CPU come first. */
export async function probeMeters(world: ProbeWorld = thisMachine): Promise<EnergyMeter[]> {
  const cpu = world.platform === 'linux' ? raplMeters(world) : [cpuMeterElsewhere(world.platform)]
  return [...cpu, ...(await nvidiaMeters(world))]
}

function raplMeters(world: ProbeWorld): EnergyMeter[] {
  let zones: string[]
  try {
    // A zone is intel-rapl:0 (AMD processors too), a part of it intel-rapl:0:1.
    zones = world
      .listFolder(POWERCAP)
      .filter((name) => /^intel-rapl(-mmio)?:/.test(name))
      .sort()
  } catch {
    zones = []
  }
  if (zones.length > 0) return zones.map((zone) => raplMeter(world, `${POWERCAP}/${zone}`))
  return [
    {
      name: 'rapl',
      covers: 'CPU',
      readable: false,
      reason: `${POWERCAP} holds no intel-rapl zone: a virtual machine or container, or the kernel module is not loaded`,
      cure: 'on bare metal: sudo modprobe intel_rapl_msr',
    },
  ]
}

function raplMeter(world: ProbeWorld, zone: string): EnergyMeter {
  const covers = attempt(() => world.readText(`${zone}/name`).trim()) ?? zone
  try {
    const text = world.readText(`${zone}/energy_uj`).trim()
    if (/^\d+$/.test(text)) return {name: 'rapl', covers, readable: true, reason: null, cure: null}
    return {name: 'rapl', covers, readable: false, reason: `${zone}/energy_uj holds no number: ${text}`, cure: null}
  } catch (error) {
    const {code} = error as NodeJS.ErrnoException
    const isDenied = code === 'EACCES' || code === 'EPERM'
    const reason = isDenied ? `only root may read ${zone}/energy_uj` : `${zone}/energy_uj: ${code ?? String(error)}`
    return {name: 'rapl', covers, readable: false, reason, cure: isDenied ? RAPL_CURE : null}
  }
}

function cpuMeterElsewhere(platform: string): EnergyMeter {
  if (platform === 'darwin') {
    const reason = 'powermetrics needs root'
    return {name: 'powermetrics', covers: 'CPU and GPU', readable: false, reason, cure: 'run vwt with sudo'}
  }
  return {name: 'rapl', covers: 'CPU', readable: false, reason: `no counter is known on ${platform}`, cure: null}
}

async function nvidiaMeters(world: ProbeWorld): Promise<EnergyMeter[]> {
  const missing = {name: 'nvml', covers: 'NVIDIA GPU', readable: false, cure: null} as const
  const output = await world.run('nvidia-smi', NVIDIA_ARGS)
  if (output === undefined) return [{...missing, reason: 'nvidia-smi is not installed or finds no GPU'}]
  const rows = output.split('\n').filter((line) => line.trim() !== '')
  if (rows.length === 0) return [{...missing, reason: 'nvidia-smi lists no GPU'}]
  return rows.map((row) => {
    const comma = row.lastIndexOf(',')
    const watts = Number.parseFloat(row.slice(comma + 1))
    const reason = Number.isFinite(watts) ? null : 'the driver reports no power draw for it'
    return {name: 'nvml', covers: row.slice(0, comma).trim(), readable: reason === null, reason, cure: null}
  })
}

function attempt<T>(action: () => T): T | undefined {
  try {
    return action()
  } catch {
    return undefined
  }
}
