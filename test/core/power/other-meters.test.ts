/** nvidia-smi and powermetrics: what they print, as text, becomes readings. */
import {expect, test} from 'vitest'
import {openNvidiaSmi, surveyNvidiaSmi} from '../../../src/core/power/nvidia-smi.js'
import {openPowermetrics, sampleParser} from '../../../src/core/power/powermetrics.js'
import {FakeMachine} from './machine.js'

const APPLE = `Machine model: MacBookPro18,3
OS version: 23C71

*** Sampled system activity (Sat Jan 13 17:31:53 2024 -0800) (103.21ms elapsed) ***

**** Processor usage ****

E-Cluster Online: 100%
CPU 0 frequency: 1209 MHz
CPU Power: 1611 mW
GPU Power: 32 mW
ANE Power: 0 mW
Combined Power (CPU + GPU + ANE): 1643 mW

**** GPU usage ****

GPU HW active frequency: 389 MHz
GPU Power: 32 mW
`
const INTEL = `*** Sampled system activity (Mon Mar  4 10:12:01 2024 +0100) (1002.40ms elapsed) ***

**** Processor usage ****

Intel energy model derived package power (CPUs+GT+SA): 3.02W

System Average frequency as fraction of nominal: 71.44% (1643.16 Mhz)
`

test('powermetrics: a mean times the milliseconds it stands for, once a sample', () => {
  const parse = sampleParser()
  const readings = `${APPLE}${APPLE}`.split('\n').flatMap((line, index) => parse(line, index) ?? [])
  expect(readings).toEqual([
    {atMs: 12, joules: expect.closeTo(1.643 * 0.10321, 12)},
    {atMs: expect.any(Number), joules: expect.closeTo(2 * 1.643 * 0.10321, 12)},
  ])
  const parseIntel = sampleParser()
  const intel = INTEL.split('\n').flatMap((line) => parseIntel(line, 0) ?? [])
  expect(intel).toEqual([{atMs: 0, joules: expect.closeTo(3.02 * 1.0024, 12)}])
})

test('powermetrics: windows are joules of its means, graded as readings', async () => {
  const machine = new FakeMachine()
  machine.printed = (fromMs, toMs) =>
    Array.from({length: Math.floor(toMs / 100) - Math.floor(fromMs / 100)}, (_, index) => {
      const atMs = (Math.floor(fromMs / 100) + 1 + index) * 100
      return [
        {atMs, text: '*** Sampled system activity (now) (100.00ms elapsed) ***'},
        {atMs, text: 'Combined Power (CPU + GPU + ANE): 2500 mW'},
      ]
    }).flat()
  const meter = await openPowermetrics(machine)
  expect(meter).toMatchObject({name: 'powermetrics', grade: 'sampled', refreshMs: 100})
  const window = await meter.begin()
  machine.nowMs += 4000
  expect((await window.end()).joules).toBeCloseTo(10, 9)
  expect(machine.programs).toEqual([
    {program: 'powermetrics', args: ['--samplers', 'cpu_power,gpu_power', '--sample-rate', '100']},
  ])
})

test('nvidia-smi: GPUs, and the instantaneous reading where the driver knows it', async () => {
  const machine = new FakeMachine()
  expect(await surveyNvidiaSmi(machine)).toBeUndefined()
  machine.smi = ([query]) =>
    query!.includes('instant') ? 'GPU-1, 75.32, NVIDIA H200\nGPU-2, [N/A], Quadro, old\n' : 'GPU-1, 1, x\n'
  expect(await surveyNvidiaSmi(machine)).toEqual([
    {uuid: 'GPU-1', name: 'NVIDIA H200', field: 'power.draw.instant'},
    {uuid: 'GPU-2', name: 'Quadro, old', field: null},
  ])
  // A driver before the field was there refuses the question.
  machine.smi = ([query]) => (query!.includes('instant') ? undefined : 'GPU-1, 60.00, Tesla\n')
  expect(await surveyNvidiaSmi(machine)).toEqual([{uuid: 'GPU-1', name: 'Tesla', field: 'power.draw'}])
})

test('nvidia-smi: readings of one GPU are added up; a line without a number is left out', async () => {
  const machine = new FakeMachine()
  machine.printed = (fromMs, toMs) =>
    Array.from({length: Math.floor(toMs / 100) - Math.floor(fromMs / 100)}, (_, index) => {
      const place = Math.floor(fromMs / 100) + 1 + index
      return {atMs: place * 100, text: place % 7 === 0 ? '[Unknown Error]' : '300.00'}
    })
  const meter = await openNvidiaSmi({name: 'NVIDIA H200', uuid: 'GPU-1', field: 'power.draw.instant'}, machine)
  const window = await meter.begin()
  machine.nowMs += 5000
  expect((await window.end()).joules).toBeCloseTo(1500, 6)
  expect([meter.grade, meter.covers]).toEqual(['sampled', 'NVIDIA H200'])
  expect(machine.programs[0]!.args).toContain('--id=GPU-1')
})
