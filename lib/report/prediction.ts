/** What the report reads of a record, and in which order captions are chosen for the page. */
import * as z from 'zod'
import { imageId } from '../records.js'

/** The fields that the report uses. Only the image and the caption must be there. */
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
  /** What each region shows, where a detector named it. */
  classes: z.array(z.string()).optional(),
})

/** Left, top, right and bottom of a region, in pixels. */
export type Box = readonly [x1: number, y1: number, x2: number, y2: number]
export type Prediction = z.infer<typeof prediction>

/** A caption of another model for the same image. */
export interface Other {
  readonly label: string
  readonly caption: string
  readonly score?: number | undefined
}

/** A caption to show, with its score where it has one, and the captions of other models. */
export interface Ranked {
  readonly prediction: Prediction
  readonly score?: number | undefined
  readonly others?: readonly Other[]
  /** What each region shows. */
  readonly classes?: readonly string[] | undefined
}

export const referencesOf = ({ references, captions }: Prediction): readonly string[] =>
  references ?? captions ?? []

/** From the best score to the worst; those without a score come last, in their order. */
export function bestFirst(all: readonly Ranked[]): Ranked[] {
  return [...all].sort((a, b) => (b.score ?? -Infinity) - (a.score ?? -Infinity) || 0)
}

/**
 * Positions 0 to count - 1 in an order of which every beginning is spread evenly over all of them: both ends, then the
 * middle of what lies between, and so on.
 */
export function spreadOrder(count: number): number[] {
  const order = count > 1 ? [0, count - 1] : count === 1 ? [0] : []
  for (let gaps: (readonly [number, number])[] = [[0, count - 1]]; order.length < count;)
    gaps = gaps.flatMap(([from, to]) => {
      const middle = Math.floor((from + to) / 2)
      if (middle === from) return []
      order.push(middle)
      return [[from, middle] as const, [middle, to] as const]
    })
  return order
}
