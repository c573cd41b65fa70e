/** The ways out: results and documents on stdout, failures as a document there or as text on stderr. */
import {errorDocument, type Failure, formatDocument} from '../../core/report/document.js'
import {formatFailure} from '../../core/report/failure.js'
import {painterFor} from './colour.js'

/** Sets the exit status and says why. */
export function writeFailure(failure: Failure, json: boolean, argv: readonly string[]): void {
  process.exitCode = failure.status
  if (json) {
    process.stdout.write(formatDocument(errorDocument(failure)))
    return
  }
  const layout = {width: process.stderr.columns || 80, paint: painterFor(process.stderr, argv)}
  process.stderr.write(formatFailure(failure, layout))
}

/**
 * `vwt … | head -1`: the reader left, so there is nobody to work for, and nothing went wrong: the process ends with 0.
 * Stdout that cannot take the result for another reason, such as a full disk, ends it with 2 and a word on stderr.
 */
export function endWhenNothingCanBeWritten(): void {
  // oclif's own listener throws whatever is not EPIPE.
  process.stdout.removeAllListeners('error')
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0)
    process.stderr.write(`error: The result cannot be written to stdout: ${error.message}.\n`)
    process.exit(2)
  })
  process.stderr.on('error', () => process.exit())
}
