// JPEG to caption, vwt against transformers on PyTorch's processor: same float32 weights, photos and threads.
//
//   npm run build
//   python bench/make_full_blip.py FOLDER --vocab bert-base-uncased-vocab.txt
//   node bench/caption.mjs FOLDER PHOTOS [--python python] [--photos 20] [--block 2] [--rest 1500] [--threads N]
//
// Every caption takes all --tokens 20 tokens with --beams 3: none may end before. Contestants are vwt, vwt with each
// --method, and transformers, each in a process of its own; they take turns of --block photos and rest before each turn,
// for threads may spin for a while after a run. The first photo of a turn is done once more than timed. Ends with status
// 1 below 1.8 times the peer's speed for base, or below 4 times for intra:0.5+q8.
import {spawn} from 'node:child_process'
import {readdirSync} from 'node:fs'
import {join, resolve} from 'node:path'
import {createInterface} from 'node:readline'
import {fileURLToPath} from 'node:url'
import {parseArgs} from 'node:util'
import {allowedThreads} from '../dist/core/runtime/threads.js'
import {loadCaptioner} from '../dist/core/workflows/caption/caption.js'
import {startContestant} from './contestants.mjs'
import {printMachine} from './machine.mjs'
import {calmRounds, formatCalm, formatRatio, median, printTable, ratioOf, usage, watchOthers} from './measure.mjs'

const GOALS = {base: 1.8, 'intra:0.5+q8': 4}
const PEER = 'transformers'

const {values, positionals} = parseArgs({
  allowPositionals: true,
  options: {
    python: {type: 'string', default: 'python'},
    photos: {type: 'string', default: '20'},
    block: {type: 'string', default: '2'},
    rest: {type: 'string', default: '1500'},
    threads: {type: 'string', default: String(allowedThreads())},
    beams: {type: 'string', default: '3'},
    tokens: {type: 'string', default: '20'},
    method: {type: 'string', multiple: true, default: ['base', 'intra:0.5+q8']},
    contestant: {type: 'string'},
  },
})
if (positionals.length !== 2) usage('node bench/caption.mjs FOLDER PHOTOS (see the head of this file)')
const [folder, photos] = positionals.map((path) => resolve(path))
const [threads, beams, tokens] = [values.threads, values.beams, values.tokens].map(Number)
if (values.contestant) await serve(values.contestant)
else await compare()

/** vwt with one method: answers a path with the caption's ids and times. */
async function serve(method) {
  const captioner = await loadCaptioner({model: folder, method, device: 'cpu', threads})
  process.on('message', async (path) => {
    const cpuStart = process.cpuUsage()
    const start = performance.now()
    let ids = []
    const settings = {beams, maxLength: tokens, minLength: tokens, onToken: (progress) => (ids = progress.ids)}
    const {caption, ms, tokens: used} = await captioner.captionOne(path, settings)
    const totalMs = performance.now() - start
    const cpu = process.cpuUsage(cpuStart)
    const cpuMs = (cpu.user + cpu.system) / 1000
    const generateMs = ms.encode + ms.decode
    process.send({
      ids,
      caption,
      used,
      loadMs: ms.load,
      generateMs,
      encodeMs: ms.encode,
      decodeMs: ms.decode,
      totalMs,
      cpuMs,
    })
  })
  process.send('open')
}

async function compare() {
  const files = readdirSync(photos)
    .filter((name) => /\.jpe?g$/i.test(name))
    .sort()
    .slice(0, Number(values.photos))
    .map((name) => join(photos, name))
  if (files.length === 0) usage('PHOTOS should hold JPEG files')
  printMachine()
  const peer = await startPeer()
  process.stdout.write(`The peer runs on ${peer.versions.join(' · ')}.\n\n`)
  const contestants = {[PEER]: peer}
  for (const method of values.method) contestants[method] = await startContestant(import.meta.url, method)
  const results = Object.fromEntries(Object.keys(contestants).map((name) => [name, []]))
  const block = Number(values.block)
  for (let first = 0; first < files.length; first += block) {
    const names = Object.keys(contestants)
    for (const name of (first / block) % 2 === 0 ? names : names.reverse()) {
      await new Promise((done) => setTimeout(done, Number(values.rest)))
      const part = files.slice(first, first + block)
      await contestants[name].ask(part[0])
      for (const path of part) results[name].push(await timed(contestants[name], path))
    }
  }
  for (const {stop} of Object.values(contestants)) stop()
  report(results)
}

/** The answer, and what share of one processor neither the contestant nor this script used meanwhile. */
async function timed(contestant, path) {
  let own = 0
  const watch = watchOthers(() => own)
  const answer = await contestant.ask(path)
  own = answer.cpuMs
  return {...answer, others: watch()}
}

function report(results) {
  const column = (name, key) => results[name].map((result) => result[key])
  const others = Object.keys(results).map((name) => column(name, 'others'))
  const calm = calmRounds(others)
  const middle = (name, key) => {
    const times = calm.map((photo) => column(name, key)[photo])
    return times[0] === undefined ? '' : median(times).toFixed(1)
  }
  const rows = Object.keys(results).map((name) => {
    const speed = name === PEER ? undefined : ratioOf(column(PEER, 'totalMs'), column(name, 'totalMs'), calm)
    const cpu = name === PEER ? undefined : ratioOf(column(PEER, 'cpuMs'), column(name, 'cpuMs'), calm)
    if (speed && speed.median < (GOALS[name] ?? 0)) process.exitCode = 1
    const times = ['loadMs', 'encodeMs', 'decodeMs', 'generateMs', 'totalMs', 'cpuMs'].map((key) => middle(name, key))
    const goal = GOALS[name] ? ` (goal ≥ ${GOALS[name]})` : ''
    return [
      name === PEER ? PEER : `vwt ${name}`,
      ...times,
      speed ? formatRatio(speed) + goal : '',
      cpu ? formatRatio(cpu) : '',
    ]
  })
  printTable(
    [
      `${formatCalm(others)} (photos), ${threads} threads, ${beams} beams, ${tokens} tokens`,
      'load ms',
      'see ms',
      'write ms',
      'see and write ms',
      'JPEG to caption ms',
      'processor ms, all threads',
      'times as fast',
      'times less processor time',
    ],
    rows,
  )
  const same = (name) => results[name].filter(({ids}, photo) => ids.join() === results[PEER][photo].ids.join()).length
  const shares = values.method.map((method) => `${method} ${same(method)}`)
  process.stdout.write(
    `Captions equal to the peer's, each with its own pixels, of ${results[PEER].length}: ${shares.join(', ')}.\n`,
  )
}

async function startPeer() {
  const script = fileURLToPath(new URL('peers/caption_peer.py', import.meta.url))
  const settings = ['--threads', threads, '--beams', beams, '--tokens', tokens].map(String)
  const child = spawn(values.python, [script, folder, ...settings], {stdio: ['pipe', 'pipe', 'inherit']})
  const lines = createInterface({input: child.stdout})[Symbol.asyncIterator]()
  const answer = async () => {
    const {value, done} = await lines.next()
    if (done) throw new Error(`${values.python} ${script} ended before it answered.`)
    return JSON.parse(value)
  }
  const {versions} = await answer()
  return {
    versions,
    ask(path) {
      child.stdin.write(`${path}\n`)
      return answer()
    },
    stop: () => child.kill(),
  }
}
