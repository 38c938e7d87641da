/** The table and chart of scores. */
import type { TopLevelSpec } from 'vega-lite'
import { keyOf } from '../metrics/compare.js'
import { chart } from './chart.js'
import { html, type Markup } from './html.js'
import { gainOver, percent, scoreOf, signed, toneOf, type Gain, type Score, type System } from './systems.js'

/** Scores of all systems with their intervals, and how far the last one is from the first, or from a baseline. */
export async function scoresSection(
  systems: readonly System[],
  baseline: System | undefined,
): Promise<Markup> {
  const all = baseline ? [...systems, baseline] : systems
  const metrics = [
    ...new Set((systems.length > 0 ? systems : all).flatMap(({ scores }) => scores.map(keyOf))),
  ]
  const last = systems.at(-1)
  const other = systems.length > 1 ? systems[0] : baseline
  const compares = last !== undefined && other !== undefined
  return html`<section id="scores" aria-labelledby="scores-title">
    <h2 id="scores-title">Scores</h2>
    <div class="beside">
      <div class="table" tabindex="0" role="region" aria-label="Table of scores">
        <table>
          <thead>
            <tr>
              <th scope="col">Metric</th>
              ${systems.map(({ label }) => html`<th scope="col" class="number">${label}</th>`)}
              ${compares && html`<th scope="col" class="number">${last.label} − ${other.label}</th>`}
              ${baseline && html`<th scope="col" class="number soft">${baseline.label}</th>`}
            </tr>
          </thead>
          <tbody>
            ${metrics.map(
              (metric) =>
                html`<tr>
                  <th scope="row" class="metric">${metric}</th>
                  ${systems.map((system) => html`<td class="number">${scoreCell(scoreOf(system, metric))}</td>`)}
                  ${compares && html`<td class="number">${gainCell(gainOver(scoreOf(last, metric), scoreOf(other, metric)))}</td>`}
                  ${baseline && html`<td class="number soft">${scoreCell(scoreOf(baseline, metric))}</td>`}
                </tr>`,
            )}
          </tbody>
        </table>
      </div>
      ${metrics.length > 0 && (await drawScores(systems.length > 0 ? systems : all, metrics))}
    </div>
    <p class="note">
      Times a
      hundred.${all.some(({ scores }) => scores.some(({ ci }) => ci)) && ' Small numbers are 95 % bootstrap intervals.'}
      ${compares && ' A difference is grey where it may be chance, or where its interval is not known.'}
    </p>
  </section>`
}

function scoreCell(score: Score | undefined): Markup {
  if (!score || score.score === null) return html`<span class="soft">–</span>`
  const { ci } = score
  return html`${percent(score.score)}${ci && html`<small>${percent(ci[0])} to ${percent(ci[1])}</small>`}`
}

function gainCell(gain: Gain | undefined): Markup {
  if (!gain) return html`<span class="soft">–</span>`
  const { ci, difference } = gain
  return html`<span class="${toneOf(gain)}">${signed(difference)}</span
    >${ci && html`<small>${signed(ci[0])} to ${signed(ci[1])}</small>`}`
}

function drawScores(systems: readonly System[], metrics: readonly string[]): Promise<Markup> {
  const values = systems.flatMap((system) =>
    metrics.flatMap((metric) => {
      const score = scoreOf(system, metric)
      if (score?.score == null) return []
      const [low, high] = score.ci ?? [score.score, score.score]
      return [{ metric, system: system.label, score: 100 * score.score, low: 100 * low, high: 100 * high }]
    }),
  )
  const labels = systems.map(({ label }) => label)
  const spec: TopLevelSpec = {
    width: 290,
    height: { step: Math.max(12, 30 / labels.length) },
    data: { values },
    encoding: {
      y: {
        field: 'metric',
        type: 'nominal',
        sort: [...metrics],
        axis: { title: null, labelColor: 'var(--ink)' },
      },
      yOffset: { field: 'system', type: 'nominal', sort: labels },
      color: {
        field: 'system',
        type: 'nominal',
        scale: { domain: labels, range: systems.map(({ colour }) => colour) },
        ...(labels.length > 1 ? {} : { legend: null }),
      },
    },
    layer: [
      {
        mark: { type: 'rule', strokeWidth: 5, strokeCap: 'round', opacity: 0.3 },
        encoding: {
          x: { field: 'low', type: 'quantitative', axis: { title: null, grid: true, domain: false } },
          x2: { field: 'high' },
        },
      },
      {
        mark: { type: 'point', filled: true, size: 46, opacity: 1 },
        encoding: { x: { field: 'score', type: 'quantitative' } },
      },
    ],
  }
  const label = values
    .map(({ system, metric, score }) => `${metric} of ${system} ${score.toFixed(1)}`)
    .join(', ')
  return chart({ title: 'Scores side by side', label }, spec)
}
