/**
 * Words of a caption as the COCO caption evaluation counts them: Penn Treebank tokens in lower case, punctuation left
 * out. Contractions are parted (`do n't`, `dog 's`), hyphenated words stay whole, brackets become codes (`-lrb-`).
 *
 * @see Chen et al., Microsoft COCO Captions: Data Collection and Evaluation Server, 2015, arXiv 1504.00325, section 4:
 *   Stanford's PTBTokenizer, then a list of punctuation is dropped. Marcus et al., Building a Large Annotated Corpus of
 *   English, Computational Linguistics 1993, for the conventions. This is a lexer of its own for the text that captions
 *   are made of; telephone numbers, rare smileys and scripts without spaces may come out otherwise.
 */
import {ABBREVIATIONS, BEFORE_NUMBERS, CAPITAL_ABBREVIATIONS, SENTENCE_STARTERS} from './abbreviations.js'

/** What the evaluation drops. Codes of brackets stand here in capitals but come in lower case, so they stay. */
const DROPPED = new Set(["''", "'", '``', '`', '.', '?', '!', ',', ':', '-', '--', '...', ';'])

/** Words of one caption, in order, in lower case; empty when nothing but punctuation and space is there. */
export function captionTokens(caption: string): string[] {
  const text = caption.replace(INVISIBLE, '').replace(UNKNOWN, ' ').replace(AMPERSAND, '&')
  const tokens: string[] = []
  let at = 0
  while (at < text.length) {
    const [length, found] = tokenAt(text, at)
    for (const token of found) if (!DROPPED.has(token)) tokens.push(token)
    at += length
  }
  return tokens
}

/** Soft hyphens and zero-width marks. */
const INVISIBLE = /\u00ad/g
/** What the tokeniser does not know: controls, private use, everything beyond the basic plane such as emoji. */
const UNKNOWN = /[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Zs}\p{Zl}\p{Zp}\p{Me}\p{Nl}\u2012\u{10000}-\u{10ffff}]/gu
const AMPERSAND = /&amp;/gi

/** A rule's whole match competes by length; its first group, if any, is what is taken. */
type Rule = {readonly pattern: RegExp; readonly tokens?: (text: string) => readonly string[]}

/** Length of what stands at `at` and the tokens it gives: the longest match of all rules, of equal ones the first. */
function tokenAt(text: string, at: number): [number, readonly string[]] {
  SPACE.lastIndex = at
  if (SPACE.test(text)) return [SPACE.lastIndex - at, []]
  PLAIN.lastIndex = at
  const plain = PLAIN.exec(text)?.[0]
  if (plain !== undefined && !ASSIMILATED.has(plain)) return [plain.length, [plain]]
  let longest = 0
  let taken = text[at]!
  let rule: Rule = {pattern: PLAIN}
  for (const candidate of RULES) {
    candidate.pattern.lastIndex = at
    const match = candidate.pattern.exec(text)
    if (!match || match[0].length <= longest) continue
    longest = match[0].length
    taken = match[1] ?? match[0]
    rule = candidate
  }
  const lower = taken.toLowerCase()
  return [taken.length, rule.tokens?.(lower) ?? (CODES.get(taken) ?? lower).split(/\s+/)]
}

const SPACE = /\s+/y
/** Most words of most captions. */
const PLAIN = /[a-z]+(?= |$)/y

/** Two words grown together, and how many letters the first has. */
const ASSIMILATED = new Map([
  ['cannot', 3],
  ['gonna', 3],
  ['gotta', 3],
  ['wanna', 3],
  ['gimme', 3],
  ['lemme', 3],
])

/** Symbols that Penn Treebank text writes otherwise. Several kinds of quotation marks are dropped in any case. */
const CODES = new Map(
  Object.entries({
    '(': '-lrb-',
    ')': '-rrb-',
    '[': '-lsb-',
    ']': '-rsb-',
    '{': '-lcb-',
    '}': '-rcb-',
    '£': '#',
    '€': '$',
    '¤': '$',
    '¢': 'cents',
    '¼': '1/4',
    '½': '1/2',
    '¾': '3/4',
    '⅓': '1/3',
    '⅔': '2/3',
    '"': "''",
    '“': '``',
    '”': "''",
    '«': '``',
    '»': "''",
    '’': "'",
    '‘': '`',
    '‛': '`',
    '‹': '`',
    '›': "'",
    '…': '...',
    '–': '--',
    '—': '--',
    '―': '--',
  }),
)

const L = '[\\p{L}\\p{M}]'
const W = '[\\p{L}\\p{M}\\p{Nd}]'
const Q = "['’]"
const HYPHEN = '[-_‐‑\\u058a]'
const JOINED = `(?:${HYPHEN}${W}+)`
const NUMBER = '[.,:]?\\d+(?:[.,:]\\d+)*'
const anyOf = (words: readonly string[]) => `(?:${[...words].sort((a, b) => b.length - a.length).join('|')})`
const capitalized = (words: readonly string[]) => [
  ...words.map((word) => word[0]!.toUpperCase() + word.slice(1)),
  ...words.map((word) => word.toUpperCase()),
]

