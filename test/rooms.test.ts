/** The house rule: imports point downward or stay in their room; each outside library has one door. */
import {readdirSync, readFileSync} from 'node:fs'
import {dirname, join, relative, resolve, sep} from 'node:path'
import {expect, test} from 'vitest'

const SRC = resolve('src')
const ROW: Record<string, number> = {
  report: 6,
  render: 6,
  workflows: 5,
  methods: 4,
  models: 3,
  vocab: 3,
  image: 2,
  weights: 2,
  graph: 2,
  runtime: 2,
  power: 2,
  metrics: 2,
  base: 1,
}
/** Outside libraries and the only rooms that may import them. */
const DOORS: Record<string, readonly string[]> = {
  'onnxruntime-node': ['runtime'],
  'onnxruntime-common': ['runtime'],
  sharp: ['image', 'render'],
  '@oclif/core': ['commands'],
  'cli-progress': ['commands'],
  chalk: ['commands', 'report', 'render'],
  protobufjs: ['graph'],
  '@huggingface/tokenizers': ['models'],
  koffi: ['power'],
}

const files = readdirSync(SRC, {recursive: true, encoding: 'utf8'})
  .filter((name) => name.endsWith('.ts'))
  .map((name) => join(SRC, name))

/** `commands`, a room of core, `entry` for src/*.ts. */
function roomOf(file: string): string {
  const parts = relative(SRC, file).split(sep)
  if (parts.length === 1) return 'entry'
  return parts[0] === 'core' ? parts[1]! : parts[0]!
}

function importsOf(text: string): string[] {
  return [...text.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].map((match) => match[1]!)
}

/** Why the import of `target` by `file` breaks the rule, or nothing. */
function faultOf(file: string, target: string): string | undefined {
  const from = roomOf(file)
  if (!target.startsWith('.')) {
    const name = target.startsWith('@') ? target.split('/').slice(0, 2).join('/') : target.split('/')[0]!
    const doors = DOORS[name]
    return doors && !doors.includes(from) ? `${name} enters through ${doors.join(' or ')} only` : undefined
  }
  const to = roomOf(resolve(dirname(file), target))
  if (from === to || from === 'entry') return undefined
  if (to === 'commands' || to === 'entry') return 'nothing imports a command or the entry'
  if (from === 'commands') return undefined
  return ROW[to]! < ROW[from]! ? undefined : `${from} (row ${ROW[from]}) may not import ${to} (row ${ROW[to]})`
}

test('every room is known', () => {
  const rooms = new Set(files.map(roomOf))
  for (const room of rooms) expect(['entry', 'commands', ...Object.keys(ROW)]).toContain(room)
})

test('imports point downward, and outside libraries enter through their door', () => {
  const faults = files.flatMap((file) =>
    importsOf(readFileSync(file, 'utf8')).flatMap((target) => {
      const fault = faultOf(file, target)
      return fault ? [`${relative(SRC, file)} → ${target}: ${fault}`] : []
    }),
  )
  expect(faults).toEqual([])
})

test('the rule sees an upward, a sideways and a backdoor import', () => {
  const at = (name: string) => join(SRC, name)
  expect(faultOf(at('core/models/clip.ts'), '../methods/intra.js')).toMatch(/row 3.*row 4/)
  expect(faultOf(at('core/image/decode.ts'), '../runtime/session.js')).toMatch(/row 2.*row 2/)
  expect(faultOf(at('core/models/clip.ts'), 'onnxruntime-node')).toMatch(/runtime only/)
  expect(faultOf(at('core/workflows/classify.ts'), '../../commands/classify.js')).toMatch(/imports a command/)
  expect(faultOf(at('core/methods/intra.ts'), '../base/check.js')).toBeUndefined()
})
