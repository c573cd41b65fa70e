import {expect, test} from 'vitest'
import {openMeter} from '../../../src/core/power/open.js'
import {DENIED, FakeGpu, FakeMachine} from './machine.js'

function withPackage(energy: string | Error = '1'): FakeMachine {
  const machine = new FakeMachine()
  machine.addZones({'intel-rapl:0': {name: 'package-0', energy, range: 1e9}})
  return machine
}

test('a model on the processor is measured by the processor, whatever GPU lies idle beside it', async () => {
  const machine = withPackage()
  machine.gpus = [new FakeGpu('NVIDIA H200', 70)]
  expect((await openMeter({device: 'cpu'}, machine)).meter).toMatchObject({name: 'rapl', covers: 'package-0'})
})

test('a model on a GPU is measured by the GPU and the processor that feeds it', async () => {
  const machine = withPackage()
  machine.gpus = [new FakeGpu('A', 70), new FakeGpu('B', 70)]
  machine.env = {CUDA_VISIBLE_DEVICES: '1'}
  expect((await openMeter({device: 'cuda'}, machine)).meter).toMatchObject({
    name: 'nvml',
    covers: 'B + rapl: package-0',
    grade: 'measured',
  })
})

test('when only the GPU can be read its energy is told, and what is missing', async () => {
  const machine = withPackage(DENIED)
  machine.gpus = [new FakeGpu('A', 70)]
  expect(await openMeter({device: 'cuda'}, machine)).toMatchObject({
    meter: {name: 'nvml', covers: 'A'},
    note: expect.stringMatching(/^Energy is that of the GPU alone\. .*only root/),
  })
})

test('when only the processor can be read it is not taken for the GPU', async () => {
  const opened = await openMeter({device: 'cuda'}, withPackage())
  expect(opened).toEqual({
    meter: undefined,
    reason: "The GPU's energy cannot be read: no NVIDIA driver: libnvidia-ml.so.1: not found.",
  })
})

test('a GPU without a counter is read through nvidia-smi, which lowers the grade and is told', async () => {
  const machine = withPackage()
  const old = new FakeGpu('Tesla P100', 70, 'GPU-p')
  old.status = 3
  machine.gpus = [old]
  machine.smi = () => 'GPU-p, 70.00, Tesla P100\n'
  machine.printed = (fromMs, toMs) =>
    Array.from({length: Math.floor(toMs / 100) - Math.floor(fromMs / 100)}, (_, index) => ({
      atMs: (Math.floor(fromMs / 100) + 1 + index) * 100,
      text: '70.0',
    }))
  const opened = await openMeter({device: 'cuda'}, machine)
  expect(opened.meter).toMatchObject({name: 'nvidia-smi', grade: 'sampled', covers: 'Tesla P100 + rapl: package-0'})
  expect(machine.libraryClosed).toBe(1)
})

test('a processor that cannot be read says why, and how it could be', async () => {
  expect(await openMeter({device: 'cpu'}, withPackage(DENIED))).toEqual({
    meter: undefined,
    reason: expect.stringMatching(
      /^The processor's energy counter cannot be read: only root may read .*\. Cure: sudo chmod/,
    ),
  })
  expect((await openMeter({device: 'cpu'}, new FakeMachine())).meter).toBeUndefined()
})

test('macOS needs root; the GPU behind webgpu is unknown', async () => {
  const mac = new FakeMachine()
  mac.platform = 'darwin'
  expect(await openMeter({device: 'cpu'}, mac)).toMatchObject({reason: expect.stringContaining('sudo')})
  expect(await openMeter({device: 'webgpu'}, withPackage())).toMatchObject({
    meter: undefined,
    reason: expect.stringMatching(/behind webgpu.*--power-command/),
  })
})

test("a user's command goes before every other meter", async () => {
  const machine = withPackage()
  machine.printed = (fromMs, toMs) =>
    Array.from({length: Math.floor(toMs / 100) - Math.floor(fromMs / 100)}, (_, index) => ({
      atMs: (Math.floor(fromMs / 100) + 1 + index) * 100,
      text: '31 W',
    }))
  const {meter} = await openMeter({device: 'cpu', powerCommand: 'plug'}, machine)
  expect(meter).toMatchObject({name: 'command', covers: 'plug'})
  expect(machine.programs).toEqual([{program: 'plug', shell: true, repeatMs: 1000}])
})
