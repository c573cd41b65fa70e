/** How many threads this process may really use: affinity, container quota and physical cores, not the host's count. */
import {readFileSync} from 'node:fs'
import {availableParallelism} from 'node:os'
import {join} from 'node:path'

/** What limits the threads, each a count or null when it does not apply or cannot be read. */
export type ThreadLimits = {
  /** CPUs of the affinity mask. */
  readonly affinity: number
  /** Whole CPUs of the cgroup quota, at least 1. */
  readonly quota: number | null
  /** Physical cores among the CPUs of the mask: two hyper-threads share one multiplier. */
  readonly cores: number | null
  /** The smallest of them. */
  readonly allowed: number
}

type ReadText = (path: string) => string | undefined

const readText: ReadText = (path) => {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}

/** Threads a session uses unless told otherwise. */
export function allowedThreads(): number {
  return threadLimits().allowed
}

export function threadLimits(read: ReadText = readText, affinity = availableParallelism()): ThreadLimits {
  const quota = cgroupQuota(read)
  const cores = physicalCores(read)
  const allowed = Math.max(1, Math.min(affinity, quota ?? affinity, cores ?? affinity))
  return {affinity, quota, cores, allowed}
}

/** The tightest CPU quota from this process's cgroup up to the root, in whole CPUs. */
function cgroupQuota(read: ReadText): number | null {
  const membership = read('/proc/self/cgroup')
  if (!membership) return null
  const quotas: number[] = []
  for (const line of membership.trim().split('\n')) {
    const [, controllers, path = '/'] = line.split(':')
    const isV2 = controllers === ''
    if (!isV2 && !controllers?.split(',').includes('cpu')) continue
    const root = isV2 ? '/sys/fs/cgroup' : '/sys/fs/cgroup/cpu'
    for (let folder = path; ; folder = join(folder, '..')) {
      const quota = isV2 ? quotaV2(read(join(root, folder, 'cpu.max'))) : quotaV1(read, join(root, folder))
      if (quota) quotas.push(quota)
      if (folder === '/') break
    }
  }
  return quotas.length === 0 ? null : Math.max(1, Math.floor(Math.min(...quotas)))
}

function quotaV2(text: string | undefined): number | undefined {
  const [limit, period] = (text ?? '').trim().split(/\s+/).map(Number)
  return limit && period ? limit / period : undefined
}

function quotaV1(read: ReadText, folder: string): number | undefined {
  const limit = Number(read(join(folder, 'cpu.cfs_quota_us')))
  const period = Number(read(join(folder, 'cpu.cfs_period_us')))
  return limit > 0 && period > 0 ? limit / period : undefined
}

function physicalCores(read: ReadText): number | null {
  const list = /^Cpus_allowed_list:\s*(\S+)/m.exec(read('/proc/self/status') ?? '')?.[1]
  if (!list) return null
  const cores = new Set<string>()
  for (const cpu of parseCpuList(list)) {
    const topology = `/sys/devices/system/cpu/cpu${cpu}/topology`
    const core = read(`${topology}/core_id`)
    if (core === undefined) return null
    cores.add(`${read(`${topology}/physical_package_id`)?.trim()}:${core.trim()}`)
  }
  return cores.size || null
}

/** `0-3,8` → 0, 1, 2, 3, 8. */
function parseCpuList(list: string): number[] {
  return list.split(',').flatMap((part) => {
    const [first = 0, last = first] = part.split('-').map(Number)
    return Array.from({length: last - first + 1}, (_, index) => first + index)
  })
}
