/**
 * RAPL, the energy counters of Intel's and AMD's processors, as the Linux powercap interface shows them: joules of each
 * processor package with all its cores, caches and the graphics in it. Memory modules, other cards and what the power
 * supply loses are not in it.
 */

import {type Counter, counterMeter} from './counter.js'
import type {Circumstances, Meter} from './meter.js'
import type {PowerWorld} from './world.js'

/** A zone of the powercap tree. */
export type RaplZone = {
  /** `package-0`, `dram`, `core`, `psys`; two packages' memory is told apart: `package-1 dram`. */
  readonly name: string
  /** Folder. */
  readonly path: string
  readonly readable: boolean
  /** Why not, and what would make it readable; null when it is, or when nothing would. */
  readonly reason: string | null
  readonly cure: string | null
}

export type RaplSurvey = {
  /** One for each socket: what is added up. */
  readonly packages: readonly RaplZone[]
  /** Told beside them. Other zones lie within packages (core, uncore) or around them (psys) and are left out. */
  readonly memory: readonly RaplZone[]
  /** Why there is no package at all; null when there is one. */
  readonly reason: string | null
  readonly cure: string | null
}

const POWERCAP = '/sys/class/powercap'
const CURE = `sudo chmod a+r ${POWERCAP}/*/energy_uj (until the next boot; a udev rule makes it last)`
/** The counter is updated about every millisecond. */
const REFRESH_MS = 1
const SHORTEST_MS = 1000
/** Energy is counted in 2^-14 J on most processors, in 2^-16 J on AMD's: the coarser is told. */
const STEP_JOULES = 2 ** -14

/** Looks at every zone and reads each counter once. */
export function surveyRapl(world: Pick<PowerWorld, 'platform' | 'listFolder' | 'readText'>): RaplSurvey {
  const none = {packages: [], memory: []}
  if (world.platform !== 'linux') {
    return {...none, reason: `powercap is an interface of Linux, this is ${world.platform}`, cure: null}
  }
  const folders = attempt(() => [...world.listFolder(POWERCAP)]) ?? []
  // intel-rapl is the name on AMD's processors too; intel-rapl-mmio repeats the package by another way.
  const kinds = ['intel-rapl', 'intel-rapl-mmio'].map((kind) =>
    folders.filter((folder) => new RegExp(`^${kind}(:\\d+)+$`).test(folder)).sort(byNumber),
  )
  const zones = (kinds.find(({length}) => length > 0) ?? []).map((folder) => `${POWERCAP}/${folder}`)
  const named = zones.map((path) => ({path, name: nameOf(world, path)}))
  const packages = named.filter(({name}) => /^package-/.test(name)).map((zone) => inspect(world, zone))
  const memory = named
    .filter(({name}) => name === 'dram')
    .map(({path}) => {
      const owner = named.find((zone) => path.startsWith(`${zone.path}:`))?.name
      return inspect(world, {path, name: packages.length > 1 && owner ? `${owner} dram` : 'dram'})
    })
  if (packages.length > 0) return {packages, memory, reason: null, cure: null}
  const isVirtual = /^flags\b.*\bhypervisor\b/m.test(attempt(() => world.readText('/proc/cpuinfo')) ?? '')
  return isVirtual
    ? {...none, reason: `${POWERCAP} holds no package: this is a virtual machine, which hides it`, cure: null}
    : {
        ...none,
        reason: `${POWERCAP} holds no package: a container, or the kernel module is not loaded`,
        cure: 'on bare metal: sudo modprobe intel_rapl_msr',
      }
}

/** The packages of a survey as one meter; undefined unless every one of them can be read. */
export function openRapl(world: Pick<PowerWorld, 'readText' | 'now'>, survey: RaplSurvey): Meter | undefined {
  const {packages, memory} = survey
  if (packages.length === 0 || packages.some(({readable}) => !readable)) return undefined
  const counterOf = (zone: RaplZone) => zoneCounter(world, zone)
  return counterMeter({
    name: 'rapl',
    covers: packages.map(({name}) => name).join(', '),
    refreshMs: REFRESH_MS,
    shortestMs: SHORTEST_MS,
    stepJoules: STEP_JOULES * packages.length,
    counters: packages.map(counterOf),
    beside: memory.filter(({readable}) => readable).map(counterOf),
    circumstances: () => Object.assign({}, ...packages.map((zone) => powerLimit(world, zone))),
    now: world.now,
  })
}

function zoneCounter(world: Pick<PowerWorld, 'readText'>, {name, path}: RaplZone): Counter {
  const highest = Number(attempt(() => world.readText(`${path}/max_energy_range_uj`)) ?? Number.NaN)
  return {
    name,
    countJoules: 1e-6,
    // Without the range a counter that comes round is taken for one that was set back.
    highestCount: Number.isSafeInteger(highest) && highest > 0 ? highest : null,
    read: () => Number(world.readText(`${path}/energy_uj`)),
  }
}

/** The long-term limit of a package, which anybody may read where there is one. */
function powerLimit(world: Pick<PowerWorld, 'readText'>, {name, path}: RaplZone): Circumstances {
  const microwatts = Number(attempt(() => world.readText(`${path}/constraint_0_power_limit_uw`)) ?? Number.NaN)
  return microwatts > 0 ? {[`${name} limitWatts`]: microwatts / 1e6} : {}
}

function nameOf(world: Pick<PowerWorld, 'readText'>, path: string): string {
  return attempt(() => world.readText(`${path}/name`).trim()) ?? path
}

function inspect(world: Pick<PowerWorld, 'readText'>, {name, path}: {name: string; path: string}): RaplZone {
  const zone = {name, path, readable: false, cure: null}
  try {
    const text = world.readText(`${path}/energy_uj`).trim()
    if (/^\d+$/.test(text)) return {...zone, readable: true, reason: null}
    return {...zone, reason: `${path}/energy_uj holds no number: ${text}`}
  } catch (error) {
    const {code} = error as NodeJS.ErrnoException
    if (code !== 'EACCES' && code !== 'EPERM') return {...zone, reason: `${path}/energy_uj: ${code ?? String(error)}`}
    const reason = `only root may read ${path}/energy_uj, because quick readings tell secrets of other programs (CVE-2020-8694)`
    return {...zone, reason, cure: CURE}
  }
}

/** `intel-rapl:10` behind `intel-rapl:2`. */
function byNumber(a: string, b: string): number {
  return a.localeCompare(b, 'en', {numeric: true})
}

function attempt<T>(action: () => T): T | undefined {
  try {
    return action()
  } catch {
    return undefined
  }
}
