/** A file of lines, opened to be read and appended to. */
import {constants, mkdirSync, openSync, readSync} from 'node:fs'
import {dirname, resolve} from 'node:path'

const NEWLINE = 10
const PIECE_BYTES = 1024 * 1024

/** For reading and writing, made with its folder when it is not there. */
export function openLineFile(path: string): number {
  mkdirSync(dirname(resolve(path)), {recursive: true})
  return openSync(path, constants.O_RDWR | constants.O_CREAT)
}

/** Lines that end in a newline, without it, and where they start. */
export function* linesOf(file: number): Generator<{readonly bytes: Buffer; readonly start: number}> {
  let rest = Buffer.alloc(0)
  let start = 0
  const piece = Buffer.alloc(PIECE_BYTES)
  for (let at = 0; ; ) {
    const length = readSync(file, piece, 0, piece.length, at)
    if (length === 0) return
    at += length
    rest = Buffer.concat([rest, piece.subarray(0, length)])
    let from = 0
    for (let end = rest.indexOf(NEWLINE); end >= 0; end = rest.indexOf(NEWLINE, from)) {
      yield {bytes: rest.subarray(from, end), start: start + from}
      from = end + 1
    }
    rest = rest.subarray(from)
    start += from
  }
}
