import {expect, test} from 'vitest'
import {type ProbeWorld, probeMeters} from '../../../src/core/power/probe.js'

const denied = Object.assign(new Error('no'), {code: 'EACCES'})
const absent = Object.assign(new Error('no'), {code: 'ENOENT'})

/** A machine of files; an Error stands for what reading it throws. */
function world(files: Readonly<Record<string, string | Error>>, smi?: string, platform = 'linux'): ProbeWorld {
  return {
    platform,
    listFolder(path) {
      const names = Object.keys(files).filter((file) => file.startsWith(`${path}/`))
      if (names.length === 0) throw absent
      return [...new Set(names.map((file) => file.slice(path.length + 1).split('/')[0]!))]
    },
    readText(path) {
      const content = files[path] ?? absent
      if (content instanceof Error) throw content
      return content
    },
    run: async () => smi,
  }
}

const zone = '/sys/class/powercap/intel-rapl:0'

test('a counter that can be read is reported by the name of its zone', async () => {
  const meters = await probeMeters(world({[`${zone}/name`]: 'package-0\n', [`${zone}/energy_uj`]: '812345\n'}))
  expect(meters[0]).toEqual({name: 'rapl', covers: 'package-0', readable: true, reason: null, cure: null})
})

test('a counter for root only is reported with the command that opens it', async () => {
  const [meter] = await probeMeters(world({[`${zone}/name`]: 'package-0', [`${zone}/energy_uj`]: denied}))
  expect(meter).toMatchObject({
    readable: false,
    reason: expect.stringContaining('only root'),
    cure: expect.stringContaining('chmod'),
  })
})

test('zones and parts of zones are meters of their own, other control types are none', async () => {
  const part = `${zone}:1`
  const files = {
    [`${zone}/name`]: 'package-0',
    [`${zone}/energy_uj`]: '1',
    [`${part}/name`]: 'dram',
    [`${part}/energy_uj`]: '2',
    '/sys/class/powercap/dtpm/name': 'dtpm',
  }
  const meters = await probeMeters(world(files))
  expect(meters.filter(({name}) => name === 'rapl').map(({covers}) => covers)).toEqual(['package-0', 'dram'])
})

test('without powercap the reason says so', async () => {
  const [meter] = await probeMeters(world({}))
  expect(meter).toMatchObject({name: 'rapl', readable: false, reason: expect.stringContaining('/sys/class/powercap')})
})

test('each NVIDIA GPU is a meter; one whose driver reports no power is not readable', async () => {
  const meters = await probeMeters(world({}, 'NVIDIA H200, 75.32\nQuadro, old, [N/A]\n'))
  expect(meters.slice(1)).toEqual([
    {name: 'nvml', covers: 'NVIDIA H200', readable: true, reason: null, cure: null},
    {
      name: 'nvml',
      covers: 'Quadro, old',
      readable: false,
      reason: expect.stringContaining('no power draw'),
      cure: null,
    },
  ])
})

test('macOS needs root, other platforms have no known counter', async () => {
  expect((await probeMeters(world({}, undefined, 'darwin')))[0]).toMatchObject({name: 'powermetrics', readable: false})
  expect((await probeMeters(world({}, undefined, 'win32')))[0]?.reason).toContain('win32')
})
