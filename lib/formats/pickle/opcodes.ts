/** The operations of pickles, by opcode. */

import { DataError, messageOf } from '../../errors.js'
import {
  byteStringOf,
  float64BigEndian,
  int32,
  integerOf,
  narrow,
  take,
  takeLine,
  textOf,
  uint16,
  uint32,
  uint64,
  uint8,
  type Cursor,
} from './cursor.js'
import { Global, Instance, isHashable } from './python.js'

/** The state of the stack machine that runs a pickle (documented in Python's Lib/pickletools.py). */
export interface Machine {
  readonly cursor: Cursor
  readonly stack: unknown[]
  readonly memo: unknown[]
  /** The number of marks on the stack, which is the depth of nesting. */
  marks: number
  /** Values that constructors were given or have made: what the pickle has cost beside its own bytes. */
  copied: number
  /** The stand-in for a Python function or class; throws for one that is not allowed. */
  global(name: string): Global
  persistent(id: unknown): unknown
}

export type Operation = (machine: Machine) => void

/** Marks on the stack where a tuple, list or dict begins. */
export const mark = Symbol('mark')

const push = (m: Machine, value: unknown) => void m.stack.push(value)
const pushes =
  (read: (cursor: Cursor) => unknown): Operation =>
  (m) =>
    push(m, read(m.cursor))

