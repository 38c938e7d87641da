/** The words of a record's caption, as the model chose them. */
import { DataError } from '../errors.js'
import type { ImageId } from '../records.js'
import type { Vocabulary } from '../text/vocabulary.js'

/** A record's caption. */
export interface CaptionRecord {
  readonly image_id: ImageId
  readonly caption: string
  readonly raw?: string | undefined
  readonly beams?: readonly { readonly caption: string; readonly ids: readonly number[] }[] | undefined
}

/** A caption's words, and their ids. */
export interface Words {
  readonly words: readonly string[]
  readonly ids: readonly number[]
}

/**
 * The words of a caption, as exactly as its record has them: the ids of the beam that gave the caption, else `raw`, which
 * holds repeated words too, else the caption split at blanks. A word that is not in the vocabulary is read as `<unk>`.
 *
 * @returns no words for an empty caption
 * @throws DataError for a caption longer than the model takes
 */
export function wordsOf(
  { image_id, caption, raw, beams }: CaptionRecord,
  vocabulary: Vocabulary,
  longest: number,
): Words {
  const beam = beams?.find((beam) => beam.caption === caption)
  const words = beam ? vocabulary.decode(beam.ids) : (raw ?? caption).split(' ').filter((word) => word !== '')
  if (words.length > longest)
    throw new DataError(
      `image ${image_id}: the caption has ${words.length} words, the model takes ${longest}`,
    )
  return { words, ids: beam ? beam.ids.slice(0, words.length) : vocabulary.encode(words) }
}
