import {expect, test} from 'vitest'
import {probeMeters} from '../../../src/core/power/probe.js'
import {DENIED, FakeGpu, FakeMachine} from './machine.js'

test('a counter that can be read is reported by the name of its zone, memory beside it', async () => {
  const machine = new FakeMachine()
  machine.addZones({
    'intel-rapl:0': {name: 'package-0', energy: '812345\n'},
    'intel-rapl:0:0': {name: 'core', energy: '3'},
    'intel-rapl:0:1': {name: 'dram', energy: '2'},
  })
  const meters = (await probeMeters(machine)).filter(({name}) => name === 'rapl')
  const readable = {name: 'rapl', grade: 'measured', readable: true, reason: null, cure: null}
  expect(meters).toEqual([
    {...readable, covers: 'package-0'},
    {...readable, covers: 'dram'},
  ])
})

test('a counter for root only is reported with the command that opens it', async () => {
  const machine = new FakeMachine()
  machine.addZones({'intel-rapl:0': {name: 'package-0', energy: DENIED}})
  expect((await probeMeters(machine))[0]).toMatchObject({
    readable: false,
    reason: expect.stringContaining('only root'),
    cure: expect.stringContaining('chmod'),
  })
})

test('without powercap the reason says so', async () => {
  const [meter] = await probeMeters(new FakeMachine())
  expect(meter).toMatchObject({name: 'rapl', readable: false, reason: expect.stringContaining('/sys/class/powercap')})
})

test('each NVIDIA GPU is a meter, its counter before power readings, and the library is closed', async () => {
  const machine = new FakeMachine()
  machine.gpus = [new FakeGpu('NVIDIA H200', 70)]
  machine.smi = () => 'GPU-1, 70, NVIDIA H200\n'
  const counter = {name: 'nvml', grade: 'measured', readable: true, reason: null, cure: null}
  expect((await probeMeters(machine)).slice(1)).toEqual([{...counter, covers: 'NVIDIA H200'}])
  expect(machine.libraryClosed).toBe(1)
})

test('where the counter cannot be had, nvidia-smi is a meter of lower grade; one without power draw is none', async () => {
  const machine = new FakeMachine()
  machine.smi = () => 'GPU-1, 75.32, NVIDIA H200\nGPU-2, [N/A], Quadro, old\n'
  const meters = (await probeMeters(machine)).slice(1)
  expect(meters.map(({name, covers, grade, readable}) => [name, covers, grade, readable])).toEqual([
    ['nvml', 'NVIDIA GPU', 'measured', false],
    ['nvidia-smi', 'NVIDIA H200', 'sampled', true],
    ['nvidia-smi', 'Quadro, old', 'sampled', false],
  ])
  expect(meters[0]!.reason).toMatch(/no NVIDIA driver/)
  expect(meters[2]!.reason).toContain('no power draw')
})

test('macOS needs root, Windows is not read', async () => {
  const mac = Object.assign(new FakeMachine(), {platform: 'darwin'})
  expect((await probeMeters(mac))[0]).toMatchObject({name: 'powermetrics', readable: false, cure: expect.any(String)})
  mac.isRoot = true
  expect((await probeMeters(mac))[0]).toMatchObject({name: 'powermetrics', readable: true, reason: null})
  const windows = Object.assign(new FakeMachine(), {platform: 'win32'})
  expect((await probeMeters(windows))[0]).toMatchObject({
    name: 'emi',
    readable: false,
    reason: expect.stringContaining('Windows'),
  })
})
