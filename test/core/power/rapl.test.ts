import {chmodSync, mkdirSync, symlinkSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect, test} from 'vitest'
import {openRapl, surveyRapl} from '../../../src/core/power/rapl.js'
import {filesUnder} from '../../../src/core/power/world.js'
import {temporaryFolder} from '../weights/files.js'
import {DENIED, FakeMachine} from './machine.js'

const RANGE = 262_143_328_850

/** A counter that rises by `watts`, comes round after `RANGE` µJ and is renewed every millisecond. */
function rising(machine: FakeMachine, watts: number, startMicrojoules: number): () => string {
  const from = machine.nowMs
  return () => {
    const counted = startMicrojoules + Math.floor(machine.nowMs - from) * watts * 1000
    return `${counted > RANGE ? counted - RANGE : counted}\n`
  }
}

async function windowOf(machine: FakeMachine, ms: number) {
  const meter = openRapl(machine, surveyRapl(machine))!
  const window = await meter.begin()
  machine.nowMs += ms
  return window.end()
}

test('joules of a window are the difference of the counter, to the microjoule', async () => {
  const machine = new FakeMachine()
  let count = 812_345
  machine.addZones({'intel-rapl:0': {name: 'package-0', energy: () => `${count}\n`, range: RANGE}})
  const meter = openRapl(machine, surveyRapl(machine))!
  const window = await meter.begin()
  machine.nowMs += 2000
  count = 24_812_406
  expect(await window.end()).toEqual({
    joules: expect.closeTo(24.000061, 12),
    ms: 2000,
    parts: {'package-0': expect.closeTo(24.000061, 12)},
  })
  expect(meter).toMatchObject({name: 'rapl', covers: 'package-0', grade: 'measured', refreshMs: 1, shortestMs: 1000})
})

test('a counter that comes round within the window loses nothing', async () => {
  const machine = new FakeMachine()
  machine.addZones({'intel-rapl:0': {name: 'package-0', energy: rising(machine, 40, RANGE - 50_000_000), range: RANGE}})
  expect((await windowOf(machine, 2000)).joules).toBeCloseTo(80, 6)
})

test('sockets add up; memory is told beside them; parts of a package and what is around it are left out', async () => {
  const machine = new FakeMachine()
  machine.addZones({
    'intel-rapl:0': {name: 'package-0', energy: rising(machine, 40, 5), range: RANGE},
    'intel-rapl:0:0': {name: 'core', energy: rising(machine, 30, 0), range: RANGE},
    'intel-rapl:0:1': {name: 'dram', energy: rising(machine, 3, 0), range: RANGE},
    'intel-rapl:1': {name: 'package-1', energy: rising(machine, 25, RANGE - 1_000_000), range: RANGE},
    'intel-rapl:1:0': {name: 'dram', energy: rising(machine, 2, 0), range: RANGE},
    'intel-rapl:2': {name: 'psys', energy: rising(machine, 90, 0), range: RANGE},
    'intel-rapl-mmio:0': {name: 'package-0', energy: rising(machine, 40, 0), range: RANGE},
    dtpm: {name: 'dtpm', energy: '1'},
  })
  const {joules, parts} = await windowOf(machine, 1000)
  expect(joules).toBeCloseTo(65, 6)
  expect(parts).toEqual({
    'package-0': expect.closeTo(40, 6),
    'package-1': expect.closeTo(25, 6),
    'package-0 dram': expect.closeTo(3, 6),
    'package-1 dram': expect.closeTo(2, 6),
  })
  expect(openRapl(machine, surveyRapl(machine))!.covers).toBe('package-0, package-1')
})

test('a package that only the other interface shows is measured by that', async () => {
  const machine = new FakeMachine()
  machine.addZones({'intel-rapl-mmio:0': {name: 'package-0', energy: rising(machine, 7, 0), range: RANGE}})
  expect((await windowOf(machine, 1000)).joules).toBeCloseTo(7, 6)
})

test('memory that may not be read does not stand in the way of the package', async () => {
  const machine = new FakeMachine()
  machine.addZones({
    'intel-rapl:0': {name: 'package-0', energy: rising(machine, 7, 0), range: RANGE},
    'intel-rapl:0:0': {name: 'dram', energy: DENIED},
  })
  expect(Object.keys((await windowOf(machine, 1000)).parts)).toEqual(['package-0'])
})

test('without the right to read there is no meter, but the reason and the command that opens it', () => {
  const machine = new FakeMachine()
  machine.addZones({
    'intel-rapl:0': {name: 'package-0', energy: '1'},
    'intel-rapl:1': {name: 'package-1', energy: DENIED},
  })
  const survey = surveyRapl(machine)
  expect(survey.packages.map(({readable}) => readable)).toEqual([true, false])
  expect(survey.packages[1]).toMatchObject({
    reason: expect.stringMatching(/only root may read .*intel-rapl:1\/energy_uj.*CVE-2020-8694/),
    cure: expect.stringContaining('chmod a+r /sys/class/powercap/*/energy_uj'),
  })
  expect(openRapl(machine, survey)).toBeUndefined()
})

test('where there is no package the reason tells a virtual machine from a missing module and from another system', () => {
  const machine = new FakeMachine()
  expect(surveyRapl(machine)).toMatchObject({packages: [], reason: expect.stringMatching(/container, or the kernel/)})
  expect(surveyRapl(machine).cure).toContain('modprobe intel_rapl_msr')
  machine.files['/proc/cpuinfo'] = 'processor\t: 0\nflags\t\t: fpu vme hypervisor lahf_lm\n'
  expect(surveyRapl(machine)).toMatchObject({reason: expect.stringContaining('virtual machine'), cure: null})
  machine.platform = 'freebsd'
  expect(surveyRapl(machine).reason).toMatch(/Linux, this is freebsd/)
})

