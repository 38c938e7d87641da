/** JSONL: one JSON record a line, on stdin or in a file. */

import type { z } from 'zod'
import { DataError, messageOf } from '../errors.js'
import { adviceOn } from '../records.js'
import { isBlank, jsonElements } from './json-elements.js'
import { parseJson } from './json.js'
import { readLines } from './lines.js'
import { misfitOf } from './misfit.js'
import { openText } from './text.js'

/** Parses one line as JSON and checks it. Throws DataError with the place, the field and what was found. */
export function parseLine<Schema extends z.ZodType>(
  line: string,
  schema: Schema,
  where: string,
): z.output<Schema> {
  let value: unknown
  try {
    value = parseJson(line)
  } catch (error) {
    throw new DataError(`${where}: expected one JSON record a line: ${messageOf(error)}`)
  }
  return check(value, schema, where)
}

function check<Schema extends z.ZodType>(value: unknown, schema: Schema, where: string): z.output<Schema> {
  const result = schema.safeParse(value)
  if (result.success) return keepProto(value, result.data)
  throw new DataError(`${where}: ${misfitOf(result.error)}${adviceOn(value, result.error)}`)
}

/** zod makes a field named `__proto__` the prototype of its result. */
function keepProto<T>(value: unknown, result: T): T {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, '__proto__')) return result
  const descriptor = Object.getOwnPropertyDescriptor(value, '__proto__')
  Object.setPrototypeOf(result, Object.prototype)
  return descriptor ? Object.defineProperty(result, '__proto__', descriptor) : result
}

export interface RecordOptions {
  /** Receives the line number of each record. */
  lines: WeakMap<object, number>
  /** Called for each line that does not parse; throws, or returns to skip the line. */
  reject: (error: DataError, line: number) => void
  /** The name of the stream, for errors; default: stdin. */
  name?: string
}

/** The records of a JSONL stream, or of a JSON array of records. */
export async function* readRecords<Schema extends z.ZodType>(
  bytes: AsyncIterable<Uint8Array>,
  schema: Schema,
  { lines, reject, name = 'stdin' }: RecordOptions,
): AsyncGenerator<z.output<Schema>> {
  for await (const [number, read] of records(bytes, schema, name)) {
    let record
    try {
      record = read()
    } catch (error) {
      if (!(error instanceof DataError)) throw error
      reject(error, number)
      continue
    }
    if (typeof record === 'object' && record !== null) lines.set(record, number)
    yield record
  }
}

/** Each record's number, from 1, and a function that checks it. */
async function* records<Schema extends z.ZodType>(
  bytes: AsyncIterable<Uint8Array>,
  schema: Schema,
  name: string,
): AsyncGenerator<[number: number, read: () => z.output<Schema>]> {
  const { start, all } = await startOf(bytes)
  if (start === bracketOpen) {
    for await (const elements of jsonElements(all, name))
      for (const { index, value } of elements)
        yield [index + 1, () => check(value, schema, `${name}: [${index}]`)]
  } else
    for await (const [number, line] of readLines(all, name))
      yield [number, () => parseLine(line, schema, `${name}:${number}`)]
}

/** The first byte of a stream that is not blank, and all of its chunks. */
async function startOf(bytes: AsyncIterable<Uint8Array>) {
  const iterator = bytes[Symbol.asyncIterator]()
  const held: Uint8Array[] = []
  let start: number | undefined
  while (start === undefined && held.length < 1000) {
    const next = await iterator.next()
    if (next.done) break
    held.push(next.value)
    start = next.value.find((byte) => !isBlank(byte))
  }
  async function* all(): AsyncGenerator<Uint8Array> {
    try {
      yield* held.splice(0)
      yield* { [Symbol.asyncIterator]: () => iterator }
    } finally {
      await iterator.return?.()
    }
  }
  return { start, all: all() }
}

const bracketOpen = 0x5b

/**
 * The records of a JSONL file, plain or gzipped, each with its place for error messages: `baseline.jsonl:3`.
 *
 * @throws DataError with the file, the line and the field that does not fit
 */
export async function* readRecordFile<Schema extends z.ZodType>(
  file: string,
  schema: Schema,
): AsyncGenerator<[record: z.output<Schema>, place: string]> {
  const { bytes } = await openText(file)
  for await (const [number, line] of readLines(bytes, file)) {
    const place = `${file}:${number}`
    yield [parseLine(line, schema, place), place]
  }
}
