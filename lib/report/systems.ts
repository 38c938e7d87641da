/** Systems and their scores: how far one is from another, and whether that is more than chance. */
import * as z from 'zod'
import { readRecordFile } from '../formats/jsonl.js'
import { keyOf, scoreRecord } from '../metrics/compare.js'
import { clean } from './html.js'

const interval = z.tuple([z.number(), z.number()])
const reported = scoreRecord.extend({
  ci: interval.optional(),
  /** What `m2 score --against` found: the score of another system, and the paired interval of the difference. */
  against: z.object({ score: z.number(), ci: interval }).optional(),
})
export type Score = z.infer<typeof reported>

/** The scores of one system. */
export interface System {
  readonly label: string
  readonly colour: string
  readonly scores: readonly Score[]
}

/** Reads what `m2 score` prints. @throws DataError naming the line that is not a score */
export async function readScores(label: string, file: string): Promise<Omit<System, 'colour'>> {
  const scores: Score[] = []
  for await (const [score] of readRecordFile(file, reported)) scores.push(score)
  return { label: clean(label), scores }
}

/** Gives systems their colours: those of the two objectives by name, others by position, the last one first. */
export function coloured(systems: readonly Omit<System, 'colour'>[]): System[] {
  const named = systems.map(({ label }) => objectiveOf(label))
  const free = ['var(--scst)', 'var(--xe)', 'var(--third)', 'var(--fourth)'].filter(
    (colour) => !named.some((objective) => objective && colour === colourOf(objective)),
  )
  const colours = named
    .toReversed()
    .map((objective) => (objective ? colourOf(objective) : (free.shift() ?? 'var(--soft)')))
  return systems.map((system, i) => ({ ...system, colour: colours[systems.length - 1 - i]! }))
}

export type Objective = 'xe' | 'scst'

/** The objective that a label or a series is named after. */
export function objectiveOf(label: string): Objective | undefined {
  if (/^(xe|cross[- ]entropy)\b/i.test(label)) return 'xe'
  return /^(scst|self[- ]critical)\b/i.test(label) ? 'scst' : undefined
}

export const colourOf = (objective: Objective) => `var(--${objective})`

export const scoreOf = (system: System | undefined, key: string) =>
  system?.scores.find((score) => keyOf(score) === key)

/** A score as the field writes it: times a hundred, one digit. */
export const percent = (score: number) => (100 * score).toFixed(1).replace('-', '−')

/** With its sign. */
export const signed = (score: number) => (score < 0 ? percent(score) : `+${percent(score)}`)

/** How far the last system is from another. */
export interface Gain {
  readonly from: number
  readonly to: number
  readonly difference: number
  /** 95 % interval of the difference, where one is known. */
  readonly ci: readonly [low: number, high: number] | undefined
  /** Whether the interval leaves out 0; undefined without an interval. */
  readonly significant: boolean | undefined
}

/**
 * The gain of one score over another. Its interval is that of the paired bootstrap (`m2 score --against`); over a number
 * without an interval, such as one from a paper, it is the score's own.
 */
export function gainOver(score: Score | undefined, other: Score | undefined): Gain | undefined {
  if (score?.score == null || other?.score == null) return undefined
  const [from, to] = [other.score, score.score]
  const paired = score.against && Math.abs(score.against.score - from) < 1e-9 ? score.against.ci : undefined
  const own = score.ci && !other.ci ? ([score.ci[0] - from, score.ci[1] - from] as const) : undefined
  const ci = paired ?? own
  return { from, to, difference: to - from, ci, significant: ci && (ci[0] > 0 || ci[1] < 0) }
}

/** The class of a gain's colour: grey unless it is known to be more than chance. */
export const toneOf = ({ significant, difference }: Gain) =>
  significant ? (difference < 0 ? 'bad' : 'good') : 'soft'
