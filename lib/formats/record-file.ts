import type { z } from 'zod'
import { parseLine, readLines } from './jsonl.js'
import { openText } from './text.js'

/**
 * The records of a JSONL file, plain or gzipped, each with its place for errors: `baseline.jsonl:3`.
 *
 * @throws DataError naming the file, the line and the field that does not fit
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
