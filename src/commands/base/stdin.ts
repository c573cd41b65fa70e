/** Stdin as bytes. */
import {UsageError} from '../../core/base/errors.js'

/**
 * Everything on stdin.
 *
 * @param limitBytes more than this is refused instead of filling the memory.
 * @throws {UsageError} stdin is a terminal, or holds more than `limitBytes`.
 */
export async function readStdin(limitBytes = 256_000_000): Promise<Uint8Array> {
  if (process.stdin.isTTY) {
    throw new UsageError('- reads an image from stdin, but stdin is the terminal.', {
      code: 'stdin-terminal',
      suggestions: ['Pipe an image in: vwt classify - < photo.jpg'],
    })
  }
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of process.stdin as AsyncIterable<Uint8Array>) {
    chunks.push(chunk)
    length += chunk.length
    if (length > limitBytes) {
      throw new UsageError(`Stdin should hold one image of at most ${limitBytes} bytes, but holds more.`, {
        code: 'stdin-too-large',
      })
    }
  }
  return Buffer.concat(chunks)
}
