/** HTML and SVG as text in which nothing from outside can become markup. */
import {printable} from './text.js'

/** Text that is markup already and goes in as it is. */
export class Markup {
  constructor(readonly text: string) {}
}

export type MarkupPart = Markup | string | number | null | undefined | false | readonly MarkupPart[]

/**
 * A template whose values are escaped unless they are `Markup` themselves; lists are joined, and null, undefined and
 * false are left out. Values may stand between tags and in double-quoted attributes.
 */
export function markup(texts: TemplateStringsArray, ...parts: readonly MarkupPart[]): Markup {
  return new Markup(texts.map((text, index) => text + (index < parts.length ? textOf(parts[index]) : '')).join(''))
}

function textOf(part: MarkupPart): string {
  if (part instanceof Markup) return part.text
  if (Array.isArray(part)) return part.map(textOf).join('')
  if (part === null || part === undefined || part === false) return ''
  return typeof part === 'number' ? short(part) : escaped(String(part))
}

/** Control characters are made visible: most of them HTML does not allow. */
function escaped(text: string): string {
  const entities: Readonly<Record<string, string>> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  }
  return printable(text.replaceAll(/\p{Cs}/gu, '\u{fffd}')).replaceAll(/[&<>"']/g, (character) => entities[character]!)
}

/** Places in a drawing to a hundredth of a pixel. */
function short(value: number): string {
  return String(Math.round(value * 100) / 100)
}
