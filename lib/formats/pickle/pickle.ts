/** Python's pickles, read as data: no code of theirs is ever run. */

import { DataError } from '../../errors.js'
import { cursorAt, uint8 } from './cursor.js'
import { mark, operations, type Machine } from './opcodes.js'
import { Global, pythonConstructors, type Constructors } from './python.js'

export interface PickleOptions {
  /** The name of the bytes, for errors. */
  where: string
  /** Allowed in addition to Python's own containers. */
  constructors?: Constructors
  /** Resolves objects stored outside the pickle (PyTorch's storages). */
  persistent?(id: unknown): unknown
  /** Where the pickle begins; default: at 0. */
  at?: number
}

/**
 * Reads a pickle of protocols 0 to 5 as data. A pickle is a program that may call any Python function. Here it may name
 * only those of an allow-list, for each of which a function of ours makes plain data; any other name is refused.
 * Nothing is executed.
 *
 * None is null, int a number (beyond 2^53 a bigint), str a string, bytes a Uint8Array, list and tuple an array, dict a
 * Map, set a Set, a function or class a Global, an instance of another class an Instance.
 *
 * @returns its value, and where it ends
 * @throws DataError where it is truncated or damaged, or with the name of a function that is not allowed
 */
export function readPickle(
  bytes: Uint8Array,
  { where, constructors = {}, persistent, at = 0 }: PickleOptions,
): { value: unknown; end: number } {
  const cursor = cursorAt(bytes, where, at)
  const machine: Machine = {
    cursor,
    stack: [],
    memo: [],
    marks: 0,
    copied: 0,
    global: (name) => resolve(name, constructors, where),
    persistent(id) {
      if (persistent) return persistent(id)
      throw new DataError(`${where}: the pickle refers to an object outside itself`)
    },
  }
  for (let code; (code = uint8(cursor)) !== stop;) {
    const operation = operations[code]
    if (!operation)
      throw new DataError(
        `${where}: no pickle operation ${code} at byte ${cursor.at - 1}; the file is damaged or not a pickle`,
      )
    operation(machine)
    if (machine.marks > deepest)
      throw new DataError(`${where}: nested deeper than ${deepest} levels at byte ${cursor.at}; refused`)
    if (machine.copied + machine.stack.length > largest)
      throw new DataError(`${where}: unpacks to more than ${largest} values at byte ${cursor.at}; refused`)
  }
  const [value, ...more] = machine.stack
  if (machine.stack.length === 0 || more.length > 0 || value === mark)
    throw new DataError(`${where}: the pickle ends with ${machine.stack.length} values; it is damaged`)
  return { value, end: cursor.at }
}

const stop = '.'.charCodeAt(0)
/** Python itself stops at a depth of 1000. */
const deepest = 1000
/** How many values constructors may copy in total: a few bytes can copy one list many times and fill the memory. */
const largest = 2e7

function resolve(name: string, constructors: Constructors, where: string): Global {
  for (const allowed of [constructors, pythonConstructors]) {
    const construct = Object.hasOwn(allowed, name) ? allowed[name] : undefined
    if (construct) return new Global(name, construct)
  }
  throw new DataError(
    `${where}: the pickle names ${name}, which is refused: pickles are read as data here, nothing is executed, and ` +
      'only known containers and tensors are allowed',
  )
}
