import {mkdtempSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {Flags} from '@oclif/core'
import {beforeEach, expect, test, vi} from 'vitest'
import {VwtCommand} from '../../../src/commands/base/command.js'
import {countFlag, imagesArg, listFlag, modelFlags} from '../../../src/commands/base/flags.js'
import {BugError, DeviceError, ModelError, UsageError} from '../../../src/core/base/errors.js'
import {runCommand} from './running.js'

/** Gives back its flags; ends as `--fate` says. */
class Fake extends VwtCommand {
  static override id = 'fake thing'
  static override args = {image: {...imagesArg.image, required: false}}
  static override flags = {
    ...modelFlags,
    top: countFlag({min: 1, max: 10, unit: 'labels', default: 5}),
    labels: listFlag({exclusive: ['labels-file']}),
    'labels-file': Flags.string({exclusive: ['labels']}),
    fate: Flags.string(),
  }

  async run(): Promise<unknown> {
    const {args, flags} = await this.parse(Fake)
    this.warn('mind the gap')
    if (flags.fate === 'usage')
      throw new UsageError('Labels are empty.', {code: 'label-empty', suggestions: ['Add one.']})
    if (flags.fate === 'model') throw new ModelError('No model.')
    if (flags.fate === 'device') throw new DeviceError('No device.')
    if (flags.fate === 'bug') throw new BugError('Bad sum.')
    if (flags.fate === 'crash') throw new TypeError('x is undefined')
    if (flags.fate === 'partly') this.endWith(1)
    if (flags.fate === 'interrupt') process.emit('SIGINT')
    this.log(`top ${flags.top}`)
    return {images: args.image ?? [], top: flags.top, labels: flags.labels ?? null, file: flags['labels-file'] ?? null}
  }
}

let project: string

beforeEach(() => {
  project = mkdtempSync(join(tmpdir(), 'vwt-config-'))
  vi.stubEnv('XDG_CONFIG_HOME', join(project, 'home'))
  vi.spyOn(process, 'cwd').mockReturnValue(project)
  return () => {
    vi.restoreAllMocks()
    vi.unstubAllEnvs()
  }
})

const json = async (argv: string[], env = {}) => {
  const ran = await runCommand(Fake, ['--json', ...argv], {XDG_CONFIG_HOME: join(project, 'home'), ...env})
  return {...ran, document: JSON.parse(ran.stdout)}
}
const resultOf = async (argv: string[], env = {}) => (await json(argv, env)).document.result

test('a result becomes one document with schema, status and warnings, and stdout holds nothing else', async () => {
  const {document, stderr, status} = await json(['a.jpg', 'b.jpg', '--top', '3'])
  expect(document).toEqual({
    schema: 'vwt.fake-thing/1',
    status: 0,
    result: {images: ['a.jpg', 'b.jpg'], top: 3, labels: null, file: null},
    warnings: ['mind the gap'],
  })
  expect(stderr).toBe('')
  expect(status).toBe(0)
})

test('as text, the result is on stdout and the warning on stderr', async () => {
  const ran = await runCommand(Fake, ['--no-color'])
  expect(ran).toEqual({stdout: 'top 5\n', stderr: 'warning: mind the gap\n', status: 0})
})

for (const [fate, status, code] of [
  ['usage', 2, 'label-empty'],
  ['model', 3, 'model-damaged'],
  ['device', 5, 'device-unusable'],
  ['bug', 70, 'bug'],
  ['crash', 70, 'bug'],
] as const) {
  test(`a ${fate} error ends with ${status} in both modes`, async () => {
    const inJson = await json(['--fate', fate])
    expect(inJson.document).toMatchObject({schema: 'vwt.error/1', status, error: {code}})
    expect(inJson.status).toBe(status)
    const asText = await runCommand(Fake, ['--fate', fate, '--no-color'])
    expect(asText.status).toBe(status)
    expect(asText.stdout).toBe('')
    expect(asText.stderr).toContain('error: ')
    expect(/\n\s+at /.test(asText.stderr), 'a stack only for our own fault').toBe(status === 70)
  })
}

test('failed inputs end with 1 and the result stays', async () => {
  const {document, status} = await json(['--fate', 'partly'])
  expect([document.schema, document.status, status]).toEqual(['vwt.fake-thing/1', 1, 1])
})

test('an interrupted command that delivers ends with 130 and the result stays', async () => {
  const {document, status} = await json(['--fate', 'interrupt'])
  expect([document.schema, document.status, status]).toEqual(['vwt.fake-thing/1', 130, 130])
  expect(process.listenerCount('SIGINT')).toBe(0)
})

for (const [argv, code, message] of [
  [['--nope'], 'flag-unknown', 'There is no flag --nope here.'],
  [['--top', 'x'], 'flag-value', '--top should be a whole number of labels from 1 to 10, but is x.'],
  [['--top', '11'], 'out-of-range', '--top should be a whole number of labels from 1 to 10, but is 11.'],
  [['--device', 'tpu'], 'flag-value', '--device should be one of auto, cpu, webgpu, cuda, coreml, dml, but is tpu.'],
  [['--top'], 'usage', 'Flag --top expects a value'],
  [
    ['--labels', 'a', '--labels-file', 'b'],
    'flag-conflict',
    '--labels-file=b cannot also be provided when using --labels',
  ],
] as const) {
  test(`${argv.join(' ')} ends with 2 and one clear message`, async () => {
    const {document, status} = await json([...argv])
    expect(status).toBe(2)
    expect(document.error.code).toBe(code)
    expect(document.error.message).toContain(message)
    const asText = await runCommand(Fake, [...argv])
    expect(asText.status).toBe(2)
  })
}

test('a required flag that is missing is named', async () => {
  class Needy extends VwtCommand {
    static override flags = {out: Flags.string({required: true})}
    async run(): Promise<void> {
      await this.parse(Needy)
    }
  }
  const {stdout, status} = await runCommand(Needy, ['--json'])
  const {code, message} = JSON.parse(stdout).error
  expect([code, message, status]).toEqual(['flag-missing', '--out should be given, but is missing.', 2])
})

test('a flag that is nearly one of the command is named', async () => {
  expect((await json(['--methd=base'])).document.error.suggestions[0]).toBe('--method')
})

test('a flag beats the environment, the environment the project, the project the user', async () => {
  expect((await resultOf([])).top).toBe(5)
  const home = join(project, 'home', 'vwt')
  await import('node:fs/promises').then(({mkdir}) => mkdir(home, {recursive: true}))
  writeFileSync(join(home, 'vwt.config.json'), '{"top": 2, "labels": ["red, ripe", "green"]}')
  expect(await resultOf([])).toMatchObject({top: 2, labels: ['red, ripe', 'green']})
  writeFileSync(join(project, 'vwt.config.json'), '{"top": 3}')
  expect((await resultOf([])).top).toBe(3)
  expect((await resultOf([], {VWT_TOP: '4'})).top).toBe(4)
  expect((await resultOf(['--top=6'], {VWT_TOP: '4'})).top).toBe(6)
})

test('a list in the config file repeats a flag that may be repeated', async () => {
  class Repeating extends VwtCommand {
    static override flags = {method: Flags.string({multiple: true, multipleNonGreedy: true})}
    async run(): Promise<unknown> {
      return (await this.parse(Repeating)).flags.method
    }
  }
  writeFileSync(join(project, 'vwt.config.json'), '{"method": ["base", "tome:13,-1"]}')
  const {stdout} = await runCommand(Repeating, ['--json'])
  expect(JSON.parse(stdout).result).toEqual(['base', 'tome:13,-1'])
})

test('a default gives way to a flag that excludes it', async () => {
  const result = await resultOf(['--labels-file', 'names.txt'], {VWT_LABELS: 'cat,dog'})
  expect(result).toMatchObject({labels: null, file: 'names.txt'})
})

test('VWT_JSON asks for the document as --json does', async () => {
  const {stdout} = await runCommand(Fake, [], {VWT_JSON: '1', XDG_CONFIG_HOME: join(project, 'home')})
  expect(JSON.parse(stdout).status).toBe(0)
})

test('a bad default names where it stands', async () => {
  const fromEnvironment = await json([], {VWT_TOP: 'many'})
  expect(fromEnvironment.document.error.message).toMatch(/--top should be .* but is many \(from VWT_TOP\)/)
  writeFileSync(join(project, 'vwt.config.json'), '{"device": "tpu"}')
  const fromFile = await json([])
  expect(fromFile.document.error.message).toContain(`(from device in ${join(project, 'vwt.config.json')})`)
  expect(fromFile.status).toBe(2)
})

for (const [text, message] of [
  ['{"top": 3,}', /vwt\.config\.json should be JSON/],
  ['[1]', /vwt\.config\.json should hold one object/],
  ['{"tpo": 3}', /has the key tpo, which is no flag/],
  ['{"top": {"a": 1}}', /top in .*vwt\.config\.json should be text, a number, .* but is \{"a":1\}/],
  ['{"top": null}', /top in .*vwt\.config\.json should be .* but is null/],
] as const) {
  test(`the config file ${text} is refused by name and key`, async () => {
    writeFileSync(join(project, 'vwt.config.json'), text)
    const {document, status} = await json([])
    expect(document.error).toMatchObject({code: 'config-invalid', message: expect.stringMatching(message)})
    expect(status).toBe(2)
  })
}