test('a frozen counter is refused, also when only one socket stands still', async () => {
  const machine = new FakeMachine()
  machine.addZones({
    'intel-rapl:0': {name: 'package-0', energy: rising(machine, 40, 0), range: RANGE},
    'intel-rapl:1': {name: 'package-1', energy: '77', range: RANGE},
  })
  await expect(windowOf(machine, 1000)).rejects.toMatchObject({
    code: 'meter-frozen',
    message: expect.stringMatching(/package-1 .*stood still for 1000 ms/),
  })
})

test('a window that is too short is refused with the length it should have', async () => {
  const machine = new FakeMachine()
  machine.addZones({'intel-rapl:0': {name: 'package-0', energy: rising(machine, 40, 0), range: RANGE}})
  await expect(windowOf(machine, 999)).rejects.toMatchObject({
    code: 'meter-window',
    message: expect.stringMatching(/1000 ms at least.*lasted 999\.0 ms/),
  })
})

test('a counter that was set back is not taken for one that came round', async () => {
  const machine = new FakeMachine()
  let count = 200_000_000_000
  machine.addZones({'intel-rapl:0': {name: 'package-0', energy: () => String(count), range: RANGE}})
  const window = await openRapl(machine, surveyRapl(machine))!.begin()
  machine.nowMs += 1000
  count = 5_000_000
  // Coming round would have taken 62 kJ in a second.
  await expect(window.end()).rejects.toMatchObject({code: 'meter-reset', message: expect.stringMatching(/set back/)})
})

test('a window within which a counter could come round twice is refused', async () => {
  const machine = new FakeMachine()
  machine.addZones({'intel-rapl:0': {name: 'package-0', energy: rising(machine, 40, 0), range: RANGE}})
  // 262 kJ at no more than 2,000 W: 131 s.
  await expect(windowOf(machine, 200_000)).rejects.toMatchObject({
    code: 'meter-window',
    message: expect.stringMatching(/shorter than 131 s.*lasted 200 s/),
  })
})

test('a counter that becomes unreadable is told, not passed on as a fault of vwt', async () => {
  const machine = new FakeMachine()
  machine.addZones({'intel-rapl:0': {name: 'package-0', energy: rising(machine, 40, 0), range: RANGE}})
  const window = await openRapl(machine, surveyRapl(machine))!.begin()
  machine.nowMs += 1000
  machine.addZones({'intel-rapl:0': {name: 'package-0', energy: DENIED}})
  await expect(window.end()).rejects.toMatchObject({code: 'meter-unreadable'})
})

test('power between two readings is what was counted since; readings too close tell nothing', async () => {
  const machine = new FakeMachine()
  machine.addZones({'intel-rapl:0': {name: 'package-0', energy: rising(machine, 40, 0), range: RANGE}})
  const meter = openRapl(machine, surveyRapl(machine))!
  expect(await meter.readWatts()).toBeNull()
  machine.nowMs += 10
  expect(await meter.readWatts()).toBeCloseTo(40, 9)
  machine.nowMs += 1
  expect(await meter.readWatts()).toBeNull()
  machine.nowMs += 4
  expect(await meter.readWatts()).toBeCloseTo(40, 9)
})

/** Zones as the kernel lays them out: folders elsewhere, links to them in /sys/class/powercap. */
function sysfsTree(zones: Readonly<Record<string, string>>): string {
  const root = temporaryFolder()
  mkdirSync(join(root, 'sys/class/powercap'), {recursive: true})
  for (const [zone, name] of Object.entries(zones)) {
    const folder = join(root, 'sys/devices', zone)
    mkdirSync(folder, {recursive: true})
    writeFileSync(join(folder, 'name'), `${name}\n`)
    writeFileSync(join(folder, 'energy_uj'), '1000000\n')
    writeFileSync(join(folder, 'max_energy_range_uj'), `${RANGE}\n`)
    symlinkSync(folder, join(root, 'sys/class/powercap', zone))
  }
  return root
}

test('a tree of real files, with links as in sysfs, is read at both edges', async () => {
  const root = sysfsTree({
    'intel-rapl': '',
    'intel-rapl:0': 'package-0',
    'intel-rapl:0:0': 'core',
    'intel-rapl:1': 'package-1',
  })
  let nowMs = 0
  const world = {platform: 'linux', now: () => nowMs, ...filesUnder(root)}
  const window = await openRapl(world, surveyRapl(world))!.begin()
  nowMs = 1500
  const count = (zone: string, microjoules: number) =>
    writeFileSync(join(root, 'sys/devices', zone, 'energy_uj'), `${microjoules}\n`)
  count('intel-rapl:0', 31_000_061)
  count('intel-rapl:1', 13_500_000)
  expect(await window.end()).toEqual({
    joules: expect.closeTo(42.500061, 9),
    ms: 1500,
    parts: {'package-0': expect.closeTo(30.000061, 9), 'package-1': expect.closeTo(12.5, 9)},
  })
})

test.skipIf(process.getuid?.() === 0 || process.platform === 'win32')('a real file for root only says so', () => {
  const root = sysfsTree({'intel-rapl:0': 'package-0'})
  chmodSync(join(root, 'sys/devices/intel-rapl:0/energy_uj'), 0o000)
  const [zone] = surveyRapl({platform: 'linux', ...filesUnder(root)}).packages
  expect(zone).toMatchObject({readable: false, reason: expect.stringContaining('only root')})
})