/** The operations by opcode, with their names in pickletools. */
export const operations: Readonly<Record<number, Operation>> = byCode({
  // framing
  '\x80': ({ cursor }) => {
    const protocol = uint8(cursor)
    if (protocol > 5) fail(cursor, `pickle protocol ${protocol} is not known, only 0 to 5`)
  }, // PROTO
  '\x95': ({ cursor }) => void uint64(cursor), // FRAME: only a hint for reading ahead

  // constants
  N: (m) => push(m, null), // NONE
  '\x88': (m) => push(m, true), // NEWTRUE
  '\x89': (m) => push(m, false), // NEWFALSE
  I: pushes((c) => decimal(c, takeLine(c))), // INT
  L: pushes((c) => decimal(c, takeLine(c).replace(/L$/, ''))), // LONG
  J: pushes(int32), // BININT
  K: pushes(uint8), // BININT1
  M: pushes(uint16), // BININT2
  '\x8a': pushes((c) => integerOf(take(c, uint8(c)))), // LONG1
  '\x8b': pushes((c) => {
    const length = int32(c)
    if (length > longestInteger) fail(c, `an integer of ${length} bytes`)
    return integerOf(take(c, length))
  }), // LONG4
  F: pushes((c) => Number(takeLine(c).replace(/^(-?)(inf)$/, '$1Infinity'))), // FLOAT
  G: pushes(float64BigEndian), // BINFLOAT
  S: pushes((c) => quoted(c, takeLine(c))), // STRING
  T: pushes((c) => byteStringOf(take(c, int32(c)))), // BINSTRING
  U: pushes((c) => byteStringOf(take(c, uint8(c)))), // SHORT_BINSTRING
  V: pushes((c) => rawUnicode(c, takeLine(c))), // UNICODE
  X: pushes((c) => textOf(take(c, uint32(c)))), // BINUNICODE
  '\x8c': pushes((c) => textOf(take(c, uint8(c)))), // SHORT_BINUNICODE
  '\x8d': pushes((c) => textOf(take(c, uint64(c)))), // BINUNICODE8
  B: pushes((c) => take(c, uint32(c)).slice()), // BINBYTES
  C: pushes((c) => take(c, uint8(c)).slice()), // SHORT_BINBYTES
  '\x8e': pushes((c) => take(c, uint64(c)).slice()), // BINBYTES8
  '\x96': pushes((c) => take(c, uint64(c)).slice()), // BYTEARRAY8

  // containers
  '(': (m) => {
    m.marks++
    push(m, mark)
  }, // MARK
  ')': (m) => push(m, []), // EMPTY_TUPLE
  ']': (m) => push(m, []), // EMPTY_LIST
  '}': (m) => push(m, new Map()), // EMPTY_DICT
  '\x8f': (m) => push(m, new Set()), // EMPTY_SET
  t: (m) => push(m, popToMark(m)), // TUPLE
  l: (m) => push(m, popToMark(m)), // LIST
  d: (m) => setItems(m, new Map(), popToMark(m), true), // DICT
  '\x91': (m) => push(m, addAll(m, new Set(), popToMark(m))), // FROZENSET
  '\x85': (m) => push(m, [pop(m)]), // TUPLE1
  '\x86': (m) => push(m, popLast(m, 2)), // TUPLE2
  '\x87': (m) => push(m, popLast(m, 3)), // TUPLE3
  a: (m) => append(m, [pop(m)]), // APPEND
  e: (m) => append(m, popToMark(m)), // APPENDS
  s: (m) => {
    const pair = popLast(m, 2)
    setItems(m, top(m), pair)
  }, // SETITEM
  u: (m) => {
    const pairs = popToMark(m)
    setItems(m, top(m), pairs)
  }, // SETITEMS
  '\x90': (m) => {
    const values = popToMark(m)
    const set = top(m)
    if (!(set instanceof Set)) return fail(m.cursor, 'elements for something that is not a set')
    addAll(m, set, values)
  }, // ADDITEMS

  // stack and memo
  '0': (m) => void pop(m, true), // POP
  '1': (m) => void popToMark(m), // POP_MARK
  '2': (m) => push(m, top(m)), // DUP
  p: (m) => keep(m, Number(takeLine(m.cursor))), // PUT
  q: (m) => keep(m, uint8(m.cursor)), // BINPUT
  r: (m) => keep(m, uint32(m.cursor)), // LONG_BINPUT
  '\x94': (m) => keep(m, m.memo.length), // MEMOIZE
  g: (m) => recall(m, Number(takeLine(m.cursor))), // GET
  h: (m) => recall(m, uint8(m.cursor)), // BINGET
  j: (m) => recall(m, uint32(m.cursor)), // LONG_BINGET

  // functions, classes and instances
  c: (m) => push(m, m.global(`${takeLine(m.cursor)}.${takeLine(m.cursor)}`)), // GLOBAL
  '\x93': (m) => {
    const names = popLast(m, 2)
    if (!names.every((name) => typeof name === 'string')) fail(m.cursor, 'a function whose name is not text')
    push(m, m.global(names.join('.')))
  }, // STACK_GLOBAL
  R: (m) => construct(m, ...pair(popLast(m, 2))), // REDUCE
  '\x81': (m) => construct(m, ...pair(popLast(m, 2))), // NEWOBJ
  '\x92': (m) => {
    const [type, args, named] = popLast(m, 3)
    if (!(named instanceof Map) || named.size > 0) fail(m.cursor, 'a constructor with named arguments')
    construct(m, type, args)
  }, // NEWOBJ_EX
  i: (m) => {
    const type = m.global(`${takeLine(m.cursor)}.${takeLine(m.cursor)}`)
    construct(m, type, popToMark(m))
  }, // INST
  o: (m) => {
    const [type, ...args] = popToMark(m)
    construct(m, type, args)
  }, // OBJ
  b: (m) => {
    const state = pop(m)
    const object = top(m)
    if (object instanceof Instance) object.state = state
    // Attributes of a dict (`_metadata` of a state_dict) are not part of its data.
    else if (!(object instanceof Map)) fail(m.cursor, 'a state for something that is not an instance')
  }, // BUILD
  P: (m) => push(m, m.persistent(takeLine(m.cursor))), // PERSID
  Q: (m) => push(m, m.persistent(pop(m))), // BINPERSID
})

const longestInteger = 1024

function byCode(named: Readonly<Record<string, Operation>>): Record<number, Operation> {
  return Object.fromEntries(Object.entries(named).map(([code, run]) => [code.charCodeAt(0), run]))
}

function fail(cursor: Cursor, what: string): never {
  throw new DataError(
    `${cursor.where}: ${what} at byte ${cursor.at}; the pickle is damaged or of a kind not read here`,
  )
}

function top(m: Machine): unknown {
  const value = m.stack.at(-1)
  if (m.stack.length === 0 || value === mark) fail(m.cursor, 'a value was expected on the stack')
  return value
}

function pop(m: Machine, orMark = false): unknown {
  if (orMark && m.stack.at(-1) === mark) m.marks--
  else top(m)
  return m.stack.pop()
}

function popLast(m: Machine, count: number): unknown[] {
  const values = m.stack.splice(-count)
  if (values.length < count || values.includes(mark))
    fail(m.cursor, `${count} values were expected on the stack`)
  return values
}

