/** Tables in Markdown, for documents. */

export type MarkdownColumn = {readonly title: string; readonly align?: 'left' | 'right'}

/** A table of GitHub's Markdown, each line with a newline at its end. */
export function formatMarkdownTable(columns: readonly MarkdownColumn[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |\n`
  const rules = columns.map(({align}) => (align === 'right' ? '---:' : '---'))
  const titles = columns.map(({title}) => escaped(title))
  return [titles, rules, ...rows.map((cells) => cells.map(escaped))].map(line).join('')
}

function escaped(cell: string): string {
  return cell.replaceAll(/\s+/g, ' ').replaceAll(/[\\|<*_`[\]]/g, '\\$&')
}
