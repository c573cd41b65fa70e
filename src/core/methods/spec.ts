/** The grammar of `--method`: parts joined with `+`, each a name and an optional argument behind a colon. */
import {UsageError} from '../base/errors.js'
import {nearest} from '../base/nearest.js'
import {METHOD_PARTS, type Method, type MethodStep} from './method.js'
import {METHODS} from './registry.js'

/** The spec without any method. */
export const BASE = 'base'

export type MethodSpec = {
  /** Canonical: `base`, `intra:0.5`, `intra:0.3+inter:0.1`. */
  readonly text: string
  readonly steps: readonly MethodStep[]
  /** Names without settings: specs of equal structure share one graph. */
  readonly structure: string
}

/**
 * Reads a method spec.
 * @throws {UsageError} unknown name, bad argument, repeated, contradicting or misordered parts; suggests a legal spec.
 */
export function parseMethodSpec(text: string): MethodSpec {
  const parts = text
    .trim()
    .split('+')
    .map((part) => part.trim())
  if (parts.length === 1 && parts[0] === BASE) return {text: BASE, steps: [], structure: BASE}
  const steps = parts.map((part) => parsePart(part, text))
  checkTogether(steps, text)
  return {
    text: steps.map((step) => step.spec).join('+'),
    steps,
    structure: steps.map((step) => step.method.name).join('+'),
  }
}

function parsePart(part: string, whole: string): MethodStep {
  const colon = part.indexOf(':')
  const name = colon < 0 ? part : part.slice(0, colon)
  const argument = colon < 0 ? undefined : part.slice(colon + 1)
  const method = METHODS.find((known) => known.name === name)
  if (method) {
    if (argument !== undefined && !method.argument) {
      throw refuse(whole, `${name} takes no argument, but got ${JSON.stringify(argument)}`, [name])
    }
    return method.parse(argument)
  }
  if (name === BASE) throw refuse(whole, `${BASE} is the model as it is and stands alone`, [BASE])
  const names = [BASE, ...METHODS.map((known) => known.name)]
  const near = nearest(name, names)
  throw refuse(whole, `there is no method ${JSON.stringify(name)}; there are ${names.join(', ')}`, [
    near ? whole.replace(name, near) : BASE,
  ])
}

function checkTogether(steps: readonly MethodStep[], whole: string): void {
  for (const [index, {method}] of steps.entries()) {
    const earlier = steps.slice(0, index)
    if (earlier.some((step) => step.method === method)) {
      const once = steps.filter((step, place) => steps.findIndex((other) => other.method === step.method) === place)
      throw refuse(whole, `${method.name} stands in it twice`, [joined(once)])
    }
    const rival = earlier.find((step) => method.excludes?.[step.method.name])
    if (rival) {
      const reason = method.excludes?.[rival.method.name]
      throw refuse(whole, `${rival.method.name} and ${method.name} exclude each other: ${reason}`, [
        rival.spec,
        steps[index]!.spec,
      ])
    }
  }
  const ordered = [...steps].sort((a, b) => place(a.method) - place(b.method))
  if (ordered.some((step, index) => step !== steps[index])) {
    throw refuse(whole, `parts stand in the order ${METHODS.map(({name}) => name).join(', ')}`, [joined(ordered)])
  }
}

/** The registry lists methods part by part, in the order in which specs name them. */
function place(method: Method): number {
  return METHOD_PARTS.indexOf(method.part) * METHODS.length + METHODS.indexOf(method)
}

function joined(steps: readonly MethodStep[]): string {
  return steps.map((step) => step.spec).join('+')
}

function refuse(whole: string, reason: string, suggestions: readonly string[]): UsageError {
  return new UsageError(`The method spec ${JSON.stringify(whole)} makes no sense: ${reason}.`, {
    code: 'method-spec',
    suggestions: suggestions.map((suggestion) => `--method ${suggestion}`),
  })
}
