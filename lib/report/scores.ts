/** The table and chart of scores. */
import type { TopLevelSpec } from 'vega-lite'
import * as z from 'zod'
import { readRecordFile } from '../formats/jsonl.js'
import { keyOf, scoreRecord } from '../metrics/compare.js'
import { chart, seriesColours } from './chart.js'
import { html, type Markup } from './html.js'

const reported = scoreRecord.extend({ ci: z.tuple([z.number(), z.number()]).optional() })
export type Score = z.infer<typeof reported>

/** The scores of one system. */
export interface System {
  readonly label: string
  readonly scores: readonly Score[]
}

/** Reads what `m2 score` prints. @throws DataError naming the line that is no score */
export async function readScores(label: string, file: string): Promise<System> {
  const scores: Score[] = []
  for await (const [score] of readRecordFile(file, reported)) scores.push(score)
  return { label, scores }
}

/** A score as the field writes it: times a hundred, one digit. */
export const percent = (score: number) => (100 * score).toFixed(1)

/** Scores of all systems, with their intervals, and how far they are from a baseline. */
export async function scoresSection(
  systems: readonly System[],
  baseline: System | undefined,
): Promise<Markup> {
  const all = baseline ? [...systems, baseline] : systems
  const metrics = [
    ...new Set((systems.length > 0 ? systems : all).flatMap(({ scores }) => scores.map(keyOf))),
  ]
  const scoreOf = (system: System, metric: string) => system.scores.find((score) => keyOf(score) === metric)
  const signatures = [...new Set(systems.flatMap(({ scores }) => scores.map(({ signature }) => signature)))]
  return html`<section id="scores" aria-labelledby="scores-title">
    <h2 id="scores-title">Scores</h2>
    <div class="beside">
      <div class="table" tabindex="0" role="region" aria-label="Table of scores">
        <table>
          <thead>
            <tr>
              <th scope="col">Metric</th>
              ${systems.map(({ label }) => html`<th scope="col" class="number">${label}</th>`)}
              ${baseline && html`<th scope="col" class="number">${baseline.label}</th>`}
              ${baseline && systems.length > 0 && html`<th scope="col" class="number">Difference</th>`}
            </tr>
          </thead>
          <tbody>
            ${metrics.map((metric) => {
              const base = baseline && scoreOf(baseline, metric)
              const last = systems.length > 0 ? scoreOf(systems.at(-1)!, metric) : undefined
              return html`<tr>
                <th scope="row">${metric}</th>
                ${systems.map((system) => html`<td class="number">${scoreCell(scoreOf(system, metric))}</td>`)}
                ${baseline && html`<td class="number">${scoreCell(base)}</td>`}
                ${baseline && systems.length > 0 && html`<td class="number">${differenceCell(last, base)}</td>`}
              </tr>`
            })}
          </tbody>
        </table>
      </div>
      ${metrics.length > 0 && (await drawScores(systems, baseline, metrics, scoreOf))}
    </div>
    <p class="note">
      Times a hundred.${hasIntervals(systems) && ' Below a score, its 95 % bootstrap interval.'}
      ${
        baseline &&
        systems.length > 1 &&
        `The difference is that of ${systems.at(-1)!.label} from ${baseline.label}.`
      }
    </p>
    ${
      signatures.length > 0 &&
      html`<details>
        <summary>How they were computed</summary>
        <ul class="signatures">
          ${signatures.map((signature) => html`<li><code>${signature}</code></li>`)}
        </ul>
      </details>`
    }
  </section>`
}

const hasIntervals = (systems: readonly System[]) => systems.some(({ scores }) => scores.some(({ ci }) => ci))

function scoreCell(score: Score | undefined): Markup {
  if (!score || score.score === null) return html`<span class="soft">–</span>`
  const { ci } = score
  return html`${percent(score.score)}${ci && html`<small>${percent(ci[0])} – ${percent(ci[1])}</small>`}`
}

function differenceCell(score: Score | undefined, baseline: Score | undefined): Markup {
  if (score?.score == null || baseline?.score == null) return html`<span class="soft">–</span>`
  const difference = score.score - baseline.score
  const text = `${difference < 0 ? '−' : '+'}${percent(Math.abs(difference))}`
  return html`<span class="${difference < 0 ? 'bad' : 'good'}">${text}</span>`
}

function drawScores(
  compared: readonly System[],
  baseline: System | undefined,
  metrics: readonly string[],
  scoreOf: (system: System, metric: string) => Score | undefined,
): Promise<Markup> {
  const systems = baseline ? [...compared, baseline] : compared
  const colours = compared.map((_, i) => seriesColours[i % seriesColours.length]!)
  if (baseline) colours.push('var(--soft)')
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
        scale: { domain: labels, range: colours },
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
