/** What the report reads of a record, and which captions it shows. */
import * as z from 'zod'
import { imageId } from '../records.js'

/** What the report looks at in a record: of all but the caption, what there is. */
export const prediction = z.object({
  image_id: imageId,
  caption: z.string(),
  captions: z.array(z.string()).optional(),
  references: z.array(z.string()).optional(),
  log_prob: z.number().optional(),
  file_name: z.string().optional(),
  width: z.number().positive().optional(),
  height: z.number().positive().optional(),
  attributions: z
    .object({
      method: z.string(),
      words: z.array(z.object({ word: z.string(), regions: z.array(z.number()) })),
    })
    .optional(),
  boxes: z.array(z.tuple([z.number(), z.number(), z.number(), z.number()])).optional(),
})
export type Prediction = z.infer<typeof prediction>

/** A caption to show, and its score where it has one. */
export interface Ranked {
  readonly prediction: Prediction
  readonly score?: number | undefined
}

/** Captions under a title. */
export type CaptionGroup = readonly [title: string, chosen: readonly Ranked[]]

export const referencesOf = ({ references, captions }: Prediction): readonly string[] =>
  references ?? captions ?? []

/** What is shown: the best captions, some from the middle, and the worst; the first ones where there are no scores. */
export function chooseCaptions(all: readonly Ranked[], each: number): CaptionGroup[] {
  const scored = all.filter(({ score }) => score !== undefined)
  if (scored.length === 0) return [['Captions', all.slice(0, 2 * each)]]
  const sorted = [...scored].sort((a, b) => b.score! - a.score!)
  if (sorted.length <= 3 * each) return [['Captions, the best first', sorted]]
  const middle = Math.floor((sorted.length - each) / 2)
  return [
    ['Best captions', sorted.slice(0, each)],
    ['Captions in the middle', sorted.slice(middle, middle + each)],
    ['Worst captions', sorted.slice(-each).reverse()],
  ]
}
