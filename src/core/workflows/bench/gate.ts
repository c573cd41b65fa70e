/**
 * Conditions a bench must meet: `accuracy.drop<=1 && latency.speedup>=1.5`. A language of its own, of numbers, names of
 * measured quantities, comparisons, `&&`, `||`, `!` and parentheses; nothing in it can run.
 */
import {UsageError} from '../../base/errors.js'
import {nearest} from '../../base/nearest.js'

/** What can be asked for, by name, with its unit. */
export const QUANTITIES = {
  'accuracy.top1': 'percent',
  'accuracy.top5': 'percent',
  'accuracy.worstGroup': 'percent',
  'accuracy.map': 'percent',
  'accuracy.drop': 'percentage points of top-1 below base',
  'accuracy.worstGroupDrop': 'percentage points of the worst group below base',
  'accuracy.bleu4': 'points, 0 to 100',
  'accuracy.bleu4Drop': 'points of BLEU-4 below base',
  'accuracy.rougeL': 'points, 0 to 100',
  'accuracy.cider': 'points, 0 to 1,000',
  'accuracy.ciderDrop': 'points of CIDEr below base',
  'accuracy.spice': 'points, 0 to 100',
  'accuracy.spiceDrop': 'points of SPICE below base',
  'latency.median': 'ms of a run of the encoder',
  'latency.p95': 'ms of a run of the encoder',
  'latency.mean': 'ms of a run of the encoder',
  'latency.speedup': 'times as fast as base, encoder',
  'endToEnd.median': 'ms from file to labels or caption',
  'endToEnd.speedup': 'times as fast as base, file to labels or caption',
  imagesPerSecond: 'images per second, encoder',
  'watts.mean': 'W while the encoder runs',
  'watts.saving': 'percent below base, encoder',
  'joules.perImage': 'J of an image, encoder',
  'joules.net': 'J of an image without what the machine draws at rest, encoder',
  'joules.saving': 'percent below base, encoder',
  'joules.endToEnd': 'J of an image from file to labels',
  'tokens.mean': 'tokens in the last layer',
  'tokens.ratio': 'of the tokens of base, 0 to 1',
} as const
export type Quantity = keyof typeof QUANTITIES

/** Values by name; null where a quantity was not measured. */
export type Quantities = Readonly<Record<Quantity, number | null>>

export type Gate = {
  /** As the user wrote it. */
  readonly text: string
  /** Every quantity it names, once. */
  readonly names: readonly Quantity[]
  /** @param values none of those it names may be null. */
  readonly holds: (values: Quantities) => boolean
}

type Evaluate<T> = (values: Quantities) => T
type Token = {readonly text: string; readonly at: number}

const COMPARE: Readonly<Record<string, (a: number, b: number) => boolean>> = {
  '<=': (a, b) => a <= b,
  '>=': (a, b) => a >= b,
  '<': (a, b) => a < b,
  '>': (a, b) => a > b,
  '==': (a, b) => a === b,
  '!=': (a, b) => a !== b,
}
const TOKEN = /\s*(&&|\|\||<=|>=|==|!=|[<>!()]|[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?|[A-Za-z_][\w.]*)/y
const MAX_LENGTH = 1000

/** @throws {UsageError} `require-invalid`: it is no condition, or names what is not measured. */
export function parseGate(text: string): Gate {
  if (text.length > MAX_LENGTH) throw refuse(text.slice(0, 60), `it is longer than ${MAX_LENGTH} characters`)
  const parser = new Parser(text, tokensOf(text))
  const holds = parser.parse()
  return {text: text.trim(), names: [...parser.names], holds}
}

/** Recursive descent; `||` binds least, then `&&`, then `!`. */
class Parser {
  readonly names = new Set<Quantity>()
  private next = 0

  constructor(
    private readonly text: string,
    private readonly tokens: readonly Token[],
  ) {}

  parse(): Evaluate<boolean> {
    const condition = this.either()
    if (this.next < this.tokens.length) throw this.unexpected('&&, || or its end')
    return condition
  }

  private either(): Evaluate<boolean> {
    let left = this.both()
    while (this.take('||')) {
      const [a, b] = [left, this.both()]
      left = (values) => a(values) || b(values)
    }
    return left
  }

  private both(): Evaluate<boolean> {
    let left = this.one()
    while (this.take('&&')) {
      const [a, b] = [left, this.one()]
      left = (values) => a(values) && b(values)
    }
    return left
  }

  private one(): Evaluate<boolean> {
    if (this.take('!')) {
      const inner = this.one()
      return (values) => !inner(values)
    }
    if (this.take('(')) {
      const inner = this.either()
      if (!this.take(')')) throw this.unexpected(')')
      return inner
    }
    return this.comparison()
  }

  private comparison(): Evaluate<boolean> {
    const left = this.operand()
    const compare = COMPARE[this.tokens[this.next]?.text ?? '']
    if (!compare) throw this.unexpected('a comparison (<=, >=, <, >, ==, !=)')
    this.next += 1
    const right = this.operand()
    return (values) => compare(left(values), right(values))
  }

  private operand(): Evaluate<number> {
    const token = this.tokens[this.next]
    if (token && /^[+-]?[\d.]/.test(token.text)) {
      this.next += 1
      const value = Number(token.text)
      return () => value
    }
    if (!token || !/^[A-Za-z_]/.test(token.text)) throw this.unexpected('a number or a name')
    if (!Object.hasOwn(QUANTITIES, token.text)) throw unknownName(this.text, token.text)
    this.next += 1
    const name = token.text as Quantity
    this.names.add(name)
    return (values) => values[name]!
  }

  private take(text: string): boolean {
    if (this.tokens[this.next]?.text !== text) return false
    this.next += 1
    return true
  }

  private unexpected(expected: string): UsageError {
    const token = this.tokens[this.next]
    const found = token ? `${token.text} at character ${token.at + 1}` : 'the end'
    return refuse(this.text, `${expected} should follow where it has ${found}`)
  }
}

function tokensOf(text: string): Token[] {
  const tokens: Token[] = []
  const end = text.trimEnd().length
  const scanner = new RegExp(TOKEN)
  while (scanner.lastIndex < end) {
    const at = scanner.lastIndex
    const found = scanner.exec(text)
    if (!found) {
      const rest = text.slice(at).trimStart()
      throw refuse(text, `${JSON.stringify(rest[0])} at character ${text.length - rest.length + 1} means nothing here`)
    }
    tokens.push({text: found[1]!, at: scanner.lastIndex - found[1]!.length})
  }
  return tokens
}

function unknownName(text: string, name: string): UsageError {
  const near = nearest(name, Object.keys(QUANTITIES))
  const list = Object.entries(QUANTITIES).map(([known, unit]) => `${known} (${unit})`)
  return new UsageError(
    `The condition ${JSON.stringify(text)} names ${name}, which is not measured. There are: ${list.join('; ')}.`,
    {
      code: 'require-invalid',
      suggestions: near ? [`Did you mean ${near}?`] : ['--require "accuracy.drop<=1 && latency.speedup>=1.5"'],
    },
  )
}

function refuse(text: string, reason: string): UsageError {
  return new UsageError(`The condition ${JSON.stringify(text)} makes no sense: ${reason}.`, {
    code: 'require-invalid',
    suggestions: ['--require "accuracy.drop<=1 && latency.speedup>=1.5"'],
  })
}
