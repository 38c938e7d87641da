/** The training curves of the page. */
import type { TopLevelSpec } from 'vega-lite'
import { chart } from './chart.js'
import { html, raw, type Markup } from './html.js'
import { thinned, type Curve, type Point } from './training-log.js'

/** How training went: a small chart for every number that it wrote down, those that decide first. */
export async function trainingSection(curves: readonly Curve[]): Promise<Markup> {
  const arranged = arrange(curves)
  const known = arranged.filter(({ field }) => field in titles)
  const others = arranged.filter(({ field }) => !(field in titles))
  return html`<section id="training" aria-labelledby="training-title">
    <h2 id="training-title">Training</h2>
    <div class="charts">${await Promise.all(known.map(drawCurve))}</div>
    ${
      others.length > 0 &&
      html`<details ${raw(known.length > 0 ? '' : 'open')}>
        <summary>Everything else that was logged</summary>
        <div class="charts">${await Promise.all(others.map(drawCurve))}</div>
      </details>`
    }
  </section>`
}

/** Names of fields in words; the order is that of the page, and any other field comes after. */
const titles: Readonly<Record<string, string>> = {
  'CIDEr-D': 'CIDEr-D',
  'BLEU-4': 'BLEU-4',
  METEOR: 'METEOR',
  'ROUGE-L': 'ROUGE-L',
  'BLEU-1': 'BLEU-1',
  loss: 'Loss',
  val_loss: 'Loss on validation images',
  reward: 'Reward',
  rate: 'Learning rate',
  gradient_norm: 'Norm of the gradient',
}
const order = Object.keys(titles)

/** The reward and what it is compared with belong into one chart; where they are the same, one line will do. */
function arrange(curves: readonly Curve[]): Curve[] {
  const ofSteps = (name: string) => curves.find(({ field, by }) => field === name && by === 'step')
  const [reward, baseline] = [ofSteps('reward'), ofSteps('baseline')]
  const rank = ({ field }: Curve) => (order.includes(field) ? order.indexOf(field) : order.length)
  const others = curves.filter((curve) => !(reward && baseline && [reward, baseline].includes(curve)))
  if (reward && baseline) others.push({ ...reward, points: together(reward.points, baseline.points) })
  return others.sort((a, b) => rank(a) - rank(b))
}

const together = (reward: readonly Point[], baseline: readonly Point[]) =>
  reward.every(({ y }, i) => Math.abs(y - (baseline[i]?.y ?? Infinity)) < 1e-6)
    ? reward
    : [...named(reward, 'reward'), ...named(baseline, 'baseline')]

const named = (points: readonly Point[], series: string) => points.map((point) => ({ ...point, series }))

async function drawCurve({ field, by, points }: Curve): Promise<Markup> {
  const series = [...new Set(points.map((point) => point.series))]
  const loss = field === 'loss' && series.length === 1 && series[0] ? `, ${nameOf(series[0])}` : ''
  const title = `${titles[field] ?? field.replaceAll('_', ' ')}${loss}${by === 'epoch' ? ' by epoch' : ''}`
  const [first, last] = [points[0]!, points.at(-1)!]
  const best = by === 'epoch' && scores.test(field) ? points.reduce((a, b) => (b.y > a.y ? b : a)) : undefined
  const label = `${title}: from ${short(first.y)} at ${by} ${first.x} to ${short(last.y)} at ${by} ${last.x}${
    best ? `, at best ${short(best.y)} at epoch ${best.x}` : ''
  }`
  return chart({ title, label }, specOf(thinned(points, 240), series, by, best))
}

const scores = /^(CIDEr|BLEU|METEOR|ROUGE|SPICE)/

function specOf(
  points: readonly Point[],
  series: readonly string[],
  by: Curve['by'],
  best: Point | undefined,
): TopLevelSpec {
  const values = points.map(({ x, y, series }) => ({ x, y, series: nameOf(series) }))
  const many = series.length > 1
  return {
    width: 380,
    height: 210,
    autosize: { type: 'fit', contains: 'padding' },
    data: { values },
    encoding: {
      x: {
        field: 'x',
        type: 'quantitative',
        axis: { title: by, tickCount: 5, format: by === 'step' ? '~s' : 'd' },
        scale: { zero: false, nice: false },
      },
      y: {
        field: 'y',
        type: 'quantitative',
        axis: { title: null, tickCount: 4, format: '~g' },
        scale: { zero: false },
      },
    },
    layer: [
      {
        mark: {
          type: 'line',
          strokeWidth: by === 'epoch' ? 2 : 1.5,
          interpolate: 'monotone',
          strokeCap: 'round',
          ...(by === 'epoch' && {
            point: { size: 22, filled: true, ...(!many && { color: 'var(--first)' }) },
          }),
          ...(!many && { color: 'var(--first)' }),
        },
        ...(many && {
          encoding: {
            color: {
              field: 'series',
              type: 'nominal' as const,
              scale: { domain: series.map(nameOf) },
              legend: {},
            },
          },
        }),
      },
      ...(best
        ? [
            {
              data: { values: [{ x: best.x, y: best.y, text: short(best.y) }] },
              mark: { type: 'point' as const, size: 90, color: 'var(--ink)', strokeWidth: 1.5 },
            },
            {
              data: { values: [{ x: best.x, y: best.y, text: short(best.y) }] },
              mark: {
                type: 'text' as const,
                dy: 16,
                align: 'right' as const,
                color: 'var(--ink)',
                fontSize: 11.5,
                fontWeight: 'bold' as const,
              },
              encoding: { text: { field: 'text', type: 'nominal' as const } },
            },
          ]
        : []),
    ],
  }
}

/** Objectives go by their full names. */
const nameOf = (series: string) =>
  series.replace(/\bxe\b/, 'cross-entropy').replace(/\bscst\b/, 'self-critical')

const short = (value: number) => String(Number(value.toPrecision(4)))
