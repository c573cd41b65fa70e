// Kills a build of a vocabulary at random moments and resumes it until it is done; the file must be the same to the byte
// as that of a build nobody disturbed.
//
//   npm run build
//   node bench/kill-resume.mjs IMAGES [ROUNDS = 20] [SEED = 1]
//
// Ends with status 1 when a round differs.
import {spawn} from 'node:child_process'
import {existsSync, mkdtempSync, readFileSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {seededRandom} from '../dist/core/base/random.js'

const [images, rounds = '20', seed = '1'] = process.argv.slice(2)
if (!images) {
  process.stderr.write('usage: node bench/kill-resume.mjs IMAGES [ROUNDS] [SEED]\n')
  process.exit(2)
}
const VWT = fileURLToPath(new URL('../bin/vwt.js', import.meta.url))
// Small views and steps: what is tried is where a build can be cut, not how fast it is.
const VALUES = {words: 200, 'image-size': 112, 'patches-per-step': 600, crops: 4, 'checkpoint-seconds': 0}
const SETTINGS = ['--quiet', ...Object.entries(VALUES).flatMap(([flag, value]) => [`--${flag}`, String(value)])]
const folder = mkdtempSync(join(tmpdir(), 'vwt-kill-'))
process.on('exit', () => rmSync(folder, {recursive: true, force: true}))

/** @returns 'done', or 'killed' when `killAfterMs` came first. */
function build(out, killAfterMs, more = []) {
  const child = spawn(process.execPath, [VWT, 'build-vocab', images, ...SETTINGS, '--out', out, ...more], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let text = ''
  child.stderr.on('data', (chunk) => {
    text += chunk
  })
  const timer = killAfterMs === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), killAfterMs)
  return new Promise((resolve, reject) => {
    child.on('close', (status, signal) => {
      clearTimeout(timer)
      if (signal === 'SIGKILL') resolve('killed')
      else if (status === 0) resolve('done')
      else reject(new Error(`vwt ended with ${status}: ${text}`))
    })
  })
}

const random = seededRandom(Number(seed))
const start = performance.now()
await build(join(folder, 'whole'))
const wholeMs = performance.now() - start
const whole = readFileSync(join(folder, 'whole'))
process.stdout.write(`undisturbed: ${(wholeMs / 1000).toFixed(1)} s, ${whole.length} bytes\n`)

let same = 0
for (let round = 1; round <= Number(rounds); round += 1) {
  const out = join(folder, `round-${round}`)
  let kills = 0
  let resumed = 0
  // Each at any moment of what an undisturbed run takes, until two of them left a checkpoint; then it may finish.
  const isEnough = () => resumed === 2 || kills === 6
  // A run that ends before its first kill is no trial: it begins anew.
  for (let isDone = false; !isDone || kills === 0; ) {
    if (isDone) rmSync(out)
    isDone = (await build(out, isEnough() ? undefined : random() * wholeMs, kills > 0 ? ['--resume'] : [])) === 'done'
    if (isDone) continue
    kills += 1
    if (existsSync(`${out}.checkpoint`)) resumed += 1
  }
  const isSame = readFileSync(out).equals(whole)
  same += isSame ? 1 : 0
  process.stdout.write(
    `round ${round}: ${kills} kills, ${resumed} with a checkpoint: ${isSame ? 'same' : 'DIFFERENT'}\n`,
  )
}
process.stdout.write(`${same} of ${rounds} the same to the byte\n`)
process.exitCode = same === Number(rounds) ? 0 : 1
