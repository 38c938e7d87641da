/** Captions as a JSON object by image id, pycocoevalcap's own format: {"11": ["a man", ...]}. */

import * as z from 'zod'
import { jsonElements } from '../formats/json-elements.js'
import { misfitOf } from '../formats/misfit.js'
import { DataError } from '../errors.js'
import type { ImageId } from '../records.js'

const captions = z.union(
  [
    z.string().transform((text) => [text]),
    z.array(
      z.union([z.string(), z.looseObject({ caption: z.string() }).transform(({ caption }) => caption)]),
    ),
  ],
  { error: 'expected a list of captions' },
)

/** Whether a file that starts so is such an object: its first member is a list of captions, or one caption. */
export function isDictionary(start: string): boolean {
  const [, lists] = /^\{\s*"(?:[^"\\]|\\.)*"\s*:\s*(?:"|(\[\s*(?:"|\]|\{\s*"caption")))/.exec(start) ?? []
  if (otherMembers.test(start)) return false
  return lists !== undefined || /^\{\s*"[^"]*\d[^"]*"\s*:\s*"/.test(start)
}

/** Members of other formats, beside strings that say what the file is. */
const otherMembers = /"(images|annotations|data|info|licenses|results|predictions|captions|words)"\s*:\s*[[{]/

/**
 * The captions of each image, in the order of the file. A caption is a string or {"caption"}.
 *
 * @throws DataError with the file and the member that does not fit
 */
export async function* readDictionary(
  bytes: AsyncIterable<Uint8Array>,
  file: string,
): AsyncGenerator<{ image_id: ImageId; captions: string[] }> {
  for await (const members of jsonElements(bytes, file, { whole: true }))
    for (const { member, value } of members) {
      const parsed = captions.safeParse(value)
      if (!parsed.success) throw new DataError(`${file}: ${misfitOf(parsed.error, JSON.stringify(member))}`)
      yield { image_id: idOf(member), captions: parsed.data }
    }
}

/** Ids are quoted as names of members, also those that are numbers. */
const idOf = (name: string): ImageId => (/^(0|[1-9]\d{0,14})$/.test(name) ? Number(name) : name)
