/** The Python classes and functions that pickles may name, and what stands for them here. */

import { integerOf } from './cursor.js'

/** Replaces a Python function or class: makes plain data from its arguments. */
export type Constructor = (...args: readonly unknown[]) => unknown

/** Constructors by their full names: `collections.OrderedDict`. */
export type Constructors = Readonly<Record<string, Constructor>>

/** A Python function or class as a value, which pickles call or pass on. */
export class Global {
  constructor(
    readonly name: string,
    readonly construct: Constructor,
  ) {}
}

/** An instance of a Python class: only its data. */
export class Instance {
  /** Its attributes as a Map, or any other state that its class saves. */
  state: unknown = new Map()

  constructor(
    readonly className: string,
    readonly args: readonly unknown[] = [],
  ) {}
}

/** The constructor of a class's instances. */
export const instancesOf =
  (className: string): Constructor =>
  (...args) =>
    new Instance(className, args)

/** Constructors by full name, for each of the names that their module has in different versions. */
const inModules = (modules: readonly string[], constructors: Constructors): Constructors =>
  Object.fromEntries(
    modules.flatMap((module) =>
      Object.entries(constructors).map(([name, make]) => [`${module}.${name}`, make]),
    ),
  )

/** Python's containers and numpy's numbers, and what pickles need to build them. */
export const pythonConstructors: Constructors = {
  ...inModules(['builtins', '__builtin__'], {
    dict: (entries) => mapOf(entries),
    list: (values) => [...iterable(values)],
    tuple: (values) => [...iterable(values)],
    set: (values) => setOf(values),
    frozenset: (values) => setOf(values),
    bytes: (values) => bytesOf(values),
    bytearray: (values) => bytesOf(values),
    int: (value) => value ?? 0,
    long: (value) => value ?? 0,
    float: (value) => value ?? 0,
    bool: (value) => value ?? false,
    str: (value) => value ?? '',
    object: instancesOf('object'),
  }),
  'collections.OrderedDict': (entries) => mapOf(entries),
  'collections.Counter': (counts) => mapOf(counts),
  'collections.defaultdict': (_factory, entries) => mapOf(entries),
  // Protocols before 3 write bytes as text.
  '_codecs.encode': (text) => bytesOf(text),
  ...inModules(['copyreg', 'copy_reg'], {
    _reconstructor: (type, _base, state) =>
      type instanceof Global ? (state === null ? type.construct() : type.construct(state)) : undefined,
  }),
  'argparse.Namespace': instancesOf('argparse.Namespace'),
  ...inModules(['numpy.core.multiarray', 'numpy._core.multiarray'], {
    _reconstruct: instancesOf('numpy.ndarray'),
    scalar: (type, bytes) => scalarOf(type, bytes),
  }),
  'numpy.ndarray': instancesOf('numpy.ndarray'),
  'numpy.dtype': instancesOf('numpy.dtype'),
}

/** A dict from another dict or from pairs. */
function mapOf(entries: unknown): Map<unknown, unknown> {
  if (entries instanceof Map) return new Map(entries)
  const pairs = [...iterable(entries)].map((pair): [unknown, unknown] => {
    if (!Array.isArray(pair) || pair.length !== 2) throw new TypeError('expected pairs of key and value')
    return [checkHashable(pair[0]), pair[1]]
  })
  return new Map(pairs)
}

const setOf = (values: unknown): Set<unknown> => new Set([...iterable(values)].map(checkHashable))

/**
 * Whether a value may be a key: a scalar, text, bytes, a function, or a tuple of at most 16 such values, nested at most
 * three deep. Whatever prints or compares keys is quick then.
 */
export function isHashable(value: unknown, depth = 3): boolean {
  if (Array.isArray(value))
    return depth > 0 && value.length <= 16 && value.every((one) => isHashable(one, depth - 1))
  return value === null || typeof value !== 'object' || value instanceof Uint8Array || value instanceof Global
}

function checkHashable(value: unknown): unknown {
  if (!isHashable(value)) throw new TypeError('a key is neither a scalar nor a short tuple of scalars')
  return value
}

function iterable(values: unknown): Iterable<unknown> {
  if (values === undefined || values === null) return []
  if (Array.isArray(values) || values instanceof Set) return values
  throw new TypeError('expected a list')
}

/** Bytes from bytes, from numbers, or from text with one character per byte. */
function bytesOf(values: unknown): Uint8Array {
  if (values instanceof Uint8Array) return values
  if (typeof values === 'string') return new Uint8Array(Buffer.from(values, 'latin1'))
  return Uint8Array.from([...iterable(values)], Number)
}

/** A number of numpy (`numpy.float64(0.25)`) from its type and its little-endian bytes. */
function scalarOf(type: unknown, bytes: unknown): unknown {
  const code = type instanceof Instance ? type.args[0] : undefined
  const raw = bytesOf(bytes)
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength)
  if (code === 'f8') return view.getFloat64(0, true)
  if (code === 'f4') return view.getFloat32(0, true)
  if (code === 'b1') return view.getUint8(0) !== 0
  if (code === 'i8' || code === 'i4') return integerOf(raw)
  throw new TypeError(`numpy numbers of type ${String(code)} are not known`)
}
