/** Comma-separated values (RFC 4180) for spreadsheets and data frames. */

/** What one cell holds; null, what was not measured, is left empty. */
export type CsvCell = string | number | null

/** A line of titles and one for each row, each with a newline at its end. */
export function formatCsv(titles: readonly string[], rows: readonly (readonly CsvCell[])[]): string {
  return [titles, ...rows].map((cells) => `${cells.map(quoted).join(',')}\n`).join('')
}

function quoted(cell: CsvCell): string {
  if (cell === null || (typeof cell === 'number' && !Number.isFinite(cell))) return ''
  const text = String(cell)
  return /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
