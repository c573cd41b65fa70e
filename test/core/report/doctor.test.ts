import {expect, test} from 'vitest'
import {formatDiagnosis} from '../../../src/core/report/doctor.js'
import {PLAIN} from '../../../src/core/report/text.js'
import type {Diagnosis} from '../../../src/core/workflows/doctor.js'

const diagnosis: Diagnosis = {
  machine: {
    platform: 'linux',
    release: '6.1',
    arch: 'x64',
    node: 'v22.1.0',
    cpu: {
      model: 'Some CPU',
      logicalCount: 8,
      instructions: {avx2: true, avx512: false, vnni: true, amx: false, neon: false, dotprod: false, i8mm: false},
    },
    memoryBytes: 16_000_000_000,
    threads: {affinity: 8, quota: 2, cores: null, allowed: 2},
  },
  q8: 'u8s8',
  devices: [
    {device: 'webgpu', usable: false, reason: 'no GPU adapter was found', probeMs: null},
    {device: 'cpu', usable: true, reason: null, probeMs: 41.26},
  ],
  meters: [
    {
      name: 'rapl',
      covers: 'package-0',
      grade: 'measured',
      readable: false,
      reason: 'only root may read it',
      cure: 'sudo chmod it',
    },
    {name: 'nvml', covers: 'Some GPU', grade: 'measured', readable: true, reason: null, cure: null},
  ],
  folders: [
    {purpose: 'cache', path: '/c', exists: true, writable: true, bytes: 1_234_567},
    {purpose: 'data', path: '/d', exists: false, writable: false, bytes: 0},
  ],
  models: [{name: 'mini', source: 'bundled', path: '/m/mini'}],
  vocabularies: [],
}

test('the page says what can be used and, of the rest, why not', () => {
  expect(formatDiagnosis(diagnosis, '1.2.3', PLAIN)).toBe(`Machine
  vwt           1.2.3, Node v22.1.0, linux x64 (6.1)
  processor     Some CPU
  instructions  avx2 vnni
  q8            u8s8, 8-bit weights: this processor adds integer products in 32 bits
  threads       2 (affinity 8, quota 2)
  memory        16.0 GB

Devices
  ✗ webgpu  no GPU adapter was found
  ✓ cpu     opens, probe 41.3 ms

Energy meters
  ✗ package-0 (rapl)  only root may read it; sudo chmod it
  ✓ Some GPU (nvml)   readable, measured

Folders
  ✓ cache  /c, 1.2 MB
  ✗ data   /d, not there yet, not writable

Models
  mini  bundled, /m/mini

Vocabularies
  none`)
})

test('on a narrow terminal texts wrap below themselves', () => {
  const lines = formatDiagnosis(diagnosis, '1.2.3', {...PLAIN, width: 44}).split('\n')
  const at = lines.findIndex((line) => line.includes('package-0'))
  expect(lines.slice(at, at + 2)).toEqual([
    '  ✗ package-0 (rapl)  only root may read it;',
    '                      sudo chmod it',
  ])
})

test('instruction sets that cannot be read are unknown', () => {
  const instructions = {avx2: null, avx512: null, vnni: null, amx: null, neon: false, dotprod: false, i8mm: false}
  const cpu = {...diagnosis.machine.cpu, instructions}
  const text = formatDiagnosis({...diagnosis, machine: {...diagnosis.machine, cpu}}, '1', PLAIN)
  expect(text).toContain('instructions  unknown\n')
})
