import {expect, test} from 'vitest'
import {threadLimits} from '../../../src/core/runtime/threads.js'

const machine = (files: Record<string, string>) => (path: string) => files[path]
const topology = (cpu: number, core: number) => ({
  [`/sys/devices/system/cpu/cpu${cpu}/topology/core_id`]: `${core}\n`,
  [`/sys/devices/system/cpu/cpu${cpu}/topology/physical_package_id`]: '0\n',
})

test('a cgroup v2 quota of 2.5 CPUs allows two threads, the tightest folder counts', () => {
  const read = machine({
    '/proc/self/cgroup': '0::/pod/app\n',
    '/sys/fs/cgroup/pod/app/cpu.max': 'max 100000\n',
    '/sys/fs/cgroup/pod/cpu.max': '250000 100000\n',
  })
  expect(threadLimits(read, 64)).toEqual({affinity: 64, quota: 2, cores: null, allowed: 2})
})

test('a cgroup v1 quota below one CPU still allows one thread', () => {
  const read = machine({
    '/proc/self/cgroup': '4:cpu,cpuacct:/box\n1:name=systemd:/box\n',
    '/sys/fs/cgroup/cpu/box/cpu.cfs_quota_us': '50000\n',
    '/sys/fs/cgroup/cpu/box/cpu.cfs_period_us': '100000\n',
  })
  expect(threadLimits(read, 8).allowed).toBe(1)
})

test('hyper-threads of one core count once', () => {
  const read = machine({
    '/proc/self/status': 'Cpus_allowed_list:\t0-2,5\n',
    ...topology(0, 0),
    ...topology(1, 0),
    ...topology(2, 1),
    ...topology(5, 1),
  })
  expect(threadLimits(read, 4)).toEqual({affinity: 4, quota: null, cores: 2, allowed: 2})
})

test('without Linux files the affinity count holds', () => {
  expect(threadLimits(() => undefined, 6)).toEqual({affinity: 6, quota: null, cores: null, allowed: 6})
})