function popToMark(m: Machine): unknown[] {
  const at = m.stack.lastIndexOf(mark)
  if (at < 0) fail(m.cursor, 'a mark was expected on the stack')
  m.marks--
  const values = m.stack.splice(at + 1)
  m.stack.pop()
  return values
}

const pair = ([a, b]: unknown[]): [unknown, unknown] => [a, b]

function append(m: Machine, values: readonly unknown[]): void {
  const list = top(m)
  if (!Array.isArray(list)) return fail(m.cursor, 'elements for something that is not a list')
  for (const value of values) list.push(value)
}

function setItems(m: Machine, dict: unknown, items: readonly unknown[], thenPush = false): void {
  if (!(dict instanceof Map) || items.length % 2 !== 0)
    return fail(m.cursor, 'entries for something that is not a dict')
  for (let i = 0; i < items.length; i += 2) dict.set(hashable(m, items[i]), items[i + 1])
  if (thenPush) push(m, dict)
}

function addAll(m: Machine, set: Set<unknown>, values: readonly unknown[]): Set<unknown> {
  for (const value of values) set.add(hashable(m, value))
  return set
}

/** A key of a dict or an element of a set. Python hashes scalars and tuples of them; lists of lists it refuses as well. */
function hashable(m: Machine, key: unknown): unknown {
  if (!isHashable(key)) fail(m.cursor, 'a key that is neither a scalar nor a short tuple of scalars')
  return key
}

/** What a value costs to copy. Arguments count before they are copied, since equal elements collapse in a set. */
const costOf = (value: unknown): number =>
  Array.isArray(value) || value instanceof Uint8Array || typeof value === 'string'
    ? value.length
    : value instanceof Map || value instanceof Set
      ? value.size
      : 1

/** Memo entries are numbered in order, from 0 or 1. */
function keep(m: Machine, index: number): void {
  if (!(index >= 0 && index <= m.memo.length + 1))
    fail(m.cursor, `memo entry ${index} after ${m.memo.length} others`)
  m.memo[index] = top(m)
}

function recall(m: Machine, index: number): void {
  if (!(index in m.memo)) fail(m.cursor, `nothing was kept under ${index}`)
  push(m, m.memo[index])
}

function construct(m: Machine, type: unknown, args: unknown): void {
  if (!(type instanceof Global) || !Array.isArray(args))
    return fail(m.cursor, 'a call of something that is not a function')
  let value: unknown
  m.copied += args.reduce((sum: number, argument) => sum + costOf(argument), 0)
  try {
    value = type.construct(...args)
  } catch (error) {
    if (error instanceof DataError) throw error
    return fail(m.cursor, `${type.name}: ${messageOf(error)}`)
  }
  m.copied += costOf(value)
  push(m, value)
}

/** `12`, or `01` and `00`, the booleans of protocol 0. */
function decimal(c: Cursor, text: string): unknown {
  if (text === '01' || text === '00') return text === '01'
  if (!/^-?\d{1,400}$/.test(text)) fail(c, `the integer "${text.slice(0, 20)}"`)
  return narrow(BigInt(text))
}

/** A byte string as Python 2's repr writes it. */
function quoted(c: Cursor, text: string): string {
  const body = /^(['"])(.*)\1$/s.exec(text.trim())?.[2]
  if (body === undefined) return fail(c, 'a string without quotes')
  const plain = body.replace(/\\(x[0-9a-f]{2}|.)/gi, (_, escape: string) => {
    if (escape.length > 1) return String.fromCharCode(parseInt(escape.slice(1), 16))
    return { n: '\n', r: '\r', t: '\t' }[escape] ?? escape
  })
  return byteStringOf(Buffer.from(plain, 'latin1'))
}

/** Python's raw-unicode-escape: Latin-1 with \uXXXX and \UXXXXXXXX. */
function rawUnicode(c: Cursor, text: string): string {
  return text.replace(/\\u([0-9a-fA-F]{4})|\\U([0-9a-fA-F]{8})/g, (_, short?: string, long?: string) => {
    const code = parseInt(short ?? long ?? '', 16)
    return code > 0x10ffff ? fail(c, `the character ${code}`) : String.fromCodePoint(code)
  })
}
