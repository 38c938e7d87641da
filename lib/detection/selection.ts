/** Which proposals become regions: bottom-up attention's own rule, and that of LXMERT's 36 boxes. */
import { clipBoxes, decodeBox, takeRows } from './boxes.js'
import type { FasterRcnnSettings } from './config.js'
import { byScore, nonMaximumSuppression, overlaps } from './nms.js'
import type { Proposals } from './proposals.js'

/** Rows of the proposals that are kept, and a box of each in the same order. */
export interface Selection {
  readonly kept: readonly number[]
  /** (kept, 4) */
  readonly boxes: Float32Array
  /** Of every proposal (adaptive), or of those that are kept (maxnms). */
  readonly confidence: Float32Array
}

/** Scores of the proposals by class. */
export interface ClassScores {
  /** (proposals, classes + 1) probabilities, the background last */
  readonly probabilities: Float32Array
  /** Classes without the background. */
  readonly classes: number
}

/**
 * Bottom-up attention's extraction (Anderson et al., CVPR 2018): within each class, overlapping proposals are suppressed; a
 * proposal's confidence is its best score among classes where it survived. Those of enough confidence are kept in their
 * order; where they are too few or too many, the most confident.
 */
export function selectAdaptive(
  { boxes, count }: Proposals,
  { probabilities, classes }: ClassScores,
  { nms, confidence: enough, min, max }: FasterRcnnSettings['adaptive'],
): Selection {
  const near = overlaps(boxes, nms)
  const confidence = new Float32Array(count)
  const scores = new Float32Array(count)
  for (let one = 0; one < classes; one++) {
    for (let row = 0; row < count; row++) scores[row] = probabilities[row * (classes + 1) + one]!
    const suppressed = new Uint8Array(count)
    for (const row of byScore(scores)) {
      if (suppressed[row] === 1) continue
      confidence[row] = Math.max(confidence[row]!, scores[row]!)
      for (let other = 0; other < count; other++) suppressed[other]! |= near[row * count + other]!
    }
  }
  const sure = Array.from(confidence.keys()).filter((row) => confidence[row]! >= enough)
  const best = () => [...byScore(confidence)]
  const kept = sure.length < min ? best().slice(0, min) : sure.length > max ? best().slice(0, max) : sure
  return { kept, boxes: takeRows(boxes, 4, kept), confidence }
}

/**
 * LXMERT's rule (Tan and Bansal, EMNLP 2019): each proposal stands for its likeliest class, with that class's box; of boxes
 * that overlap the best stays, and the best of those are kept. Where fewer than `min` stay, more overlap is allowed.
 *
 * @param deltas (proposals, classes * 4)
 * @param image that boxes are cut at
 */
export function selectMaxNms(
  { boxes, count }: Proposals,
  { probabilities, classes }: ClassScores,
  deltas: Float32Array,
  image: { readonly width: number; readonly height: number },
  { box_weights: weights, maxnms: { nms, min, max } }: Pick<FasterRcnnSettings, 'box_weights' | 'maxnms'>,
): Selection {
  const moved = new Float32Array(4 * count)
  const scores = new Float32Array(count)
  for (let row = 0; row < count; row++) {
    const best = likeliest(probabilities, row * (classes + 1), classes)
    scores[row] = probabilities[row * (classes + 1) + best]!
    const at = 4 * (row * classes + best)
    const delta = [deltas[at]!, deltas[at + 1]!, deltas[at + 2]!, deltas[at + 3]!] as const
    decodeBox(boxes, row, delta, { weights }, moved, row)
  }
  clipBoxes(moved, image.width, image.height)
  let kept = nonMaximumSuppression(moved, scores, nms, max)
  for (let more = 1; kept.length < Math.min(min, count) && nms + more / 10 < 1; more++)
    kept = nonMaximumSuppression(moved, scores, nms + more / 10, max)
  return { kept, boxes: takeRows(moved, 4, kept), confidence: Float32Array.from(kept, (row) => scores[row]!) }
}

/** The likeliest of the classes from `at` on, counted from there; the first of equal ones. */
export function likeliest(scores: Float32Array, at: number, classes: number): number {
  let best = 0
  for (let one = 1; one < classes; one++) if (scores[at + one]! > scores[at + best]!) best = one
  return best
}

/** Probabilities of logits, row by row. */
export function softmax(logits: Float32Array, width: number): Float32Array {
  const out = new Float32Array(logits.length)
  for (let at = 0; at < logits.length; at += width) {
    let [most, sum] = [-Infinity, 0]
    for (let i = at; i < at + width; i++) most = Math.max(most, logits[i]!)
    for (let i = at; i < at + width; i++) sum += Math.exp(logits[i]! - most)
    for (let i = at; i < at + width; i++) out[i] = Math.exp(logits[i]! - most) / sum
  }
  return out
}
