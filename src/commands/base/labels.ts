/** Labels from a file: one in each line. */
import {readFileSync, statSync} from 'node:fs'
import {messageOf, UsageError} from '../../core/base/errors.js'

const LIMIT_BYTES = 16_000_000

/**
 * Lines in order, trimmed; blank lines and a byte order mark are left out.
 *
 * @throws {UsageError} `labels-file`: the file is missing, no text, too large or without a label.
 */
export function readLabels(file: string): string[] {
  const labels = readText(file)
    .split(/\r\n|\r|\n/)
    .map((line) => line.trim())
    .filter(Boolean)
  if (labels.length > 0) return labels
  throw refuse(`The labels file ${file} should hold one label in each line, but holds none.`)
}

function readText(file: string): string {
  let bytes: Uint8Array
  try {
    const {size} = statSync(file)
    if (size > LIMIT_BYTES) {
      throw refuse(`The labels file ${file} should be at most ${LIMIT_BYTES} bytes long, but is ${size}.`)
    }
    bytes = readFileSync(file)
  } catch (error) {
    if (error instanceof UsageError) throw error
    throw refuse(`The labels file ${file} cannot be read: ${messageOf(error)}.`)
  }
  try {
    const text = new TextDecoder('utf-8', {fatal: true}).decode(bytes)
    if (!text.includes('\0')) return text
  } catch {
    // Not UTF-8: refused below with the same words.
  }
  throw refuse(`The labels file ${file} should be UTF-8 text with one label in each line, but is not text.`)
}

function refuse(message: string): UsageError {
  return new UsageError(message, {code: 'labels-file'})
}
