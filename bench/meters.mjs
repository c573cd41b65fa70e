// Do the meters disturb what they measure? Processor time is what a meter would charge to the phase it is read in.
//
//   npm run build
//   node bench/meters.mjs [--model mini] [--rounds 10] [--threads N]
//
// Four questions: what a session burns while it is idle between runs (threads that spin would), what reading a counter at
// both edges of a window costs, what a command that prints power ten times a second burns in this process, and whether
// runs of the encoder take longer while it prints.
// Ends with status 1 when an idle session burns more than 2 % of one processor, a window costs more than 0.1 % of the
// shortest one, the sampler burns more than 2 %, or it slows the encoder by more than 1 % (of its processor time).
import {mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {setTimeout as sleep} from 'node:timers/promises'
import {parseArgs} from 'node:util'
import {parseMethodSpec} from '../dist/core/methods/spec.js'
import {readModelFolder} from '../dist/core/models/folder.js'
import {findModel} from '../dist/core/models/library.js'
import {openCommand} from '../dist/core/power/command.js'
import {openRapl, surveyRapl} from '../dist/core/power/rapl.js'
import {filesUnder, thisMachine} from '../dist/core/power/world.js'
import {VisionRunner} from '../dist/core/workflows/vision.js'
import {printMachine} from './machine.mjs'
import {formatRatio, median, printTable, ratioOf, timeOf} from './measure.mjs'

const REST_MS = 2000
const RUNS = 20
const COMMAND = 'while :; do echo 20 W; sleep 0.1; done'
const GOALS = {idle: 0.02, window: 0.001, sampler: 0.02, slower: 0.01}
const {values} = parseArgs({
  options: {
    model: {type: 'string', default: 'mini'},
    rounds: {type: 'string', default: '10'},
    threads: {type: 'string'},
  },
})
const rounds = Number(values.rounds)

const {path} = await findModel(values.model)
const folder = await readModelFolder(path, {name: values.model})
const options = values.threads ? {threads: Number(values.threads)} : {}
const vision = await VisionRunner.open(folder, {...options, device: 'cpu', spec: parseMethodSpec('base')})
const size = folder.config.vision.imageSize
const pixels = {type: 'float32', dims: [1, 3, size, size], data: new Float32Array(3 * size * size).fill(0.1)}
const encode = () => vision.run(pixels, [0])
const encodeMany = async () => {
  for (let run = 0; run < RUNS; run += 1) await encode()
}

/** Share of one processor that this process uses while nothing is asked of it. */
async function atRest() {
  const {cpu, wall} = await timeOf(() => sleep(REST_MS))
  return cpu / wall
}

/** Milliseconds of one window over two sockets, read from files as sysfs has them. */
async function windowMs() {
  const root = mkdtempSync(join(tmpdir(), 'vwt-meters-'))
  for (const socket of [0, 1]) {
    const zone = join(root, `sys/class/powercap/intel-rapl:${socket}`)
    mkdirSync(zone, {recursive: true})
    writeFileSync(join(zone, 'name'), `package-${socket}\n`)
    writeFileSync(join(zone, 'energy_uj'), '123456789\n')
    writeFileSync(join(zone, 'max_energy_range_uj'), '262143328850\n')
  }
  const world = {...thisMachine, platform: 'linux', ...filesUnder(root)}
  const meter = openRapl(world, surveyRapl(world))
  const times = []
  for (let window = 0; window < 1000; window += 1) {
    const {wall} = await timeOf(async () => {
      const open = await meter.begin()
      // The files stand still and the window is short: refused, after both edges were read.
      await open.end().catch(() => {})
    })
    times.push(wall)
  }
  rmSync(root, {recursive: true})
  return {ms: median(times), shortestMs: meter.shortestMs}
}

printMachine()
await encodeMany()
const idle = []
const sampling = []
const alone = []
const beside = []
for (let round = 0; round < rounds; round += 1) {
  const turns = [
    async () => {
      alone.push((await timeOf(encodeMany)).cpu)
      idle.push(await atRest())
    },
    async () => {
      const meter = await openCommand(COMMAND, thisMachine)
      beside.push((await timeOf(encodeMany)).cpu)
      sampling.push(await atRest())
      await meter.close()
    },
  ]
  // Every other round goes backwards.
  for (const turn of round % 2 === 0 ? turns : turns.reverse()) await turn()
}
const window = await windowMs()
const slower = ratioOf(beside, alone)
const share = (value) => `${(100 * value).toFixed(3)} %`
const results = [
  ['idle session, of one processor', median(idle), GOALS.idle, share(median(idle))],
  [
    'both edges of a window of two sockets, of the shortest',
    window.ms / window.shortestMs,
    GOALS.window,
    `${(1000 * window.ms).toFixed(0)} µs`,
  ],
  [
    'command that prints ten times a second, of one processor',
    median(sampling),
    GOALS.sampler,
    share(median(sampling)),
  ],
  ['processor time of the encoder beside it', slower.median - 1, GOALS.slower, formatRatio(slower)],
]
printTable(
  ['what', 'measured', 'goal', ''],
  results.map(([what, value, goal, text]) => [
    what,
    text,
    `≤ ${100 * goal} %`,
    value <= goal ? 'reached' : '**missed**',
  ]),
)
await vision.release()
if (results.some(([, value, goal]) => value > goal)) process.exitCode = 1
