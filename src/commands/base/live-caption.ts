/** A caption as it is written, on one line of the terminal that is drawn over with each token and cleared at the end. */
import {cut, type Layout, printable} from '../../core/report/text.js'
import type {CaptionProgress} from '../../core/workflows/caption/caption.js'
import type {Progress} from './progress.js'

/** Counts images as any progress does, and shows tokens between them. */
export type LiveCaption = Progress & {readonly token: (progress: Pick<CaptionProgress, 'image' | 'text'>) => void}

const TO_LINE_START = '\r'
const CLEAR_TO_LINE_END = '\u001B[K'

/** @param total images; with more than one their count stands before the caption. */
export function startLiveCaption(
  total: number,
  stream: NodeJS.WriteStream,
  paint: Pick<Layout['paint'], 'dim'>,
): LiveCaption {
  let done = 0
  let isRunning = true
  const turns = new Turns()
  const draw = (text: string) => {
    const count = total > 1 ? `${done + 1}/${total} ` : ''
    // The last column stays free: some terminals break the line once it is filled.
    const room = Math.max(1, (stream.columns || 80) - 1 - count.length)
    stream.write(`${TO_LINE_START}${paint.dim(count)}${cut(printable(text), room, 'end')}${CLEAR_TO_LINE_END}`)
  }
  return {
    token({image, text}) {
      if (isRunning && turns.has(image)) draw(text)
    },
    step(finished) {
      done = finished
      turns.next()
    },
    stop() {
      if (isRunning) stream.write(`${TO_LINE_START}${CLEAR_TO_LINE_END}`)
      isRunning = false
    },
  }
}

/** Of a batch written at once, one image at a time has the line: the first, and once it is silent the next. */
class Turns {
  private current: number | undefined
  private readonly heard = new Set<number>()

  has(image: number): boolean {
    if (this.current === undefined || image <= this.current || this.heard.has(image)) {
      this.current = image
      this.heard.clear()
      return true
    }
    this.heard.add(image)
    return false
  }

  next(): void {
    this.current = undefined
    this.heard.clear()
  }
}
