import {expect, test} from 'vitest'
import {colourLevel} from '../../../src/commands/base/colour.js'

const xterm = {TERM: 'xterm-256color'}
for (const [title, argv, env, isTerminal, level] of [
  ['a terminal gets what it names', [], xterm, true, 2],
  ['true colour is announced by COLORTERM', [], {...xterm, COLORTERM: 'truecolor'}, true, 3],
  ['a pipe gets none', [], xterm, false, 0],
  ['--no-color ends all', ['--no-color'], {...xterm, FORCE_COLOR: '3'}, true, 0],
  ['behind -- it is an argument', ['--', '--no-color'], xterm, true, 2],
  ['NO_COLOR ends colours', [], {...xterm, NO_COLOR: '1'}, true, 0],
  ['an empty NO_COLOR does not count', [], {...xterm, NO_COLOR: ''}, true, 2],
  ['TERM=dumb gets none', [], {TERM: 'dumb'}, true, 0],
  ['FORCE_COLOR colours a pipe', [], {FORCE_COLOR: '1'}, false, 1],
  ['FORCE_COLOR beats NO_COLOR, as in Node', [], {FORCE_COLOR: '2', NO_COLOR: '1'}, false, 2],
  ['FORCE_COLOR=0 ends colours', [], {...xterm, FORCE_COLOR: '0'}, true, 0],
  ['--color colours a pipe', ['--color'], {TERM: 'xterm'}, false, 1],
] as const) {
  test(title, () => expect(colourLevel({argv, env, isTerminal})).toBe(level))
}
