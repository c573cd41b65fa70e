// Timing that survives a machine which is never quite at rest: contestants take turns in one run, and what is compared
// are ratios of neighbours in time, not times from different minutes.
import {readFileSync} from 'node:fs'
import {seededRandom} from '../dist/core/base/random.js'

/** Middle value; of an even number the mean of the two in the middle. */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

/** `count` items, evenly spread over the list; all where there are fewer. */
export function spread(items, count) {
  const step = Math.max(1, items.length / count)
  return Array.from({length: Math.min(count, items.length)}, (_, index) => items[Math.floor(index * step)])
}

export function cosine(a, b) {
  const dot = (x, y) => x.reduce((sum, value, index) => sum + value * y[index], 0)
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b))
}

/**
 * Runs each contestant `runs` times, turn by turn, `rounds` times; the first run of a turn warms caches, untimed.
 *
 * @returns by name, for each turn: the median in milliseconds of the `wall` clock and of `cpu`, all threads together,
 *   and `others`, how much of one processor everything else on the machine used meanwhile (null off Linux).
 */
export async function takeTurns(contestants, {rounds, runs}) {
  const names = Object.keys(contestants)
  const times = Object.fromEntries(names.map((name) => [name, {wall: [], cpu: [], others: []}]))
  for (let round = 0; round < rounds; round += 1) {
    // Every other round goes backwards, so that nobody always follows the same neighbour.
    for (const name of round % 2 === 0 ? names : [...names].reverse()) {
      await contestants[name]()
      const turn = []
      const watch = watchOthers()
      for (let run = 0; run < runs; run += 1) turn.push(await timeOf(contestants[name]))
      times[name].wall.push(median(turn.map(({wall}) => wall)))
      times[name].cpu.push(median(turn.map(({cpu}) => cpu)))
      times[name].others.push(watch())
    }
  }
  return times
}

/** Above this share of one processor, other work on the machine spoils a turn. */
const CALM = 0.1

/**
 * The rounds in which nobody was disturbed by other work on the machine; all of them where that cannot be told or where
 * fewer than five are left. @param turns the `others` of each contestant.
 */
export function calmRounds(turns) {
  const all = turns[0].map((_, round) => round)
  const calm = all.filter((round) => turns.every((others) => others[round] !== null && others[round] <= CALM))
  return calm.length < 10 ? all : calm
}

/** How many rounds were taken, for the reader to judge. */
export function formatCalm(turns) {
  const [all, calm] = [turns[0].length, calmRounds(turns).length]
  return calm < all ? `${calm} calm rounds of ${all}` : `all ${all} rounds`
}

/** Starts watching; the function it returns tells what share of one processor others have used since. */
export function watchOthers(ownCpuMs = ownCpu) {
  const [own, busy, start] = [ownCpuMs(), busyMs(), performance.now()]
  return () => {
    if (busy === null) return null
    const others = busyMs() - busy - (ownCpuMs() - own)
    return Math.max(0, others) / (performance.now() - start)
  }
}

function ownCpu() {
  const {user, system} = process.cpuUsage()
  return (user + system) / 1000
}

/** Milliseconds that all processors together have worked, or had to wait for the host, since the machine started. */
function busyMs() {
  try {
    const [user, nice, system, , , irq, softirq, steal] = readFileSync('/proc/stat', 'utf8')
      .split('\n')[0]
      .split(/\s+/)
      .slice(1)
      .map(Number)
    return (user + nice + system + irq + softirq + steal) * 10
  } catch {
    return null
  }
}

/** Milliseconds of one run: wall clock, and `cpu` of all threads of this process. */
export async function timeOf(run) {
  const cpu = ownCpu()
  const start = performance.now()
  await run()
  return {wall: performance.now() - start, cpu: ownCpu() - cpu}
}

/** Median of a[i] / b[i] over `rounds` with its 95 % bootstrap interval (2,000 resamples, seeded). */
export function ratioOf(a, b, rounds = a.map((_, index) => index)) {
  const ratios = rounds.map((round) => a[round] / b[round])
  const random = seededRandom(1)
  const medians = Array.from({length: 2000}, () =>
    median(ratios.map(() => ratios[Math.floor(random() * ratios.length)])),
  ).sort((x, y) => x - y)
  return {median: median(ratios), low: medians[50], high: medians[1949]}
}

export const formatRatio = ({median, low, high}) => `${median.toFixed(3)} (${low.toFixed(3)} to ${high.toFixed(3)})`

/** A Markdown table on stdout. */
export function printTable(head, rows) {
  const line = (cells) => process.stdout.write(`| ${cells.join(' | ')} |\n`)
  line(head)
  line(head.map(() => '---'))
  for (const row of rows) line(row)
  process.stdout.write('\n')
}

/** Says how the script is called and ends with 2. */
export function usage(text) {
  process.stderr.write(`usage: ${text}\n`)
  process.exit(2)
}
