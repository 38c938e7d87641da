/** The journal of a file that grows: what the file depends on, then a line for each image that is complete. */
import { readFile } from 'node:fs/promises'
import * as z from 'zod'
import { DataError, codeOf } from '../../errors.js'
import { readFully, withFile } from '../../files/read.js'
import { cannotRead } from '../../files/refusal.js'

const lineSchema = z.object({
  key: z.string(),
  datasets: z.record(z.string(), z.number().int()),
  end: z.number().int(),
  note: z.looseObject({}),
})

/**
 * The journal's lines, and where the first of them starts; a last line that was cut short is left out.
 *
 * @throws DataError where the file was begun with something else than `made`
 */
export async function readJournal(journal: string, made: Readonly<Record<string, unknown>>) {
  const text = await readFile(journal, 'utf8').catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return ''
    throw cannotRead(journal, error)
  })
  const whole = text.slice(0, text.lastIndexOf('\n') + 1)
  const [first, ...rest] = whole.split('\n').slice(0, -1)
  if (first === undefined) return { lines: [], start: 0 }
  const known = parse(first)
  if (typeof known !== 'object' || known === null || !('made' in known))
    throw new DataError(`${journal}: expected the journal of a file that grows, got another file; remove it`)
  const other = differences(Object(known.made), made)
  if (other.length > 0)
    throw new DataError(
      `${journal}: the file was begun with another ${other.join(' and another ')}. ` +
        'Go on with the same, or write to another file',
    )
  const lines: (z.infer<typeof lineSchema> & { place: Place })[] = []
  const start = Buffer.byteLength(first) + 1
  let at = start
  for (const text of rest) {
    const line = lineSchema.safeParse(parse(text))
    if (!line.success) break
    const length = Buffer.byteLength(text) + 1
    lines.push({ ...line.data, note: {}, place: { at, length } })
    at += length
  }
  return { lines, start }
}

/** Names of what differs, as JSON has it. */
function differences(a: Readonly<Record<string, unknown>>, b: Readonly<Record<string, unknown>>): string[] {
  const names = new Set([...Object.keys(a), ...Object.keys(b)])
  return [...names].filter((name) => JSON.stringify(a[name]) !== JSON.stringify(b[name]))
}

/** Where a line lies in the journal, in bytes. */
export interface Place {
  readonly at: number
  readonly length: number
}

/** What was noted with the image of a line. */
export async function readNote(journal: string, { at, length }: Place): Promise<object> {
  const bytes = new Uint8Array(length)
  await withFile(journal, (handle) => readFully(handle, bytes, at))
  return lineSchema.parse(parse(Buffer.from(bytes).toString('utf8'))).note
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
