// Whole processes, from start to end: node doing nothing, vwt --version, and vwt classifying one picture.
//
//   npm run build
//   node bench/startup.mjs [--model mini] [--image examples/red-bird-water.png] [--rounds 20]
//
// They take turns. The first classification of a machine computes the label embeddings and looks for devices; it is
// shown apart, with an empty cache of its own, the others find both in the cache as every later call does. Ends with
// status 1 when --version takes more than 3 times node's own start or classifying takes 1.5 s or more, cache or not.
import {spawnSync} from 'node:child_process'
import {mkdtempSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {parseArgs} from 'node:util'
import {printMachine} from './machine.mjs'
import {formatRatio, median, printTable, ratioOf} from './measure.mjs'

const VERSION_LIMIT = 3
const CLASSIFY_LIMIT_MS = 1500
const BIN = fileURLToPath(new URL('../bin/vwt.js', import.meta.url))
const {values} = parseArgs({
  options: {
    model: {type: 'string', default: 'mini'},
    image: {type: 'string', default: fileURLToPath(new URL('../examples/red-bird-water.png', import.meta.url))},
    rounds: {type: 'string', default: '20'},
  },
})
const cache = mkdtempSync(join(tmpdir(), 'vwt-startup-'))
const classify = [BIN, 'classify', values.image, '--model', values.model]

function run(argv, places = cache) {
  const start = performance.now()
  const {status, stderr} = spawnSync(process.execPath, argv, {env: {...process.env, VWT_CACHE: places}})
  const ms = performance.now() - start
  if (status !== 0) throw new Error(`node ${argv.join(' ')} ended with ${status}: ${stderr}`)
  return ms
}

function runFirst() {
  const empty = mkdtempSync(join(tmpdir(), 'vwt-startup-'))
  try {
    return run(classify, empty)
  } finally {
    rmSync(empty, {recursive: true, force: true})
  }
}

printMachine()
const contestants = {
  'node -e 0': () => run(['-e', '0']),
  'vwt --version': () => run([BIN, '--version']),
  'vwt --help': () => run([BIN, '--help']),
  'vwt classify, first time': runFirst,
  'vwt classify': () => run(classify),
}
const times = Object.fromEntries(Object.keys(contestants).map((name) => [name, []]))
for (const start of Object.values(contestants)) start()
for (let round = 0; round < Number(values.rounds); round += 1) {
  for (const [name, start] of Object.entries(contestants)) times[name].push(start())
}
rmSync(cache, {recursive: true, force: true})
const node = times['node -e 0']
printTable(
  [`${values.rounds} rounds, model ${values.model}`, 'median ms', 'lowest', 'highest', 'times node -e 0 (95 %)'],
  Object.entries(times).map(([name, list]) => [
    name,
    ...[median(list), Math.min(...list), Math.max(...list)].map((ms) => ms.toFixed(0)),
    formatRatio(ratioOf(list, node)),
  ]),
)
const slowest = Math.max(median(times['vwt classify']), median(times['vwt classify, first time']))
const isMissed = ratioOf(times['vwt --version'], node).median > VERSION_LIMIT || slowest >= CLASSIFY_LIMIT_MS
if (isMissed) process.exitCode = 1
