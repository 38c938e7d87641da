/** What to show of a word's regions: the few that count, with their names. */
import type { Prediction } from './prediction.js'

/** A region that counts for a word. */
export interface Lit {
  readonly region: number
  /** Share of the largest value of the word, from -1 to 1. */
  readonly part: number
  /** Name and value, for the few largest. */
  readonly label: string | undefined
}

/** What one word owes to the regions. */
export interface WordRegions {
  readonly lit: readonly Lit[]
  /** The few names that count most, in words. */
  readonly text: string
  /** The largest value. */
  readonly peak: number
}

export type Attributions = NonNullable<Prediction['attributions']>

/** The regions of each word, at most six, three of them named. Regions of one name are added up in the text. */
export function wordRegions(
  { method, words }: Attributions,
  classes: readonly string[] | undefined,
): WordRegions[] {
  const write = method === 'attention' ? asShare : asDifference
  const nameOf = (region: number) => classes?.[region] ?? `region ${region + 1}`
  return words.map(({ regions }) => {
    const order = regions.map((_, i) => i).sort((a, b) => Math.abs(regions[b]!) - Math.abs(regions[a]!))
    const most = Math.max(1e-9, Math.abs(regions[order[0] ?? -1] ?? 0))
    const lit = order
      .slice(0, 6)
      .filter((i) => Math.abs(regions[i]!) > 0.12 * most)
      .map((region, i): Lit => {
        const value = regions[region]!
        const named = i < 3 && Math.abs(value) > 0.2 * most
        return {
          region,
          part: round(value / most, 3),
          label: named ? `${nameOf(region)} ${write(value)}` : undefined,
        }
      })
    const byName = new Map<string, number>()
    regions.forEach((value, i) => byName.set(nameOf(i), (byName.get(nameOf(i)) ?? 0) + value))
    const sums = [...byName].sort(([, a], [, b]) => Math.abs(b) - Math.abs(a)).slice(0, 3)
    const largest = Math.abs(sums[0]?.[1] ?? 0)
    const text = sums
      .filter(([, value]) => Math.abs(value) > 0.2 * largest)
      .map(([name, value]) => `${name} ${write(value)}`)
      .join(' · ')
    return { lit, text, peak: regions.reduce((a, b) => Math.max(a, b), 0) }
  })
}

const asShare = (value: number) => `${Math.round(100 * value)}\u00a0%`
const asDifference = (value: number) => `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(1)}`

export const round = (value: number, digits: number) => Number(value.toFixed(digits))
