/** Panels with captions below, side by side and row by row, on white paper. */
import {type Drawing, INK, type Mark, moved, PALE_INK, WHITE} from './drawing.js'
import {fitText, LINE_HEIGHT, text} from './lettering.js'

export type Panel = {
  /** Measured from the panel's own top left corner. */
  readonly marks: readonly Mark[]
  readonly width: number
  readonly height: number
  /** Lines below it, the first one in bold; cut to the panel's width. */
  readonly caption: readonly string[]
}

export type PageOptions = {
  /** Panels in a row. */
  readonly columns: number
  /** Of the lettering, in pixels; by default it follows the width of the panels. */
  readonly textPx?: number
}

/** Lettering that stays readable when a figure is shrunk to the width of its panels in a paper. */
export function captionSize(panels: readonly Panel[]): number {
  return Math.max(13, Math.round(Math.max(...panels.map(({width}) => width)) / 27))
}

export function layOutPage(panels: readonly Panel[], options: PageOptions): Drawing {
  const textPx = options.textPx ?? captionSize(panels)
  const margin = Math.round(textPx * 0.9)
  const columns = Math.max(1, Math.min(options.columns, panels.length))
  const columnWidths = Array.from({length: columns}, (_, column) =>
    Math.max(...panels.filter((_panel, index) => index % columns === column).map(({width}) => width)),
  )
  const width = columnWidths.reduce((sum, columnWidth) => sum + columnWidth + margin, margin)
  const marks: Mark[] = []
  let top = margin
  for (let first = 0; first < panels.length; first += columns) {
    const row = panels.slice(first, first + columns)
    const lines = Math.max(...row.map(({caption}) => caption.length))
    const panelHeight = Math.max(...row.map(({height}) => height))
    let left = margin
    for (const [column, panel] of row.entries()) {
      marks.push(...moved(panel.marks, left, top), ...moved(captionMarks(panel, textPx), left, top))
      left += columnWidths[column]! + margin
    }
    top += panelHeight + captionHeight(lines, textPx) + margin
  }
  return {width, height: top, background: WHITE, marks}
}

function captionMarks({caption, width, height}: Panel, textPx: number): Mark[] {
  return caption.map((line, index) => {
    const baseline = height + Math.round(textPx * (1.15 + index * LINE_HEIGHT))
    const weight = index === 0 ? 'bold' : 'regular'
    // Bold strokes reach beyond the width of the letters' skeletons.
    const content = fitText(line, width - textPx * 0.15, textPx, index === 0 ? 'ends' : 'start')
    return text(content, Math.round(textPx * 0.08), baseline, {
      sizePx: textPx,
      weight,
      colour: index === 0 ? INK : PALE_INK,
    })
  })
}

function captionHeight(lines: number, textPx: number): number {
  return lines === 0 ? 0 : Math.round(textPx * (0.45 + lines * LINE_HEIGHT))
}
