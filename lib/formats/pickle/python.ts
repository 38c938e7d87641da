import { integerOf } from './cursor.js'

/** What stands in for a Python function or class: makes plain data from its arguments. */
export type Constructor = (...args: readonly unknown[]) => unknown

/** Constructors by their full names: `collections.OrderedDict`. */
export type Constructors = Readonly<Record<string, Constructor>>

/** A Python function or class as a value; pickles call it or hand it on. */
export class Global {
  constructor(
    readonly name: string,
    readonly construct: Constructor,
  ) {}
}

/** An instance of a class of which only the data matters. */
export class Instance {
  /** Its attributes as a Map, or whatever else its class keeps. */
  state: unknown = new Map()

  constructor(
    readonly className: string,
    readonly args: readonly unknown[] = [],
  ) {}
}

/** A constructor of instances of a class. */
export const instancesOf =
  (className: string): Constructor =>
  (...args) =>
    new Instance(className, args)

/** Constructors under each of the names that versions of Python and numpy have given their module. */
const inModules = (modules: readonly string[], constructors: Constructors): Constructors =>
  Object.fromEntries(
    modules.flatMap((module) =>
      Object.entries(constructors).map(([name, make]) => [`${module}.${name}`, make]),
    ),
  )

/** Python's containers, and what pickles need to spell them and numpy's numbers. */
export const pythonConstructors: Constructors = {
  ...inModules(['builtins', '__builtin__'], {
    dict: (entries) => mapOf(entries),
    list: (values) => [...iterable(values)],
    tuple: (values) => [...iterable(values)],
    set: (values) => new Set(iterable(values)),
    frozenset: (values) => new Set(iterable(values)),
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
  // Protocols before 3 spell bytes as text.
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

/** A dict from another one or from pairs. */
function mapOf(entries: unknown): Map<unknown, unknown> {
  if (entries instanceof Map) return new Map(entries)
  const pairs = [...iterable(entries)].map((pair): [unknown, unknown] => {
    if (!Array.isArray(pair) || pair.length !== 2) throw new TypeError('expected pairs of key and value')
    return [pair[0], pair[1]]
  })
  return new Map(pairs)
}

function iterable(values: unknown): Iterable<unknown> {
  if (values === undefined || values === null) return []
  if (Array.isArray(values) || values instanceof Set) return values
  throw new TypeError('expected a list')
}

/** Bytes from bytes, numbers, or text of a character a byte. */
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
