import {setTimeout as sleep} from 'node:timers/promises'
import {describe, expect, test} from 'vitest'
import {openCommand, readingParser} from '../../../src/core/power/command.js'
import type {Line, LineSource} from '../../../src/core/power/lines.js'
import {thisMachine} from '../../../src/core/power/world.js'
import {FakeMachine} from './machine.js'

test('a line is a number with its unit, watts without one; comments and empty lines say nothing', () => {
  const read = (line: string) => readingParser()(line, 7)
  expect(read('12.5')).toEqual({atMs: 7, watts: 12.5})
  expect(read(' 12500 mW ')).toEqual({atMs: 7, watts: 12.5})
  expect(read('1.2e1W')).toEqual({atMs: 7, watts: 12})
  expect(read('0.5 kW')).toEqual({atMs: 7, watts: 500})
  expect(read('3 J')).toEqual({atMs: 7, joules: 3})
  for (const [line, joules] of [
    ['2500 mJ', 2.5],
    ['7 uJ', 7e-6],
    ['7 µJ', 7e-6],
    ['2 kJ', 2000],
    ['2 Wh', 7200],
    ['0.001 kWh', 3600],
  ] as const)
    expect(read(line)).toEqual({atMs: 7, joules: expect.closeTo(joules, 12)})
  expect([read(''), read('# volts 230')]).toEqual([undefined, undefined])
})

test('what is no reading is refused with the reason', () => {
  const read = (line: string) => () => readingParser()(line, 0)
  expect(read('lots')).toThrow('a number and its unit are expected')
  expect(read('12,5 W')).toThrow('a number and its unit are expected')
  expect(read('5 A')).toThrow('A is no unit of power or energy')
  expect(read('-1 W')).toThrow('it is negative')
  const parse = readingParser()
  parse('5 W', 0)
  expect(() => parse('5 J', 1)).toThrow('joules follow on watts')
})

/** A machine whose command prints every `periodMs`. */
function printing(periodMs: number, textAt: (ms: number) => string): FakeMachine {
  const machine = new FakeMachine()
  machine.printed = (fromMs, toMs) => {
    const first = Math.floor(fromMs / periodMs) + 1
    const count = Math.max(0, Math.floor(toMs / periodMs) - first + 1)
    return Array.from({length: count}, (_, index) => {
      const atMs = (first + index) * periodMs
      return {atMs, text: textAt(atMs)}
    })
  }
  return machine
}

async function windowOf(machine: FakeMachine, ms: number) {
  const meter = await openCommand('meter --watts', machine)
  const window = await meter.begin()
  machine.nowMs += ms
  return {meter, reading: await window.end()}
}

test('power readings are added up over exactly the window', async () => {
  const {meter, reading} = await windowOf(
    printing(100, (ms) => `${ms < 1_003_000 ? 20 : 50} W`),
    6000,
  )
  expect(meter).toMatchObject({name: 'command', covers: 'meter --watts', grade: 'sampled', refreshMs: 100})
  expect([meter.shortestMs, meter.stepJoules]).toEqual([1000, null])
  // From the fourth reading, at 1,000,400: 20 W for 2.5 s, 0.1 s on the way up, 50 W for 3.4 s.
  expect(reading.ms).toBe(6000)
  expect(reading.joules).toBeCloseTo(20 * 2.5 + 35 * 0.1 + 50 * 3.4, 9)
})

test('a count of joules is a measurement, whatever power did between its lines', async () => {
  const {meter, reading} = await windowOf(
    printing(200, (ms) => `${((ms - 1_000_000) * 0.03).toFixed(6)} J`),
    5000,
  )
  expect(meter).toMatchObject({grade: 'measured', refreshMs: 200, shortestMs: 2000})
  expect(reading.joules).toBeCloseTo(150, 6)
})

test('the shortest window grows with the time between two lines, and a shorter one is refused', async () => {
  const machine = printing(1000, () => '20 W')
  const meter = await openCommand('slow', machine)
  expect(meter.shortestMs).toBe(10_000)
  const window = await meter.begin()
  machine.nowMs += 9000
  await expect(window.end()).rejects.toMatchObject({code: 'meter-window'})
})

