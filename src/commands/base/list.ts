/** Lists in one word of the command line: `cat,dog` or, where an item holds a comma, `"red, ripe",green`. */
import {UsageError} from '../../core/base/errors.js'

/**
 * The items in order, trimmed; empty ones stay, so that whoever knows what they mean can refuse them by position.
 * Inside double quotes a comma is text and a doubled quote is one quote.
 *
 * @throws {UsageError} `list-quote`: a quote is opened and not closed, or text follows a closed one.
 */
export function splitList(text: string): string[] {
  const items: string[] = []
  let rest = text
  while (true) {
    const item = /^\s*(?:"((?:[^"]|"")*)"|([^,"][^,]*)?)\s*(?:,|$)/.exec(rest)
    if (!item) {
      throw new UsageError(`The list ${text} should close its quotes right before a comma or its end, but does not.`, {
        code: 'list-quote',
        suggestions: ['Write "red, ripe",green in single quotes: \'"red, ripe",green\'.'],
      })
    }
    items.push((item[1]?.replaceAll('""', '"') ?? item[2] ?? '').trim())
    if (!item[0].endsWith(',')) return items
    rest = rest.slice(item[0].length)
  }
}

/** The inverse of `splitList`. */
export function joinList(items: readonly string[]): string {
  return items.map((item) => (/[",]/.test(item) ? `"${item.replaceAll('"', '""')}"` : item)).join(',')
}
