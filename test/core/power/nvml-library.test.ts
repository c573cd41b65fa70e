/** The calls into C, against a library of our own that a compiler makes; without one there is nothing to test against. */
import {spawnSync} from 'node:child_process'
import {mkdtempSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import koffi from 'koffi'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {openNvml, surveyNvml} from '../../../src/core/power/nvml.js'
import {loadNvml} from '../../../src/core/power/nvml-library.js'

const hasCompiler = process.platform === 'linux' && spawnSync('cc', ['--version']).status === 0

test('without a driver the reason names what was looked for', async () => {
  await expect(loadNvml(['libnowhere-ml.so.1'])).rejects.toThrow(
    /^no NVIDIA driver: libnowhere-ml\.so\.1 is not there$/,
  )
  await expect(loadNvml([])).rejects.toThrow(/NVIDIA has no driver for/)
})

describe.runIf(hasCompiler)('a stub of the library', () => {
  let folder: string
  let path: string
  let set: (device: number, energy: bigint, power: number, status: number) => void
  let initialised: () => number

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'vwt-nvml-'))
    path = join(folder, 'libstub.so')
    const made = spawnSync('cc', ['-shared', '-fPIC', '-o', path, 'test/fixtures/nvml/stub.c'], {encoding: 'utf8'})
    if (made.status !== 0) throw new Error(made.stderr)
    const stub = koffi.load(path)
    set = stub.func('void stub_set(int device, uint64_t energy, unsigned int power, int status)')
    initialised = stub.func('int stub_initialised()')
  })
  afterAll(() => rmSync(folder, {recursive: true}))

  test('devices, names and counters arrive as the library says them, the counter in all its 64 bits', async () => {
    set(0, 5n, 71_250, 0)
    set(1, 9_007_199_254_740_991n, 300_000, 0)
    const library = await loadNvml([join(folder, 'missing.so'), path])
    expect(library.devices.map(({name, uuid}) => [name, uuid])).toEqual([
      ['Stub GPU 0', 'GPU-stub-0'],
      ['Stub GPU 1', 'GPU-stub-1'],
    ])
    expect(library.devices.map(({readEnergyMillijoules}) => readEnergyMillijoules())).toEqual([
      5,
      Number.MAX_SAFE_INTEGER,
    ])
    expect(library.devices.map(({readPowerMilliwatts}) => readPowerMilliwatts())).toEqual([71_250, 300_000])
    // The clock is not supported and left out.
    expect(library.devices[1]!.describe()).toEqual({driver: '570.00', limitWatts: 700, temperatureC: 41})
    expect(initialised()).toBe(1)
    library.close()
    expect(initialised()).toBe(0)
  })

  test('a window over it is exact to the millijoule, and what the library answers becomes the reason', async () => {
    set(0, 1_000_000n, 0, 0)
    set(1, 0n, 0, 3)
    const library = await loadNvml([path])
    expect(surveyNvml(library).map(({reason}) => reason)).toEqual([
      null,
      'nvmlDeviceGetTotalEnergyConsumption: not supported by this GPU',
    ])
    let nowMs = 0
    const meter = openNvml({now: () => nowMs}, library, library.devices[0]!)
    const window = await meter.begin()
    nowMs = 5000
    set(0, 2_345_678n, 0, 0)
    expect((await window.end()).joules).toBeCloseTo(1345.678, 9)
    const lost = await meter.begin()
    nowMs = 10_000
    set(0, 0n, 0, 4)
    await expect(lost.end()).rejects.toMatchObject({
      code: 'meter-unreadable',
      message: expect.stringContaining('no permission'),
    })
    await meter.close()
    expect(initialised()).toBe(0)
  })
})
