/** One HTML page that needs nothing but itself: no script, no network, light and dark, screen, telephone and paper. */
import {Markup, type MarkupPart, markup} from './markup.js'
import {PAGE_STYLE} from './page-style.js'

export type PageTable = {
  readonly caption: string
  readonly columns: readonly {readonly title: string; readonly align?: 'left' | 'right'}[]
  readonly rows: readonly (readonly MarkupPart[])[]
  /** Rows with which something else begins, by number; a line parts them from those before. */
  readonly breaks?: readonly number[]
}

/** @param parts of the body, one after the other. */
export function formatPage(title: string, parts: readonly MarkupPart[]): string {
  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${title}</title>
<style>
${new Markup(PAGE_STYLE)}</style>
</head>
<body>
<main>
${parts}</main>
</body>
</html>
`.text
}

/** The first column names its row. Wider than the page, the table is moved sideways, by the keyboard too. */
export function pageTable({caption, columns, rows, breaks = []}: PageTable): Markup {
  const side = (column: number) => (columns[column]?.align === 'right' ? 'n' : 't')
  const head = columns.map(({title}, column) => markup`<th scope="col" class="${side(column)}">${title}</th>`)
  const body = rows.map(
    ([first, ...rest], row) =>
      markup`<tr${breaks.includes(row) && new Markup(' class="break"')}><th scope="row" class="${side(0)}">${first}</th>${rest.map((cell, index) => markup`<td class="${side(index + 1)}">${cell}</td>`)}</tr>\n`,
  )
  return markup`<div class="tabular"><p class="caption">${caption}</p>
<div class="table" tabindex="0" role="region" aria-label="${caption}"><table aria-label="${caption}">
<thead><tr>${head}</tr></thead>
<tbody>
${body}</tbody>
</table></div></div>
`
}

export type PageChart = {readonly title: string; readonly chart: Markup; readonly text?: string}

/** A chart with what it says in words. */
export function pageChart({title, chart, text}: PageChart): Markup {
  return markup`<figure><h3>${title}</h3>
${chart}${text && markup`<figcaption>${text}</figcaption>`}</figure>
`
}

/** A chart and its figures as a table beside it; beside a long table the chart stays in sight. */
export function pageFigure(chart: PageChart, table: PageTable): Markup {
  return markup`<div class="beside">${pageChart(chart)}${pageTable(table)}</div>
`
}

/** Charts side by side where there is room. */
export function pageCharts(charts: readonly PageChart[]): Markup {
  return markup`<div class="charts">${charts.map(pageChart)}</div>
`
}

export function pageSection(id: string, title: string, parts: readonly MarkupPart[]): Markup {
  return markup`<section aria-labelledby="${id}">
<h2 id="${id}">${title}</h2>
${parts}</section>
`
}
