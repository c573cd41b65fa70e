import {spawnSync} from 'node:child_process'
import {existsSync, openSync, readFileSync} from 'node:fs'
import {expect, test} from 'vitest'
import {vwt} from './process.js'

const {version} = JSON.parse(readFileSync('package.json', 'utf8')) as {version: string}

test('--version names the version, the platform and Node', async () => {
  const {stdout, status} = await vwt(['--version'])
  expect(stdout).toBe(`vwt/${version} ${process.platform}-${process.arch} node-${process.version}\n`)
  expect(status).toBe(0)
})

for (const argv of [[], ['--help'], ['help'], ['-h']]) {
  test(`vwt ${argv.join(' ')} lists the commands and ends with 0`, async () => {
    const {stdout, stderr, status} = await vwt(argv)
    expect(stdout).toMatch(/COMMANDS\n(?:.*\n)*\s+doctor /)
    expect([stderr, status]).toEqual(['', 0])
  })
}

test('help doctor and doctor --help are the same page', async () => {
  const [left, right] = await Promise.all([vwt(['help', 'doctor']), vwt(['doctor', '--help'])])
  expect(left.stdout).toContain('USAGE')
  expect(left).toEqual(right)
})

test('an unknown command ends with 2 and names a near one', async () => {
  const {stdout, stderr, status} = await vwt(['docter'])
  expect([stdout, status]).toEqual(['', 2])
  expect(stderr).toBe('error: There is no command docter.\n  try: vwt doctor\n  try: vwt --help lists the commands.\n')
})

test('with --json the unknown command is a document with the same status', async () => {
  const {stdout, stderr, status} = await vwt(['docter', '--json'])
  expect(JSON.parse(stdout)).toMatchObject({schema: 'vwt.error/1', status: 2, error: {code: 'command-unknown'}})
  expect([stderr, status]).toEqual(['', 2])
})

test('a flag before any command is refused', async () => {
  const {stderr, status} = await vwt(['--model', 'mini'])
  expect(stderr).toContain('A command should come first, but --model does.')
  expect(status).toBe(2)
})

test('--json without a command is refused instead of printing help into a document', async () => {
  const {stdout, status} = await vwt(['--json'])
  expect(JSON.parse(stdout).error.code).toBe('command-missing')
  expect(status).toBe(2)
})

test('a reader that leaves early is no failure', async () => {
  const {stderr, status} = await vwt(['--help'], {onStart: (child) => child.stdout?.destroy()})
  expect([stderr, status]).toEqual(['', 0])
})

for (const [title, env, argv, isColoured] of [
  ['a pipe gets no colours', {}, [], false],
  ['FORCE_COLOR colours messages', {FORCE_COLOR: '1'}, [], true],
  ['--no-color beats FORCE_COLOR', {FORCE_COLOR: '1'}, ['--no-color'], false],
] as const) {
  test(title, async () => {
    const {stderr} = await vwt(['doctor', '--nope', ...argv], {env})
    expect(stderr.includes('\u001B[')).toBe(isColoured)
    expect(stderr).toContain('There is no flag --nope here.')
  })
}

test.skipIf(!existsSync('/dev/full'))('a full disk is said on stderr and ends with 2', async () => {
  const full = openSync('/dev/full', 'w')
  const {status, stderr} = spawnSync(process.execPath, ['bin/vwt.js', 'models', 'list'], {
    stdio: ['ignore', full, 'pipe'],
    encoding: 'utf8',
  })
  expect(stderr).toMatch(/^error: The result cannot be written to stdout: ENOSPC[^\n]*\n$/)
  expect(status).toBe(2)
})