const RULES: readonly Rule[] = [
  // Contractions: the negation first, so that `don't` is `do n't` and not `don 't`.
  rule(`(${L}+)n[’'\`]t(?!${L})`, 'i'),
  rule(`(${L}{2,})n[’'\`]t${L}`, 'i'),
  rule(`n[’'\`]t(?!${L})`, 'i', straight),
  rule(`${Q}t(?:is|was)`, 'i', (text) => ["'t", text.slice(2)]),
  rule(`${Q}(?:s|d|m|re|ve|ll)(?!${L})`, 'i', (text) => [`'${text.slice(1)}`]),
  rule(`${Q}(?:n${Q}|(?:n|em|till?|cause)(?!${W}))`, 'i', (text) => [text.replaceAll('’', "'")]),
  rule(`(?:${[...ASSIMILATED.keys()].join('|')})(?!${W}|[-'’]${W})`, 'i', (text) => {
    const length = ASSIMILATED.get(text)!
    return [text.slice(0, length), text.slice(length)]
  }),
  // Years of two digits.
  rule(`${Q}\\d0s`),
  rule(`${Q}\\d\\d(?=\\s)`),
  // Words with an apostrophe inside: o'clock, d'artagnan, ma'am.
  rule(`[odln]${Q}(?!(?:ll|re|ve)(?!${L}))${W}{2,}${JOINED}*`, 'i', straight),
  rule(`${L}+[aeiouy]${Q}[aeiou]${L}*${JOINED}*`, 'i', straight),
  rule(`(y${Q})${L}`, 'i', straight),
  rule(`(?:e${Q}er|s${Q}mores?)(?!${L})`, 'i', straight),
  rule(`(?:[djl]|ol|somethin)${Q}(?!${W})`, 'i', straight),
  // Abbreviations keep their full stop, acronyms all of them.
  rule(`${anyOf(ABBREVIATIONS)}\\.${JOINED}*`, 'i'),
  rule(`${anyOf(capitalized(CAPITAL_ABBREVIATIONS))}\\.${JOINED}*`),
  rule(`(${anyOf(BEFORE_NUMBERS)}\\.)\\s*[\\d#]`, 'i'),
  // A single letter ends a sentence before a word that often begins one, and at the end of the caption.
  rule(`(${L})\\.(?:\\s*$|\\s+${anyOf(SENTENCE_STARTERS)}(?!${W}))`),
  rule(`${L}\\.(?:${L}\\.)*(?:${L}+(?!${W}|[.${"'"}]))?${JOINED}*`),
  rule('ph\\.d\\.?', 'i'),
  rule(`(${W}+\\.)[,:;]`),
  // Addresses.
  rule('(https?://[^\\s<>"()]*[^\\s<>"()!?.,:;])', 'i'),
  rule('www\\.(?:[\\w-]+\\.)*[a-z]+(?![\\w-])', 'i'),
  rule(`${W}+\\.(?:com|net|org|edu)(?:/[^\\s<>"()]*[^\\s<>"()!?.,:;])?(?!${W})`, 'i'),
  rule(`${W}[\\w.+-]*@${W}[\\w-]*(?:\\.${W}+)*`),
  rule(`${W}+\\.(?:jpe?g|gif|png|bmp|html?|pdf|txt|mp3)(?!${W})`, 'i'),
  rule(`[#@]${L}${W}*`),
  // Words glued by full stops, slashes, ampersands, hyphens.
  rule(`${L}+(?:[.?]${L}+)+`),
  rule(`${L}+,${L}+(?:-${L}+)+`),
  rule(`${W}+${JOINED}*(?:/${W}+${JOINED}*){1,2}`),
  rule('[A-Z]+(?:[&+][A-Z]+)+'),
  rule(`c\\+\\+|[cf]#`, 'i'),
  rule(`${W}+${JOINED}*`),
  // Numbers and money.
  rule(`[-+]?${NUMBER}`),
  rule(`${NUMBER}${JOINED}+`),
  rule('[A-Z]+\\$'),
  // Faces and marks.
  rule('[:;=]-?[)(](?!\\w)', '', (text) => [`${text.slice(0, -1)}-${text.endsWith(')') ? 'r' : 'l'}rb-`]),
  rule('[:;=]-?[DPp](?!\\w)|[:;=][|oO{\\][](?!\\w)'),
  rule('</?[A-Za-z][^<>]*>'),
  rule('[-^T>o]_[-^T<oO]'),
  rule('\\.{3,}|\\.\\s\\.\\s\\.', '', () => ['...']),
  rule('-{2,}', '', () => ['--']),
  rule("''|``"),
  rule('[!?]+|\\*+|_+|#+|<<|>>'),
  rule('[^\\s]'),
]

function rule(source: string, flags = '', tokens?: Rule['tokens']): Rule {
  const pattern = new RegExp(source, `${flags}uy`)
  return tokens ? {pattern, tokens} : {pattern}
}

function straight(text: string): string[] {
  return [text.replaceAll('’', "'")]
}
