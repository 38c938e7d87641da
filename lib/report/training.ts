/** The training curves of the page. */
import type { TopLevelSpec } from 'vega-lite'
import { chart } from './chart.js'
import { html, type Markup } from './html.js'
import { colourOf, objectiveOf } from './systems.js'
import { thinned, type Curve, type Point } from './training-log.js'

/** How training went: the three curves that matter most, and the others folded away. */
export async function trainingSection(curves: readonly Curve[]): Promise<Markup> {
  const arranged = arrange(curves.map(inPercent))
  const [first, rest] = [arranged.slice(0, mostShown), arranged.slice(mostShown)]
  return html`<section id="training" aria-labelledby="training-title">
    <h2 id="training-title">Training</h2>
    <div class="charts">${await Promise.all(first.map(drawCurve))}</div>
    ${
      rest.length > 0 &&
      html`<details>
        <summary>Everything else that was logged</summary>
        <div class="charts">${await Promise.all(rest.map(drawCurve))}</div>
      </details>`
    }
    <p class="note">
      Scores and rewards are times a hundred, as in the tables. Each point of a long curve is a mean.
    </p>
  </section>`
}

const mostShown = 3

/** Fields in the order of the page, with their names; others come after. The first three are the ones shown. */
const titles: readonly (readonly [field: string, by: Curve['by'], title: string])[] = [
  ['CIDEr-D', 'epoch', 'CIDEr-D on validation images'],
  ['loss', 'step', 'Loss'],
  ['reward', 'step', 'Reward of sampled captions (CIDEr-D)'],
  ['val_loss', 'epoch', 'Loss on validation images'],
  ['BLEU-4', 'epoch', 'BLEU-4 on validation images'],
  ['METEOR', 'epoch', 'METEOR on validation images'],
  ['ROUGE-L', 'epoch', 'ROUGE-L on validation images'],
  ['rate', 'step', 'Learning rate'],
  ['gradient_norm', 'step', 'Norm of the gradient'],
]

/** One scale for scores everywhere on the page. */
function inPercent(curve: Curve): Curve {
  if (!isScore(curve.field)) return curve
  return { ...curve, points: curve.points.map((point) => ({ ...point, y: 100 * point.y })) }
}

const isScore = (field: string) => /^(CIDEr|BLEU|METEOR|ROUGE|SPICE|reward$|baseline$)/.test(field)

/** Puts the reward and its baseline into one chart, unless they are the same, and everything in order. */
function arrange(curves: readonly Curve[]): Curve[] {
  const ofSteps = (name: string) => curves.find(({ field, by }) => field === name && by === 'step')
  const [reward, baseline] = [ofSteps('reward'), ofSteps('baseline')]
  const others = curves.filter((curve) => !(reward && baseline && [reward, baseline].includes(curve)))
  if (reward && baseline) others.push({ ...reward, points: together(reward.points, baseline.points) })
  const isScst = ({ points }: Curve) => Number(objectiveOf(points[0]?.series ?? '') === 'scst')
  return others.sort((a, b) => rank(a) - rank(b) || isScst(a) - isScst(b))
}

/** The loss of SCST says little (its mean is about 0), so it comes after what is shown. */
function rank({ field, by, points }: Curve): number {
  const at = titles.findIndex(([name, unit]) => name === field && unit === by)
  if (at < 0) return titles.length
  return field === 'loss' && objectiveOf(points[0]?.series ?? '') === 'scst' ? mostShown : at
}

const together = (reward: readonly Point[], baseline: readonly Point[]) =>
  reward.every(({ y }, i) => Math.abs(y - (baseline[i]?.y ?? Infinity)) < 1e-4)
    ? reward
    : [...reward, ...baseline.map((point) => ({ ...point, series: 'baseline' }))]

