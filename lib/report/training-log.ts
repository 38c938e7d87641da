/** Reads a training log into curves. */
import { openText } from '../formats/text.js'
import { readLines } from '../formats/lines.js'

/** One number over the course of training. */
export interface Point {
  readonly x: number
  readonly y: number
  /** The objective and split that the number belongs to. */
  readonly series: string
}

/** One number of the log over the course of training. */
export interface Curve {
  /** The field's name in the log. */
  readonly field: string
  readonly by: 'step' | 'epoch'
  readonly points: readonly Point[]
}

type Line = Readonly<Record<string, unknown>>

/**
 * Reads what `m2 train` printed into one curve for each numeric field of its steps and epochs. Scores of an epoch may be
 * nested one level, as in `"val": {"CIDEr-D": 1.1}`. Lines that are not JSON, such as the last one of a killed run, are
 * skipped.
 */
export async function readTrainingLog(file: string): Promise<{ curves: Curve[]; skipped: number }> {
  const lines: Line[] = []
  let skipped = 0
  for await (const [, text] of readLines((await openText(file)).bytes, file)) {
    const line = parse(text)
    if (line) lines.push(line)
    else skipped++
  }
  return { curves: curvesOf(lines), skipped }
}

export function curvesOf(lines: readonly Line[]): Curve[] {
  const found = new Map<string, { field: string; by: Curve['by']; points: Map<string, Point> }>()
  for (const [index, line] of lines.entries()) {
    const by = line['event'] === 'epoch' ? 'epoch' : 'step'
    if (line['event'] !== 'epoch' && line['event'] !== 'step') continue
    const x = typeof line[by] === 'number' ? line[by] : index
    const objective = typeof line['objective'] === 'string' ? line['objective'] : ''
    for (const [split, field, y] of numbersOf(line)) {
      if (positions.has(field)) continue
      // Losses of different objectives cannot be compared.
      const apart = field === 'loss' ? `${field} ${objective}` : field
      const key = `${by} ${apart}`
      const curve = found.get(key) ?? { field, by, points: new Map() }
      const series = [objective, split].filter(Boolean).join(', ')
      // A resumed run repeats some steps: the last line counts.
      curve.points.set(`${series} ${x}`, { x, y, series })
      found.set(key, curve)
    }
  }
  return [...found.values()]
    .map(({ field, by, points }) => ({ field, by, points: [...points.values()].sort((a, b) => a.x - b.x) }))
    .filter(({ points }) => points.some(({ y }) => y !== points[0]!.y))
}

/** Fields that give a position in training. */
const positions = new Set(['step', 'epoch', 'time', 'timestamp', 'seconds'])

function* numbersOf(line: Line): Generator<[split: string, field: string, value: number]> {
  for (const [name, value] of Object.entries(line))
    if (typeof value === 'number') yield ['', name, value]
    else if (typeof value === 'object' && value !== null && !Array.isArray(value))
      for (const [field, inner] of Object.entries(value))
        if (typeof inner === 'number') yield [name, field, inner]
}

/** Averages neighbouring points in groups of equal size, so that no curve has more than `most` of them. */
export function thinned(points: readonly Point[], most: number): Point[] {
  const names = [...new Set(points.map(({ series }) => series))]
  return names.flatMap((name) => {
    const all = points.filter(({ series }) => series === name)
    const groups = Math.min(most, all.length)
    const start = (i: number) => Math.floor((i * all.length) / groups)
    return Array.from({ length: groups }, (_, i) => {
      const some = all.slice(start(i), start(i + 1))
      const mean = (of: (point: Point) => number) => some.reduce((sum, p) => sum + of(p), 0) / some.length
      return { x: mean(({ x }) => x), y: mean(({ y }) => y), series: some[0]!.series }
    })
  })
}

function parse(text: string): Line | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined
  } catch {
    return undefined
  }
}
