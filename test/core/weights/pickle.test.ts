import {expect, test} from 'vitest'
import {parsePickledTensor} from '../../../src/core/weights/pickle.js'

/** One character, one byte. */
const parse = (program: string) => parsePickledTensor(Buffer.from(program, 'latin1'))

const text = (value: string) => `X${String.fromCharCode(value.length)}\0\0\0${value}`
const GLOBAL = 'ctorch._utils\n_rebuild_tensor_v2\n'
const storage = (count: string, key = '0') =>
  `(${text('storage')}ctorch\nFloatStorage\n${text(key)}${text('cpu')}${count}tQ`
const tensor = ({
  count = 'K\x0c',
  offset = 'K\0',
  shape = 'K\x04K\x03\x86',
  strides = 'K\x03K\x01\x86',
  key = '0',
} = {}) => `\x80\x02${GLOBAL}(${storage(count, key)}${offset}${shape}${strides}\x89ccollections\nOrderedDict\n)RtR.`

test('the program torch.save writes is read as what it describes', () => {
  expect(parse(tensor())).toEqual({
    storageType: 'FloatStorage',
    storageKey: '0',
    storageCount: 12,
    offset: 0,
    shape: [4, 3],
    strides: [3, 1],
  })
})

test('numbers are read in all the lengths pickle has', () => {
  expect(parse(tensor({count: 'M\x00\x03'}))).toMatchObject({storageCount: 768})
  expect(parse(tensor({count: 'J\x00\x00\x01\x00'}))).toMatchObject({storageCount: 65_536})
  expect(parse(tensor({count: '\x8a\x05\x00\x00\x00\x00\x01'}))).toMatchObject({storageCount: 2 ** 32})
})

const HOSTILE: [string, string, RegExp][] = [
  ['a call of os.system', '\x80\x02cos\nsystem\nX\x02\0\0\0ls\x85R.', /names "os\.system"/],
  ['the same by protocol 4', '\x80\x04\x8c\x02os\x8c\x06system\x93.', /protocol 4, and torch.save writes 2/],
  ['builtins.eval, never called', '\x80\x02c__builtin__\neval\n.', /names "__builtin__\.eval"/],
  ['STACK_GLOBAL', '\x80\x02\x93.', /opcode 0x93 at byte 2/],
  ['INST', '\x80\x02(ios\nsystem\n.', /opcode 0x69/],
  ['OBJ', '\x80\x02(o.', /opcode 0x6f/],
  ['NEWOBJ', '\x80\x02)\x81.', /opcode 0x81/],
  ['BUILD', '\x80\x02)b.', /opcode 0x62/],
  ['EXT1', '\x80\x02\x82\x01.', /opcode 0x82/],
  ['a call of what is no function', '\x80\x02K\x01)R.', /calls what is no function/],
  ['OrderedDict with content', '\x80\x02ccollections\nOrderedDict\nK\x01\x85R.', /calls collections\.OrderedDict/],
  ['two tensors', `${tensor().slice(0, -1)}N.`, /something else than one tensor/],
  ['no tensor', '\x80\x02N.', /something else than one tensor/],
  ['more behind the end', `${tensor()}x`, /something follows its end/],
  ['a storage key that is a path', tensor({key: '../0'}), /something else than a storage/],
  ['a negative shape', tensor({shape: 'J\xff\xff\xff\xffK\x03\x86'}), /something else than storage, offset, shape/],
  ['a negative stride', tensor({strides: 'J\xff\xff\xff\xffK\x01\x86'}), /something else than storage, offset, shape/],
  ['a negative offset', tensor({offset: '\x8a\x01\xff'}), /something else than storage, offset, shape/],
  ['more lengths than strides', tensor({strides: 'K\x03\x85'}), /2 lengths and 1 strides/],
  ['a number of 200 bytes', tensor({count: '\x8a\xc8'}), /a number of 200 bytes/],
  ['a text longer than the file', '\x80\x02X\xff\xff\xff\xffab.', /ends in the middle of a text/],
  ['a text that is not UTF-8', '\x80\x02X\x01\0\0\0\xff.', /./],
  ['an empty stack', '\x80\x02R.', /takes more from its stack/],
  ['a tuple across a mark', '\x80\x02K\x01(\x85.', /takes more from its stack/],
  ['a tuple never opened', '\x80\x02K\x01t.', /never opened/],
  ['an unknown memory', '\x80\x02h\x07.', /recalls entry 7/],
  ['nothing', '', /ends in the middle of an opcode/],
  ['no stop', '\x80\x02N', /ends in the middle of an opcode/],
]
for (const [name, program, reason] of HOSTILE) {
  test(`refused: ${name}`, () => {
    expect(() => parse(program)).toThrow(reason)
    expect(() => parse(program)).toThrow(expect.objectContaining({name: 'PickleError'}))
  })
}

test('every cut of a good program is refused', () => {
  const program = tensor()
  for (let length = 0; length < program.length; length += 1) {
    expect(() => parse(program.slice(0, length))).toThrow(expect.objectContaining({name: 'PickleError'}))
  }
})

test('every single changed byte gives a tensor or a refusal, nothing else', () => {
  const program = Buffer.from(tensor(), 'latin1')
  for (let place = 0; place < program.length; place += 1) {
    for (const value of [0, 1, 0x28, 0x2e, 0x52, 0x63, 0x7f, 0x80, 0xff]) {
      const changed = Buffer.from(program)
      changed[place] = value
      try {
        expect(parsePickledTensor(changed)).toHaveProperty('storageKey')
      } catch (error) {
        expect(error).toHaveProperty('name', 'PickleError')
      }
    }
  }
})
