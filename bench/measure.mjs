// Timing that survives a machine which is never quite at rest: contestants take turns in one run, and what is compared
// are ratios of neighbours in time, not times from different minutes.
import {seededRandom} from '../dist/core/base/random.js'

/** Middle value; of an even number the mean of the two in the middle. */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

/**
 * Runs each contestant `runs` times, turn by turn, `rounds` times; the first run of a turn warms caches, untimed.
 *
 * @returns by name the median of each turn in milliseconds: `wall` clock, and `cpu` of all threads, which other work on
 *   the machine disturbs far less.
 */
export async function takeTurns(contestants, {rounds, runs}) {
  const names = Object.keys(contestants)
  const times = Object.fromEntries(names.map((name) => [name, {wall: [], cpu: []}]))
  for (let round = 0; round < rounds; round += 1) {
    // Every other round goes backwards, so that nobody always follows the same neighbour.
    for (const name of round % 2 === 0 ? names : [...names].reverse()) {
      await contestants[name]()
      const turn = []
      for (let run = 0; run < runs; run += 1) turn.push(await timeOf(contestants[name]))
      times[name].wall.push(median(turn.map(({wall}) => wall)))
      times[name].cpu.push(median(turn.map(({cpu}) => cpu)))
    }
  }
  return times
}

/** Milliseconds of one run: `wall` clock, and `cpu` of all threads. */
export async function timeOf(run) {
  const cpuStart = process.cpuUsage()
  const start = performance.now()
  await run()
  const wall = performance.now() - start
  const {user, system} = process.cpuUsage(cpuStart)
  return {wall, cpu: (user + system) / 1000}
}

/** Median of a[i] / b[i] with its 95 % bootstrap interval (2,000 resamples, seeded). */
export function ratioOf(a, b) {
  const ratios = a.map((value, index) => value / b[index])
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
