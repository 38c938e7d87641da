/** The statistics of a shard, written, read and merged. */
import * as z from 'zod'
import { openText } from '../../formats/text.js'
import { DataError } from '../../errors.js'
import { parseLine } from '../../formats/jsonl.js'
import { readLines } from '../../formats/lines.js'
import { imageId, type ImageId } from '../../records.js'
import { replaceFile, writeFully } from '../../files/replace.js'
import type { Item } from '../evaluate.js'
import { statisticCount } from '../meteor/score.js'
import type { Settings } from '../signature.js'

/** A shard's statistics, from which its scores and those of any union of shards are computed. */
export interface Statistics {
  settings: ShardSettings
  items: GroupedItem[]
}

/** Document frequencies are the union's, so no shard has them. */
export type ShardSettings = Omit<Settings, 'frequencies'>
export type GroupedItem = Item & { readonly group?: string }

/**
 * Writes a shard's statistics: the settings, then one line per image. CIDEr's document frequencies depend on all
 * shards, so a line holds the image's tokens, from which `--merge` computes BLEU, ROUGE-L and CIDEr again; METEOR's
 * statistics and SPICE, which cost more, are stored.
 */
export async function writeStatistics(file: string, { settings, items }: Statistics): Promise<void> {
  const lines = [JSON.stringify({ statistics: format, ...settings })]
  for (const { hypothesis, references, meteor, ...rest } of items)
    lines.push(
      JSON.stringify({
        ...rest,
        hypothesis: hypothesis.join(' '),
        references: references.map((tokens) => tokens.join(' ')),
        meteor: meteor && [...meteor],
      }),
    )
  await replaceFile(file, (handle) => writeFully(handle, Buffer.from(`${lines.join('\n')}\n`)))
}

/**
 * Reads shards and joins them, in the order given.
 *
 * @throws DataError when they were made with different settings, or share an image
 */
export async function mergeFiles(files: readonly string[]): Promise<Statistics> {
  const items: GroupedItem[] = []
  const origins = new Map<ImageId, string>()
  let settings: ShardSettings | undefined
  for (const file of files) {
    const shard = await readStatistics(file)
    settings = settings ? joinSettings(settings, shard.settings, file) : shard.settings
    for (const item of shard.items) {
      const other = origins.get(item.image_id)
      if (other !== undefined) throw new DataError(`image ${item.image_id} is in both ${other} and ${file}`)
      origins.set(item.image_id, file)
      items.push(item)
    }
  }
  if (!settings || items.length === 0)
    throw new DataError(`${files.join(', ')}: expected statistics of images, found none`)
  return { settings, items }
}

async function readStatistics(file: string): Promise<Statistics> {
  let settings: ShardSettings | undefined
  const items: GroupedItem[] = []
  for await (const [number, line] of readLines((await openText(file)).bytes, file)) {
    if (settings) {
      const { hypothesis, references, meteor, ...rest } = parseLine(line, image, `${file}:${number}`)
      items.push({
        ...rest,
        hypothesis: hypothesis.split(' '),
        references: references.map((text) => text.split(' ')),
        meteor: meteor && Float64Array.from(meteor),
      })
    } else {
      const { statistics: _, ...rest } = parseLine(line, header, `${file}:${number}`)
      settings = rest
    }
  }
  if (!settings) throw new DataError(`${file}: expected what m2 score --statistics writes, got blank lines`)
  return { settings, items }
}

/** The settings shards have in common. Throws DataError naming one in which they differ. */
function joinSettings(settings: ShardSettings, added: ShardSettings, file: string): ShardSettings {
  for (const key of ['tokenizer', 'repeats', 'eos', 'meteor', 'version'] as const)
    if (settings[key] !== added[key])
      throw new DataError(
        `${file} cannot be merged: "${key}" is ${added[key] ?? 'missing'}, that of the files before ${settings[key] ?? 'missing'}`,
      )
  return { ...settings, breaks: settings.breaks + added.breaks }
}

const format = 1

const header = z.object({
  statistics: z.literal(format, { error: 'expected what m2 score --statistics of this version writes' }),
  tokenizer: z.string(),
  repeats: z.enum(['kept', 'dropped']),
  eos: z.enum(['none', 'append']),
  breaks: z.number().int().nonnegative(),
  meteor: z.string().optional(),
  version: z.string(),
})

const image = z.object({
  image_id: imageId,
  group: z.string().optional(),
  hypothesis: z.string(),
  references: z.array(z.string()).min(1),
  meteor: z.array(z.number()).length(statisticCount).optional(),
  spice: z.number().optional(),
})
