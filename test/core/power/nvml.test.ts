import {expect, test} from 'vitest'
import {addMeters} from '../../../src/core/power/meter.js'
import {openNvml, surveyNvml, visibleDevice} from '../../../src/core/power/nvml.js'
import {openRapl, surveyRapl} from '../../../src/core/power/rapl.js'
import {FakeGpu, FakeMachine} from './machine.js'

async function meterOf(machine: FakeMachine, index = 0) {
  const library = await machine.loadNvml()
  return openNvml(machine, library, library.devices[index]!)
}

test('joules of a window are the difference of the counter, to the millijoule', async () => {
  const machine = new FakeMachine()
  const gpu = new FakeGpu('NVIDIA H200', 0)
  // Past 2^32 and far past what a 32-bit number holds: the counter is of 64 bits.
  gpu.startMillijoules = 9_007_199_254_000
  machine.gpus = [gpu]
  const meter = await meterOf(machine)
  const window = await meter.begin()
  machine.nowMs += 5000
  gpu.startMillijoules += 1_234_567
  const {joules, ms} = await window.end()
  expect([joules, ms]).toEqual([expect.closeTo(1234.567, 9), 5000])
  expect(meter).toMatchObject({
    name: 'nvml',
    covers: 'NVIDIA H200',
    grade: 'measured',
    refreshMs: 100,
    stepJoules: 1e-3,
  })
})

test('whatever the phase of the 100 ms refresh, five seconds are off by 2 % at most', async () => {
  const errors = Array.from({length: 50}, async (_, index) => {
    const machine = new FakeMachine()
    machine.nowMs += index * 13
    machine.gpus = [new FakeGpu('NVIDIA H200', 300)]
    const window = await (await meterOf(machine)).begin()
    machine.nowMs += 5000 + index * 7
    const {joules, ms} = await window.end()
    return (1000 * joules) / ms / 300 - 1
  })
  const worst = Math.max(...(await Promise.all(errors)).map(Math.abs))
  expect(worst).toBeLessThanOrEqual(0.02)
  expect(worst).toBeGreaterThan(0.005)
})

test('each of two GPUs counts for itself', async () => {
  const machine = new FakeMachine()
  machine.gpus = [new FakeGpu('A', 100), new FakeGpu('B', 250)]
  const windows = await Promise.all([0, 1].map(async (index) => (await meterOf(machine, index)).begin()))
  machine.nowMs += 10_000
  const joules = await Promise.all(windows.map(async (window) => (await window.end()).joules))
  expect(joules).toEqual([expect.closeTo(1000, 9), expect.closeTo(2500, 9)])
})

for (const [title, change, ms, code, message] of [
  ['shorter than fifty refreshes', () => {}, 4999, 'meter-window', /5000 ms at least, .*every 100 ms/],
  ['with a frozen counter', (gpu) => Object.assign(gpu, {isFrozen: true}), 5000, 'meter-frozen', /stood still/],
  [
    'in which the driver was loaded anew',
    (gpu) => Object.assign(gpu, {startMillijoules: -100_000_000}),
    5000,
    'meter-reset',
    /should only grow, but fell/,
  ],
  ['in which the right is lost', (gpu) => Object.assign(gpu, {status: 4}), 5000, 'meter-unreadable', /no permission/],
  ['in which the GPU is lost', (gpu) => Object.assign(gpu, {status: 15}), 5000, 'meter-unreadable', /GPU is lost/],
] as readonly [string, (gpu: FakeGpu) => void, number, string, RegExp][]) {
  test(`a window ${title} is refused`, async () => {
    const machine = new FakeMachine()
    const gpu = new FakeGpu('A', 100)
    gpu.isFrozen = code === 'meter-frozen'
    machine.gpus = [gpu]
    const window = await (await meterOf(machine)).begin()
    machine.nowMs += ms
    change(gpu)
    await expect(window.end()).rejects.toMatchObject({code, message: expect.stringMatching(message)})
  })
}

test('a survey says of each GPU whether its counter can be read', async () => {
  const machine = new FakeMachine()
  const old = new FakeGpu('Tesla K80', 60)
  old.status = 3
  machine.gpus = [old, new FakeGpu('NVIDIA H200', 300)]
  expect(surveyNvml(await machine.loadNvml()).map(({name, reason}) => [name, reason])).toEqual([
    ['Tesla K80', 'nvmlDeviceGetTotalEnergyConsumption: not supported by this GPU'],
    ['NVIDIA H200', null],
  ])
})

test('power is that of the sensor, in watts', async () => {
  const machine = new FakeMachine()
  machine.gpus = [new FakeGpu('A', 71.25)]
  expect(await (await meterOf(machine)).readWatts()).toBe(71.25)
})

test('the GPU is the one the environment makes visible first', () => {
  const devices = [{uuid: 'GPU-1a'}, {uuid: 'GPU-2b'}]
  const first = (text?: string) => visibleDevice(devices, {CUDA_VISIBLE_DEVICES: text})?.uuid
  expect([first(), first(''), first('1,0'), first('GPU-2'), first('7'), first('GPU-9')]).toEqual([
    'GPU-1a',
    'GPU-1a',
    'GPU-2b',
    'GPU-2b',
    undefined,
    undefined,
  ])
})

test('a GPU and the processor beside it add up, with the longer of the shortest windows', async () => {
  const machine = new FakeMachine()
  machine.gpus = [new FakeGpu('A', 100)]
  machine.addZones({'intel-rapl:0': {name: 'package-0', energy: () => String(machine.nowMs * 50_000), range: 1e12}})
  machine.files['/sys/class/powercap/intel-rapl:0/constraint_0_power_limit_uw'] = '165000000\n'
  const meter = addMeters([await meterOf(machine), openRapl(machine, surveyRapl(machine))!])
  expect(meter).toMatchObject({covers: 'A + rapl: package-0', grade: 'measured', shortestMs: 5000, refreshMs: 100})
  const window = await meter.begin()
  machine.nowMs += 5000
  expect(await window.end()).toEqual({
    joules: expect.closeTo(750, 6),
    ms: 5000,
    parts: {A: expect.closeTo(500, 6), 'package-0': expect.closeTo(250, 6)},
  })
  expect(meter.circumstances!()).toEqual({limitWatts: 700, 'package-0 limitWatts': 165})
  await meter.close()
  expect(machine.libraryClosed).toBe(1)
})
