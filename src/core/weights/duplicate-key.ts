/** Finds what JSON.parse hides: a key given twice in one object, of which only the last would count. */

/** @param text valid JSON. @returns the first key that its object already has, at any depth; else nothing. */
export function duplicateKeyOf(text: string): string | undefined {
  const open: Array<Set<string>> = []
  for (let at = 0; at < text.length; at++) {
    const character = text[at]
    if (character === '{' || character === '[') open.push(new Set())
    else if (character === '}' || character === ']') open.pop()
    else if (character === '"') {
      const end = endOfString(text, at)
      if (isFollowedByColon(text, end)) {
        const key = JSON.parse(text.slice(at, end)) as string
        const keys = open.at(-1)!
        if (keys.has(key)) return key
        keys.add(key)
      }
      at = end - 1
    }
  }
  return undefined
}

/** The position after the closing quote of the string that opens at `start`. */
function endOfString(text: string, start: number): number {
  for (let at = start + 1; ; at++) {
    if (text[at] === '\\') at++
    else if (text[at] === '"') return at + 1
  }
}

function isFollowedByColon(text: string, from: number): boolean {
  let at = from
  while (/\s/.test(text[at] ?? 'x')) at++
  return text[at] === ':'
}
