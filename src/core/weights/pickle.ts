/**
 * Reads the pickle of a tensor as data. A pickle is a program that may name any function of Python; this machine knows
 * the opcodes and the few names `torch.save` emits for one tensor and refuses everything else. Nothing is executed.
 *
 * @see https://github.com/python/cpython/blob/main/Lib/pickletools.py for the opcodes of protocol 2.
 */
import {messageOf} from '../base/errors.js'

/** A tensor as the pickle describes it: a view into a storage that lies elsewhere. */
export type PickledTensor = {
  /** `FloatStorage`, without `torch`. */
  readonly storageType: string
  /** The storage's name in the archive. */
  readonly storageKey: string
  /** Elements of the storage. */
  readonly storageCount: number
  /** Of the first element, in elements. */
  readonly offset: number
  readonly shape: readonly number[]
  readonly strides: readonly number[]
}

/** What is wrong with the pickle, without the file's name. */
export class PickleError extends Error {
  override readonly name = 'PickleError'
}

/** What a global name stands for here: nothing of Python, only itself. */
class GlobalName {
  constructor(readonly text: string) {}
}
class Storage {
  constructor(
    readonly type: string,
    readonly key: string,
    readonly count: number,
  ) {}
}
class EmptyDict {}
class Mark {}

type Item = string | number | boolean | null | readonly Item[] | GlobalName | Storage | EmptyDict | PickledTensor | Mark

const REBUILD = 'torch._utils._rebuild_tensor_v2'
const ORDERED_DICT = 'collections.OrderedDict'
const STORAGE = /^torch\.(\w+Storage)$/
const MAX_AXES = 8
const MAX_MEMO = 10_000

/** @throws {PickleError} it is anything but the pickle of one tensor. */
export function parsePickledTensor(bytes: Uint8Array): PickledTensor {
  try {
    return new Machine(bytes).run()
  } catch (error) {
    if (error instanceof PickleError) throw error
    if (error instanceof RangeError) throw new PickleError('it ends in the middle of an opcode')
    throw new PickleError(messageOf(error), {cause: error})
  }
}

class Machine {
  private readonly view: DataView
  private readonly stack: Item[] = []
  private readonly memo = new Map<number, Item>()
  private position = 0

  constructor(private readonly bytes: Uint8Array) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  run(): PickledTensor {
    if (this.byte() !== 0x80) throw new PickleError('it does not begin as a pickle of protocol 2')
    const protocol = this.byte()
    if (protocol !== 2) throw new PickleError(`it is of pickle protocol ${protocol}, and torch.save writes 2`)
    for (;;) {
      const at = this.position
      const opcode = this.byte()
      if (opcode === 0x2e) return this.result()
      this.step(opcode, at)
    }
  }

  private result(): PickledTensor {
    const [item] = this.stack
    const isTensor = this.stack.length === 1 && typeof item === 'object' && item !== null && 'storageKey' in item
    if (!isTensor) throw new PickleError('it holds something else than one tensor')
    if (this.position !== this.bytes.length) throw new PickleError('something follows its end')
    return item
  }

  private step(opcode: number, at: number): void {
    switch (String.fromCharCode(opcode)) {
      case 'c':
        this.push(globalOf(`${this.line()}.${this.line()}`))
        break
      case '(':
        this.push(new Mark())
        break
      case 'X':
        this.push(this.text(this.uint32()))
        break
      case 'J':
        this.push(this.int32())
        break
      case 'K':
        this.push(this.byte())
        break
      case 'M':
        this.push(this.byte() + 256 * this.byte())
        break
      case '\x8a':
        this.push(this.long())
        break
      case 'N':
        this.push(null)
        break
      case '\x88':
        this.push(true)
        break
      case '\x89':
        this.push(false)
        break
      case ')':
        this.push([])
        break
      case '\x85':
        this.push(this.popMany(1))
        break
      case '\x86':
        this.push(this.popMany(2))
        break
      case '\x87':
        this.push(this.popMany(3))
        break
      case 't':
        this.push(this.popToMark())
        break
      case 'q':
        this.remember(this.byte())
        break
      case 'r':
        this.remember(this.uint32())
        break
      case 'h':
        this.recall(this.byte())
        break
      case 'j':
        this.recall(this.uint32())
        break
      case 'Q':
        this.push(storageOf(this.pop()))
        break
      case 'R':
        this.reduce()
        break
      default: {
        const code = `0x${opcode.toString(16).padStart(2, '0')}`
        throw new PickleError(`its opcode ${code} at byte ${at} is none that torch.save writes for a tensor`)
      }
    }
  }

