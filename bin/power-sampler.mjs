// Asked by src/core/power/lines.ts, in a thread of its own: runs a program, stamps each line it prints, and hands over
// what has come when asked to. The measured model blocks the main thread; this one goes on reading.
import {spawn} from 'node:child_process'
import {parentPort, workerData} from 'node:worker_threads'

const {program, args = [], shell = false, repeatMs} = workerData
const isWindows = process.platform === 'win32'
const STDERR_CHARACTERS = 500
const MOST_LINES = 1_000_000

const now = () => Number(process.hrtime.bigint()) / 1e6

let lines = []
let ended = null
let child
let again
let isClosing = false

function start() {
  const startedAt = now()
  let rest = ''
  let errors = ''
  let printed = 0
  // A group of its own, so that a pipeline ends as a whole, and Ctrl-C is vwt's to answer.
  child = spawn(program, args, {shell, detached: !isWindows, windowsHide: true, stdio: ['ignore', 'pipe', 'pipe']})
  child.stdout.setEncoding('utf8')
  child.stderr.setEncoding('utf8')
  const add = (text, atMs) => {
    printed += 1
    lines.push({atMs, text})
    if (lines.length > MOST_LINES) lines = lines.slice(-MOST_LINES / 2)
  }
  child.stdout.on('data', (chunk) => {
    const atMs = now()
    const pieces = (rest + chunk).split(/\r?\n/)
    rest = pieces.pop()
    for (const piece of pieces) add(piece, atMs)
  })
  child.stderr.on('data', (chunk) => {
    errors = (errors + chunk).slice(-STDERR_CHARACTERS)
  })
  child.on('error', (error) => {
    ended ??= error.message
  })
  child.on('close', (status, signal) => {
    if (rest !== '') add(rest, now())
    if (ended !== null || isClosing) return
    if (status === 0 && printed > 0 && repeatMs !== undefined) {
      again = setTimeout(start, Math.max(0, repeatMs - (now() - startedAt)))
      return
    }
    const how = signal ? `ended by ${signal}` : `ended with status ${status}`
    const why = errors.trim() || (printed === 0 ? 'it printed nothing' : '')
    ended = why ? `${how}: ${why}` : how
  })
}

function stop() {
  isClosing = true
  clearTimeout(again)
  if (child?.pid === undefined || child.exitCode !== null) return
  try {
    if (isWindows) spawn('taskkill', ['/pid', String(child.pid), '/t', '/f'], {stdio: 'ignore', windowsHide: true})
    else process.kill(-child.pid, 'SIGTERM')
  } catch {
    child.kill()
  }
}

parentPort.on('message', ({id, what}) => {
  if (what === 'close') stop()
  parentPort.postMessage({id, lines, ended})
  lines = []
})

start()
