/** Each image's scores, written as JSONL or CSV. */
import { writeToBuffer } from 'fast-csv'
import { replaceFile, writeFully } from '../files/replace.js'
import { imageScores, type Table } from './evaluate.js'
import type { GroupedItem } from './corpus/shards.js'

/** Writes the scores of each image on a line of its own: CSV if the file's name ends in .csv, else JSONL. */
export async function writeImages(
  file: string,
  items: readonly GroupedItem[],
  tables: readonly Table[],
): Promise<void> {
  const isCsv = file.endsWith('.csv')
  const text = (value: unknown) => (isCsv && typeof value === 'string' ? harmless(value) : value)
  const rows = items.map(({ image_id, group, hypothesis }, image) => ({
    image_id: text(image_id),
    ...(group === undefined ? {} : { group: text(group) }),
    caption: text(hypothesis.join(' ')),
    ...Object.fromEntries(
      tables.flatMap((table) => imageScores(table, image).map((score, i) => [table.metric.names[i], score])),
    ),
  }))
  const bytes = isCsv
    ? await writeToBuffer(rows, { headers: true, includeEndRowDelimiter: true })
    : Buffer.from(rows.map((row) => `${JSON.stringify(row)}\n`).join(''))
  await replaceFile(file, (handle) => writeFully(handle, bytes))
}

/** A cell that no spreadsheet takes for a formula: one that begins like one gets an apostrophe in front. */
const harmless = (cell: string): string => (/^[=+\-@\t\r\n]/.test(cell) ? `'${cell}` : cell)
