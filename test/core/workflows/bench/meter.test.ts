import {expect, test} from 'vitest'
import {parseGate} from '../../../../src/core/workflows/bench/gate.js'
import {checkEnergyOptions, openEnergySource, planEnergy} from '../../../../src/core/workflows/bench/meter.js'
import {DENIED, FakeGpu, FakeMachine} from '../../power/machine.js'

function withPackage(): FakeMachine {
  const machine = new FakeMachine()
  machine.addZones({'intel-rapl:0': {name: 'package-0', energy: '1', range: 1e9}})
  return machine
}

test('one way to tell energy is taken, two are refused', () => {
  for (const options of [{}, {energy: false}, {assumeWatts: 30}, {powerCommand: 'plug'}, {idle: 0}])
    expect(() => checkEnergyOptions(options)).not.toThrow()
  for (const [options, message] of [
    [{assumeWatts: 30, powerCommand: 'plug'}, /given --power-command and --assume-watts/],
    [{energy: false, assumeWatts: 30}, /given --no-energy and --assume-watts/],
    [{powerCommand: '  '}, /is empty/],
    [{assumeWatts: 0}, /--assume-watts should be a number from 0\.001/],
    [{idle: -1}, /--idle should be a number from 0/],
  ] as const)
    expect(() => checkEnergyOptions(options)).toThrow(message)
})

test('without a meter the reason is kept; a meter that leaves something out says what', async () => {
  expect(await openEnergySource({}, 'cpu', {world: new FakeMachine()})).toEqual({
    kind: 'none',
    reason: expect.stringMatching(/^The processor's energy counter cannot be read: .*\.$/),
  })
  expect(await openEnergySource({energy: false}, 'cpu', {world: withPackage()})).toEqual({
    kind: 'none',
    reason: 'Energy was not asked for.',
  })
  const machine = new FakeMachine()
  machine.gpus = [new FakeGpu('NVIDIA H200', 70)]
  machine.addZones({'intel-rapl:0': {name: 'package-0', energy: DENIED}})
  const notes: string[] = []
  const source = await openEnergySource({}, 'cuda', {world: machine, onNote: (note) => notes.push(note)})
  expect(source).toMatchObject({kind: 'meter', meter: {name: 'nvml'}})
  expect(notes).toEqual([expect.stringMatching(/GPU alone/)])
})

test('a condition on energy is refused before the work when nothing will be measured', async () => {
  const refused = (text: string, options: Parameters<typeof planEnergy>[0], machine = new FakeMachine()) =>
    planEnergy({device: 'cpu', ...options}, [parseGate(text)], machine)
  await expect(refused('joules.saving>=20', {})).rejects.toMatchObject({
    code: 'require-unmeasured',
    message: expect.stringMatching(/needs joules\.saving, which is not measured\. The processor's energy counter/),
  })
  await expect(refused('watts.mean<90', {energy: false})).rejects.toMatchObject({code: 'require-unmeasured'})
  await expect(refused('joules.net<1', {idle: 0}, withPackage())).rejects.toThrow(/--idle/)
  await expect(refused('joules.net<1', {assumeWatts: 30})).rejects.toThrow(/Net figures need a meter/)
  expect(await refused('joules.net<1', {}, withPackage())).toMatchObject({kind: 'meter'})
  const assumed = await refused('joules.saving>=20', {assumeWatts: 30})
  expect([assumed.kind, await assumed.open()]).toEqual(['assumed', {kind: 'assumed', watts: 30}])
  expect(await refused('latency.speedup>=2', {})).toMatchObject({kind: 'none'})
})

test('a meter that prints readings is tried and ended, and runs again only when its turn comes', async () => {
  const machine = new FakeMachine()
  machine.printed = (fromMs, toMs) =>
    Array.from({length: Math.floor(toMs / 100) - Math.floor(fromMs / 100)}, (_, index) => ({
      atMs: (Math.floor(fromMs / 100) + 1 + index) * 100,
      text: '31 W',
    }))
  const plan = await planEnergy({device: 'cpu', powerCommand: 'plug'}, [], machine)
  expect([machine.programs.length, machine.sourcesClosed]).toEqual([1, 1])
  expect(await plan.open()).toMatchObject({kind: 'meter', meter: {covers: 'plug'}})
  expect([machine.programs.length, machine.sourcesClosed]).toEqual([2, 1])
})
