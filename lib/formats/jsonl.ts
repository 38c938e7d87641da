/** JSONL: one JSON record a line, on stdin or in a file. */

import type { z } from 'zod'
import { DataError, messageOf } from '../errors.js'
import { adviceOn } from '../records.js'
import { misfitOf } from './misfit.js'
import { openText } from './text.js'

/** The lines of a stream of bytes with their numbers, from 1. Blank lines are skipped. */
export async function* readLines(
  bytes: AsyncIterable<Uint8Array>,
  name = 'stdin',
): AsyncGenerator<[number, string]> {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let number = 0
  let rest = ''
  for await (const chunk of bytes) {
    let text
    try {
      text = rest + decoder.decode(chunk, { stream: true })
    } catch {
      throw new DataError(`${name}:${number + 1}: expected UTF-8 text, got other bytes`)
    }
    let start = 0
    for (let end; (end = text.indexOf('\n', start)) >= 0; start = end + 1) {
      number++
      const line = text.slice(start, end)
      if (line.trim() !== '') yield [number, line]
    }
    rest = text.slice(start)
  }
  if (rest.trim() !== '') yield [number + 1, rest]
}

/** Parses one line as JSON and checks it. Throws DataError with the place, the field and what was found. */
export function parseLine<Schema extends z.ZodType>(
  line: string,
  schema: Schema,
  where: string,
): z.output<Schema> {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch (error) {
    throw new DataError(`${where}: expected one JSON record a line: ${messageOf(error)}`)
  }
  const result = schema.safeParse(value)
  if (result.success) return result.data
  throw new DataError(`${where}: ${misfitOf(result.error)}${adviceOn(value, result.error)}`)
}

export interface RecordOptions {
  /** Receives the line number of each record. */
  lines: WeakMap<object, number>
  /** Called for each line that does not parse; throws, or returns to skip the line. */
  reject: (error: DataError, line: number) => void
  /** The name of the stream, for errors; default: stdin. */
  name?: string
}

/** The records of a JSONL stream. */
export async function* readRecords<Schema extends z.ZodType>(
  bytes: AsyncIterable<Uint8Array>,
  schema: Schema,
  { lines, reject, name = 'stdin' }: RecordOptions,
): AsyncGenerator<z.output<Schema>> {
  for await (const [number, line] of readLines(bytes, name)) {
    let record
    try {
      record = parseLine(line, schema, `${name}:${number}`)
    } catch (error) {
      if (!(error instanceof DataError)) throw error
      reject(error, number)
      continue
    }
    if (typeof record === 'object' && record !== null) lines.set(record, number)
    yield record
  }
}

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
