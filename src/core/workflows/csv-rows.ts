/** Comma-separated values (RFC 4180) read back: rows of cells, each row with the line it begins in. */
import {UsageError} from '../base/errors.js'

export type CsvRow = {readonly cells: readonly string[] /** From 1. */; readonly line: number}

/**
 * A quoted cell may hold commas, doubled quotes and line ends; empty lines are left out.
 * @throws {UsageError} `data-invalid`: a quote is not closed, or text follows a closed one; names file and line.
 */
export function parseCsv(file: string, text: string): CsvRow[] {
  const cell = /("(?:[^"]|"")*"|[^",\r\n]*)(,|\r\n|\r|\n|$)/y
  const rows: CsvRow[] = []
  let line = 1
  let cells: string[] = []
  let firstLine = 1
  cell.lastIndex = 0
  while (cell.lastIndex < text.length || cells.length > 0) {
    const found = cell.exec(text)
    if (!found) {
      throw new UsageError(`Line ${line} of ${file} should close each quote right before a comma or the line's end.`, {
        code: 'data-invalid',
        suggestions: ['A quote inside a quoted cell is written twice.'],
      })
    }
    const [, raw = '', end = ''] = found
    cells.push(raw.startsWith('"') ? raw.slice(1, -1).replaceAll('""', '"') : raw)
    line += raw.match(/\r\n|\r|\n/g)?.length ?? 0
    if (end === ',') continue
    if (cells.length > 1 || cells[0]!.trim() !== '') rows.push({cells, line: firstLine})
    cells = []
    line += 1
    firstLine = line
  }
  return rows
}
