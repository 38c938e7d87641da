/** What the report reads beside its records: captions of other models, and names of regions. */
import * as z from 'zod'
import { readRecordFile } from '../formats/jsonl.js'
import { imageId, type ImageId } from '../records.js'
import { clean } from './html.js'

/** The captions of another model. */
export interface OtherCaptions {
  readonly label: string
  /** By image, its id as text. */
  readonly captions: ReadonlyMap<string, string>
}

export async function collectCaptions(
  label: string,
  records: AsyncIterable<{ readonly image_id: ImageId; readonly caption: string }>,
): Promise<OtherCaptions> {
  const captions = new Map<string, string>()
  for await (const { image_id, caption } of records) captions.set(String(image_id), caption)
  return { label: clean(label), captions }
}

const classesRecord = z.object({ image_id: imageId, classes: z.array(z.string()) })

/** Names of regions by image, its id as text. @throws DataError naming the line that does not fit */
export async function readClasses(file: string): Promise<ReadonlyMap<string, readonly string[]>> {
  const classes = new Map<string, readonly string[]>()
  for await (const [record] of readRecordFile(file, classesRecord))
    classes.set(String(record.image_id), record.classes)
  return classes
}
