/** How far the work is, on stderr: a bar on a terminal, one line per step elsewhere, silence on request. */
import {SingleBar} from 'cli-progress'
import {cut, printable} from '../../core/report/text.js'

export type ProgressKind = 'bar' | 'lines' | 'silent'

/** `step` reports that `done` steps are finished, the last of them being `what`; `stop` clears a bar, more often than once is harmless. */
export type Progress = {readonly step: (done: number, what: string) => void; readonly stop: () => void}

const SILENT: Progress = {step: () => {}, stop: () => {}}
const BAR_ROOM = 46

/** @param unit what is counted, for the line form: `image 3/10 cat.jpg`. */
export function startProgress(kind: ProgressKind, unit: string, total: number, stream: NodeJS.WriteStream): Progress {
  if (kind === 'silent' || total < 2) return SILENT
  if (kind === 'lines') {
    return {step: (done, what) => stream.write(`${unit} ${done}/${total} ${printable(what)}\n`), stop: () => {}}
  }
  const bar = new SingleBar({
    stream,
    format: `{bar} {value}/{total} {what}`,
    barCompleteChar: '█',
    barIncompleteChar: '░',
    barsize: 24,
    hideCursor: true,
    clearOnComplete: true,
    gracefulExit: false,
  })
  bar.start(total, 0, {what: ''})
  const showCursor = () => stream.write('\u001B[?25h')
  process.once('exit', showCursor)
  let isRunning = true
  return {
    step(done, what) {
      const room = Math.max(8, (stream.columns ?? 80) - BAR_ROOM)
      if (isRunning) bar.update(done, {what: cut(printable(what), room, 'end')})
    },
    stop() {
      isRunning = false
      bar.stop()
      process.off('exit', showCursor)
    },
  }
}
