/** Labelled lines: what a thing is called, what there is to say, and, where that is the question, whether it is good. */
import {type Layout, pad, widthOf, wrap} from './text.js'

/** `good` puts ✓ or ✗ before the label; the mark, not only its colour, carries the meaning. */
export type ListItem = {readonly label: string; readonly text: string; readonly good?: boolean}

const INDENT = 2

/** Labels in one column, texts in another, wrapped below themselves; no newline at the end. */
export function formatList(items: readonly ListItem[], {width, paint}: Layout): string {
  const hasMarks = items.some(({good}) => good !== undefined)
  const labelWidth = Math.max(0, ...items.map(({label}) => widthOf(label)))
  const textStart = INDENT + (hasMarks ? 2 : 0) + labelWidth + 2
  return items
    .flatMap(({label, text, good}) => {
      const mark = good === undefined ? (hasMarks ? '  ' : '') : good ? paint.green('✓ ') : paint.red('✗ ')
      const [first = '', ...rest] = wrap(text, Math.max(20, width - textStart))
      const head = `${' '.repeat(INDENT)}${mark}${paint.dim(pad(label, labelWidth))}  ${first}`
      return [head.trimEnd(), ...rest.map((line) => ' '.repeat(textStart) + line)]
    })
    .join('\n')
}