for (const [title, machine, code, message] of [
  ['a count that stands still', () => printing(100, () => '77 J'), 'meter-frozen', /0 J for a window/],
  ['power of nothing at all', () => printing(100, () => '0 W'), 'meter-frozen', /0 J for a window/],
  [
    'a count that moves three times',
    () => printing(100, (ms) => `${Math.floor(ms / 2000) * 3600} J`),
    'meter-frozen',
    /too coarsely: it moved 3 times/,
  ],
  ['a count that falls', () => printing(100, (ms) => `${2_000_000 - ms} J`), 'meter-reset', /fell/],
] as const) {
  test(`${title} is refused`, async () => {
    await expect(windowOf(machine(), 6000)).rejects.toMatchObject({code, message: expect.stringMatching(message)})
  })
}

test('a window with a hole in its readings is refused', async () => {
  const machine = printing(100, () => '20 W')
  const all = machine.printed
  machine.printed = (fromMs, toMs) => all(fromMs, toMs).filter(({atMs}) => atMs < 1_002_000 || atMs > 1_004_000)
  await expect(windowOf(machine, 6000)).rejects.toMatchObject({
    code: 'meter-gaps',
    message: expect.stringMatching(/longest gap 2[12]00 ms/),
  })
})

test('a command that prints nothing, ends, or prints no reading is the fault of the request', async () => {
  const silent = new FakeMachine()
  await expect(openCommand('x', silent)).rejects.toMatchObject({code: 'meter-silent', oclif: {exit: 2}})
  expect(silent.sourcesClosed).toBe(1)
  const ended = new FakeMachine()
  ended.ended = 'ended with status 127: x: not found'
  await expect(openCommand('x', ended)).rejects.toMatchObject({
    code: 'meter-silent',
    message: 'command: x should go on printing readings, but ended with status 127: x: not found.',
  })
  await expect(
    openCommand(
      'x',
      printing(100, () => 'ok'),
    ),
  ).rejects.toMatchObject({
    code: 'meter-line',
    message: 'Line 1 of command: x is "ok": a number and its unit are expected.',
  })
})

test('power now is the last line', async () => {
  const machine = printing(100, (ms) => `${(ms - 1_000_000) / 1000} W`)
  const meter = await openCommand('x', machine)
  machine.nowMs = 1_009_950
  expect(await meter.readWatts()).toBe(9.9)
})

describe.skipIf(process.platform === 'win32')('a real command', () => {
  /** Takes lines until there are `count`. */
  async function linesOf(source: LineSource, count: number): Promise<Line[]> {
    const lines: Line[] = []
    while (lines.length < count) {
      lines.push(...(await source.take()).lines)
      await sleep(10)
    }
    return lines
  }

  test('lines that come while this thread computes are stamped when they came', async () => {
    const source = thisMachine.openLines({program: 'while :; do echo 20 W; sleep 0.02; done', shell: true})
    try {
      await linesOf(source, 1)
      // As a run of the model does: nothing else happens on this thread. A crowded machine gets more time.
      let within: Line[] = []
      for (const spanMs of [500, 2000, 6000]) {
        const startMs = thisMachine.now()
        while (thisMachine.now() - startMs < spanMs);
        const endMs = thisMachine.now()
        const {lines} = await source.take()
        within = lines.filter(({atMs}) => atMs > startMs && atMs < endMs)
        if (new Set(within.map(({atMs}) => atMs)).size > 3) break
      }
      expect(new Set(within.map(({atMs}) => atMs)).size).toBeGreaterThan(3)
      expect(new Set(within.map(({text}) => text))).toEqual(new Set(['20 W']))
    } finally {
      await source.close()
    }
  }, 20_000)

  test('a command that prints once is run again', async () => {
    const source = thisMachine.openLines({program: 'echo $$', shell: true, repeatMs: 50})
    const pids = (await linesOf(source, 3)).map(({text}) => text)
    await source.close()
    expect(new Set(pids).size).toBe(pids.length)
  }, 20_000)

  test('closing ends the whole pipeline', async () => {
    const program = "sh -c 'echo $$; while :; do echo 1 W; sleep 0.02; done' | cat"
    const source = thisMachine.openLines({program, shell: true})
    const pid = Number((await linesOf(source, 1))[0]!.text)
    await source.close()
    const isAlive = () => {
      try {
        return process.kill(pid, 0)
      } catch {
        return false
      }
    }
    for (let tries = 0; isAlive() && tries < 200; tries += 1) await sleep(20)
    expect(isAlive()).toBe(false)
    expect((await source.take()).ended).toBe('the sampler was closed')
  }, 20_000)

  test('a command that is not there says so', async () => {
    await expect(openCommand('vwt-no-such-command', thisMachine)).rejects.toMatchObject({
      code: 'meter-silent',
      message: expect.stringMatching(/ended with status 127: .*vwt-no-such-command/),
    })
  }, 20_000)
})
