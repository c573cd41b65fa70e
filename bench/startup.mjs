// Start-up of the command line, whole processes, interleaved so that a busy machine bears on all alike:
//   node bench/startup.mjs [ROUNDS]
// Goals: `vwt --version` at most 3 times `node -e 0`; `vwt classify` with the bundled model under 1.5 s.
import {spawnSync} from 'node:child_process'
import {fileURLToPath} from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const vwt = fileURLToPath(new URL('../bin/vwt.js', import.meta.url))
const rounds = Number(process.argv[2] ?? 15)
const cases = [
  ['node -e 0', ['-e', '0']],
  ['vwt --version', [vwt, '--version']],
  ['vwt --help', [vwt, '--help']],
  ['vwt models list', [vwt, 'models', 'list']],
  ['vwt classify, one picture', [vwt, 'classify', 'examples/red-bird-water.png']],
  ['vwt classify, labels new', [vwt, 'classify', 'examples/red-bird-water.png', '--labels']],
]

function runMs(args, round) {
  const own = args.at(-1) === '--labels' ? [...args, `cat,dog,horse,bird,ship ${process.pid} ${round}`] : args
  const start = performance.now()
  const {status, stderr} = spawnSync(process.execPath, own, {cwd: root, encoding: 'utf8'})
  if (status !== 0) throw new Error(`${own.join(' ')} ended with ${status}: ${stderr}`)
  return performance.now() - start
}

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]
for (const [, args] of cases) runMs(args, -1)
const times = cases.map(() => [])
for (let round = 0; round < rounds; round += 1)
  for (const [index, [, args]] of cases.entries()) times[index].push(runMs(args, round))

const base = median(times[0])
for (const [index, [name]] of cases.entries()) {
  const ms = median(times[index])
  const most = Math.max(...times[index])
  process.stdout.write(
    `${name.padEnd(28)} median ${ms.toFixed(0).padStart(5)} ms   worst ${most.toFixed(0).padStart(5)} ms   ${(ms / base).toFixed(2)} × node -e 0\n`,
  )
}