  /** `function(...arguments)`, for the two functions that are data in disguise. */
  private reduce(): void {
    const given = this.pop()
    const callee = this.pop()
    const name = callee instanceof GlobalName ? callee.text : 'what is no function'
    if (name === ORDERED_DICT && Array.isArray(given) && given.length === 0) this.push(new EmptyDict())
    else if (name === REBUILD) this.push(tensorOf(given))
    else throw new PickleError(`it calls ${name}, which is not how a tensor is saved`)
  }

  private push(item: Item): void {
    this.stack.push(item)
  }

  private pop(): Item {
    const item = this.stack.pop()
    if (item === undefined || item instanceof Mark)
      throw new PickleError('it takes more from its stack than it put there')
    return item
  }

  private popMany(count: number): Item[] {
    return Array.from({length: count}, () => this.pop()).reverse()
  }

  private popToMark(): Item[] {
    const mark = this.stack.findLastIndex((item) => item instanceof Mark)
    if (mark === -1) throw new PickleError('it closes a tuple that was never opened')
    return this.stack.splice(mark).slice(1)
  }

  private remember(key: number): void {
    const item = this.stack.at(-1)
    if (item === undefined || this.memo.size >= MAX_MEMO) throw new PickleError('it remembers what is not there')
    this.memo.set(key, item)
  }

  private recall(key: number): void {
    const item = this.memo.get(key)
    if (item === undefined) throw new PickleError(`it recalls entry ${key}, which it never remembered`)
    this.push(item)
  }

  private byte(): number {
    return this.view.getUint8(this.position++)
  }

  private uint32(): number {
    const value = this.view.getUint32(this.position, true)
    this.position += 4
    return value
  }

  private int32(): number {
    const value = this.view.getInt32(this.position, true)
    this.position += 4
    return value
  }

  /** A length and as many bytes, two's complement; numbers beyond 2^48 describe no tensor. */
  private long(): number {
    const length = this.byte()
    if (length > 6) throw new PickleError(`it holds a number of ${length} bytes`)
    let value = 0
    for (let index = 0; index < length; index += 1) value += this.byte() * 256 ** index
    return length > 0 && this.view.getInt8(this.position - 1) < 0 ? value - 256 ** length : value
  }

  private text(length: number): string {
    if (this.position + length > this.bytes.length) throw new PickleError('it ends in the middle of a text')
    const text = new TextDecoder('utf-8', {fatal: true}).decode(
      this.bytes.subarray(this.position, this.position + length),
    )
    this.position += length
    return text
  }

  /** Up to a line feed. */
  private line(): string {
    const end = this.bytes.indexOf(10, this.position)
    if (end === -1) throw new PickleError('it ends in the middle of a name')
    const text = Buffer.from(this.bytes.subarray(this.position, end)).toString('latin1')
    this.position = end + 1
    return text
  }
}

/** Refused at its mention, not only at its call. */
function globalOf(name: string): GlobalName {
  if (name === REBUILD || name === ORDERED_DICT || STORAGE.test(name)) return new GlobalName(name)
  throw new PickleError(`it names ${JSON.stringify(name.slice(0, 100))}, which a saved tensor does not need`)
}

/** `('storage', torch.FloatStorage, '0', 'cpu', 12)` */
function storageOf(id: Item): Storage {
  const [kind, type, key, device, count] = Array.isArray(id) ? (id as Item[]) : []
  const storage = type instanceof GlobalName ? STORAGE.exec(type.text)?.[1] : undefined
  const fits = kind === 'storage' && typeof key === 'string' && typeof device === 'string' && isCount(count)
  if (fits && storage && /^\w+$/.test(key)) return new Storage(storage, key, count)
  throw new PickleError('it refers to something else than a storage')
}

/** `(storage, offset, shape, strides, requires_grad, hooks)` */
function tensorOf(given: Item): PickledTensor {
  const [storage, offset, shape, strides] = Array.isArray(given) ? (given as Item[]) : []
  const isAxes = (axes: unknown): axes is number[] =>
    Array.isArray(axes) && axes.length <= MAX_AXES && axes.every(isCount)
  if (!(storage instanceof Storage && isCount(offset) && isAxes(shape) && isAxes(strides))) {
    throw new PickleError('it builds a tensor from something else than storage, offset, shape and strides')
  }
  if (shape.length !== strides.length)
    throw new PickleError(`it has ${shape.length} lengths and ${strides.length} strides`)
  const {type: storageType, key: storageKey, count: storageCount} = storage
  return {storageType, storageKey, storageCount, offset, shape, strides}
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}
