/** What a bench measures: the methods, each once, with the model as it is in front. */
import {UsageError} from '../../base/errors.js'
import {nearest} from '../../base/nearest.js'
import type {Method} from '../../methods/method.js'
import {METHODS} from '../../methods/registry.js'
import {BASE, type MethodSpec, parseMethodSpec} from '../../methods/spec.js'

/** Stands for every method of the registry with its default setting. */
export const ALL = 'all'

export type PlannedMethod = {
  readonly spec: MethodSpec
  /** Named by the user; what only `all` brought in is left out where it cannot run. */
  readonly isNamed: boolean
}

/** As many points as one sweep may have. */
const MAX_POINTS = 100

/**
 * @param methods specs, or `all`.
 * @param sweeps such as `intra=0.1:0.9:0.2` (from, to, step) or `tome=4,8,16`.
 * @throws {UsageError} a spec or a sweep is wrong.
 */
export function planMethods(methods: readonly string[], sweeps: readonly string[] = []): PlannedMethod[] {
  const wanted = [
    {text: BASE, isNamed: true},
    ...[...methods, ...sweeps.flatMap(sweepSpecs)]
      .filter((text) => text.trim() !== ALL)
      .map((text) => ({text, isNamed: true})),
    ...(methods.some((text) => text.trim() === ALL) ? METHODS.map(({name}) => ({text: name, isNamed: false})) : []),
  ]
  const planned: PlannedMethod[] = []
  for (const {text, isNamed} of wanted) {
    const spec = parseMethodSpec(text)
    if (!planned.some((other) => other.spec.text === spec.text)) planned.push({spec, isNamed})
  }
  return planned
}

/** `intra=0.1:0.5:0.2` → `intra:0.1`, `intra:0.3`, `intra:0.5`. @throws {UsageError} `sweep-invalid`. */
export function sweepSpecs(sweep: string): string[] {
  const [, name = '', range = ''] = /^\s*([^=]*?)\s*=\s*(.*)$/s.exec(sweep) ?? []
  const method = METHODS.find((known) => known.name === name)
  if (!method?.argument || range === '') throw refuse(sweep, reasonOf(sweep, name, method))
  const values = range.includes(':') ? stepsOf(sweep, range) : range.split(',').map((value) => value.trim())
  return values.map((value) => method.parse(value).spec)
}

/** Both ends belong to it; the last point may fall short of the end. */
function stepsOf(sweep: string, range: string): string[] {
  const [from, to, step, ...rest] = range.split(':').map((part) => (part.trim() === '' ? Number.NaN : Number(part)))
  const isRange = [from, to, step].every((value) => Number.isFinite(value)) && rest.length === 0
  if (!isRange || step! <= 0 || to! < from!) {
    throw refuse(sweep, 'the range should be from:to:step with three numbers, rising by a step above 0')
  }
  // A step of 0.1 is none in binary: what rounding took from the last point is given back.
  const count = Math.floor((to! - from!) / step! + 1e-9) + 1
  if (count > MAX_POINTS) throw refuse(sweep, `it should have at most ${MAX_POINTS} points, but has ${count}`)
  return Array.from({length: count}, (_, index) => String(Number((from! + index * step!).toPrecision(12))))
}

function reasonOf(sweep: string, name: string, method: Method | undefined): string {
  if (!sweep.includes('=')) return 'a name, = and the values are expected'
  if (method) return method.argument ? 'it has no values' : `${name} takes no argument`
  const names = METHODS.filter(({argument}) => argument).map((known) => known.name)
  const near = nearest(name, names)
  return `there is no method ${JSON.stringify(name)} with an argument; there are ${names.join(', ')}${near ? `: did you mean ${near}?` : ''}`
}

function refuse(sweep: string, reason: string): UsageError {
  return new UsageError(`The sweep ${JSON.stringify(sweep)} makes no sense: ${reason}.`, {
    code: 'sweep-invalid',
    suggestions: ['--sweep intra=0.1:0.9:0.2', '--sweep tome=4,8,16'],
  })
}