async function drawCurve({ field, by, points }: Curve): Promise<Markup> {
  const series = [...new Set(points.map((point) => point.series))]
  const known = titles.find(([name, unit]) => name === field && unit === by)?.[2]
  const loss = field === 'loss' && series.length === 1 && series[0] ? `, ${nameOf(series[0])}` : ''
  const title = `${known ?? `${field.replaceAll('_', ' ')}${by === 'epoch' ? ' by epoch' : ''}`}${loss}`
  const [first, last] = [points[0]!, points.at(-1)!]
  const best = by === 'epoch' && isScore(field) ? points.reduce((a, b) => (b.y > a.y ? b : a)) : undefined
  const label = `${title}: from ${short(first.y)} at ${by} ${first.x} to ${short(last.y)} at ${by} ${last.x}${
    best ? `, at best ${short(best.y)} at epoch ${best.x}` : ''
  }`
  return chart({ title, label }, specOf({ points: thinned(points, 240), series, by, best }))
}

interface Drawn {
  readonly points: readonly Point[]
  readonly series: readonly string[]
  readonly by: Curve['by']
  readonly best: Point | undefined
}

function specOf({ points, series, by, best }: Drawn): TopLevelSpec {
  const values = points.map(({ x, y, series }) => ({ x, y, series: nameOf(series) }))
  const domain = series.map(nameOf)
  const range = series.map((name, i) => seriesColour(name, i))
  return {
    width: 380,
    height: 210,
    autosize: { type: 'fit', contains: 'padding' },
    data: { values },
    encoding: {
      x: {
        field: 'x',
        type: 'quantitative',
        axis: { title: by, tickCount: 5, tickMinStep: 1, format: by === 'step' ? '~s' : 'd' },
        scale: { zero: false, nice: false, padding: 6 },
      },
      y: {
        field: 'y',
        type: 'quantitative',
        axis: { title: null, tickCount: 4, format: '.4~r' },
        scale: { zero: false },
      },
    },
    layer: [
      {
        mark: {
          type: 'line',
          strokeWidth: by === 'epoch' ? 2 : 1.5,
          strokeCap: 'round',
          ...(by === 'epoch' && { point: { size: 26, filled: true } }),
        },
        encoding: {
          color: {
            field: 'series',
            type: 'nominal',
            scale: { domain, range },
            legend: series.length > 1 ? {} : null,
          },
        },
      },
      ...(by === 'epoch' ? [links(points)] : []),
      ...(best ? [bestLabel(best)] : []),
    ],
  }
}

/** From the last point of one objective to the first of the next, which goes on from there. */
function links(points: readonly Point[]) {
  const values = points.flatMap(({ x, y, series }, i) => {
    const next = points[i + 1]
    const goesOn =
      next && next.series !== series && next.x > x && objectiveOf(series) !== objectiveOf(next.series)
    return goesOn ? [{ x, y, x2: next.x, y2: next.y }] : []
  })
  return {
    data: { values },
    mark: { type: 'rule' as const, color: 'var(--edge)', strokeDash: [3, 4] },
    encoding: { x2: { field: 'x2' }, y2: { field: 'y2' } },
  }
}

const bestLabel = ({ x, y }: Point) => ({
  data: { values: [{ x, y, text: short(y) }] },
  mark: {
    type: 'text' as const,
    dy: -11,
    dx: 4,
    align: 'right' as const,
    color: 'var(--ink)',
    fontSize: 12,
    fontWeight: 'bold' as const,
  },
  encoding: { text: { field: 'text', type: 'nominal' as const } },
})

function seriesColour(series: string, i: number): string {
  const objective = objectiveOf(series)
  if (objective) return colourOf(objective)
  if (series === 'baseline') return 'var(--soft)'
  return ['var(--scst)', 'var(--xe)', 'var(--third)', 'var(--fourth)'][i % 4]!
}

/** Objectives by their full names. */
const nameOf = (series: string) =>
  series.replace(/\bxe\b/, 'cross-entropy').replace(/\bscst\b/, 'self-critical')

const short = (value: number) => String(Number(value.toPrecision(4)))
