/** Failures and warnings as text for stderr. */
import type {Failure} from './document.js'
import {type Layout, wrap} from './text.js'

/**
 * `error: what is wrong`, wrapped to the terminal, then one `try:` line for each cure. The stack follows only for a
 * fault of vwt itself.
 */
export function formatFailure({message, suggestions, stack}: Failure, layout: Layout): string {
  const {paint} = layout
  const lines = [
    ...hanging('error: ', message, layout, (label) => paint.red.bold(label)),
    ...suggestions.flatMap((suggestion) => hanging('  try: ', suggestion, layout, (label) => paint.dim(label))),
    ...(stack ? ['', paint.dim(stack)] : []),
  ]
  return `${lines.join('\n')}\n`
}

export function formatWarning(message: string, layout: Layout): string {
  return `${hanging('warning: ', message, layout, (label) => layout.paint.yellow.bold(label)).join('\n')}\n`
}

/** A label and a text whose further lines start below the text, not below the label; its own line breaks stay. */
function hanging(label: string, text: string, {width}: Layout, paintLabel: (label: string) => string): string[] {
  const room = Math.max(20, width - label.length)
  const lines = text.split('\n').flatMap((part) => {
    const indent = ' '.repeat(part.length - part.trimStart().length)
    return wrap(part, room - indent.length).map((line) => indent + line)
  })
  return (lines.length > 0 ? lines : ['']).map((line, index) =>
    index === 0 ? paintLabel(label) + line : ' '.repeat(label.length) + line,
  )
}
