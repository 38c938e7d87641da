/** The first thing the page says: whether the last system is better than the first, and by how much. */
import { html, type Markup } from './html.js'
import {
  gainOver,
  objectiveOf,
  percent,
  scoreOf,
  signed,
  toneOf,
  type Gain,
  type Score,
  type System,
} from './systems.js'

/** @returns undefined where there is nothing to compare */
export function verdict(systems: readonly System[], baseline: System | undefined): Markup | undefined {
  const last = systems.at(-1)
  const other = systems.length > 1 ? systems[0] : baseline
  const metric = wanted.find((metric) => scoreOf(last, metric)?.score != null)
  const score = metric === undefined ? undefined : scoreOf(last, metric)
  if (!last || metric === undefined || score?.score == null) return undefined
  const gain = gainOver(score, scoreOf(other, metric))
  const compared = systems.length > 1 || !baseline ? systems : [baseline, ...systems]
  return html`<section class="verdict" aria-labelledby="verdict-title">
    <h2 id="verdict-title">
      ${gain && other ? answer(gain, last, other) : `${last.label}: ${metric} ${percent(score.score)}`}
    </h2>
    <div class="${compared.length > 1 ? 'beside' : ''}">
      <div>
        ${compared.length > 1 && race(compared, metric)}
        ${gain ? gainLine(gain, metric, score.n) : html`<p class="gain">${intervalOf(score)}</p>`}
      </div>
      <div>
        ${metric.startsWith('CIDEr') && html`<p class="note">${ciderNote}</p>`}
        ${isRecipe(systems) && html`<p class="note">${recipeNote}</p>`}
      </div>
    </div>
    ${tiles(last, other, metric)}
  </section>`
}

const ciderNote =
  'CIDEr-D measures how well a caption agrees with the captions that people wrote for the same image. Higher is better.'
const recipeNote =
  'Cross-entropy (XE) training teaches a model to repeat people’s captions word by word. Self-critical training (SCST) ' +
  'then lets it write whole captions and rewards those that score better than its others.'

const wanted = ['CIDEr-D', 'BLEU-4', 'METEOR', 'ROUGE-L', 'BLEU-1']
const shown = ['CIDEr-D', 'BLEU-4', 'BLEU-1', 'METEOR', 'ROUGE-L', 'SPICE']

const isRecipe = (systems: readonly System[]) =>
  systems.length > 1 &&
  objectiveOf(systems[0]!.label) === 'xe' &&
  objectiveOf(systems.at(-1)!.label) === 'scst'

function answer({ difference, significant }: Gain, last: System, other: System): string {
  const isScst = objectiveOf(last.label) === 'scst' && objectiveOf(other.label) === 'xe'
  if (significant === false)
    return isScst
      ? 'Self-critical training made no difference that can be told from chance.'
      : `${last.label} and ${other.label} do not differ by more than chance.`
  if (isScst && significant)
    return difference > 0
      ? 'Yes, self-critical training helped: captions agree better with people’s.'
      : 'Self-critical training made the captions worse.'
  if (difference === 0) return `${last.label} scores the same as ${other.label}.`
  return `${last.label} scores ${difference > 0 ? 'higher' : 'lower'} than ${other.label}.`
}

const gainLine = (gain: Gain, metric: string, images: number) =>
  html`<p class="gain">
    <b class="${toneOf(gain)}">${metric} ${signed(gain.difference)}</b> ${certainty(gain, images)}
  </p>`

const intervalOf = ({ n, ci }: Score) =>
  `on ${n.toLocaleString('en-US')} images${ci ? `, 95 % interval ${percent(ci[0])} to ${percent(ci[1])}` : ''}`

function certainty({ ci, significant }: Gain, images: number): string {
  const on = `${images.toLocaleString('en-US')} images`
  if (!ci) return `on ${on}; no interval (m2 score --against gives one)`
  const chance = significant ? '' : '; it includes 0, so this may be chance'
  return `on ${on}, 95 % interval ${signed(ci[0])} to ${signed(ci[1])}${chance}`
}

/** One bar for each system, from 0. */
function race(systems: readonly System[], metric: string): Markup {
  const rows = systems.flatMap((system) => {
    const score = scoreOf(system, metric)
    return score?.score == null ? [] : [{ system, value: score.score }]
  })
  const most = rows.reduce((most, { value }) => Math.max(most, value), 1e-9)
  const label = rows.map(({ system, value }) => `${system.label} ${percent(value)}`).join(', ')
  return html`<figure class="race" tabindex="0" role="group" aria-label="${metric}: ${label}">
    <figcaption>${metric}</figcaption>
    ${rows.map(
      ({ system: { label, colour }, value }) =>
        html`<div>
          <span class="who">${longName(label)}</span>
          <span
            class="bar"
            style="--of: ${((100 * Math.max(0, value)) / most).toFixed(1)}%; --own: ${colour}"
          ></span>
          <b>${percent(value)}</b>
        </div>`,
    )}
  </figure>`
}

const longName = (label: string) => {
  const objective = objectiveOf(label)
  if (label.toLowerCase() !== objective) return label
  return objective === 'xe' ? 'Cross-entropy (XE)' : 'Self-critical (SCST)'
}

/** The other scores of the last system, with their distance from the one it is compared with. */
function tiles(last: System, other: System | undefined, first: string): Markup | undefined {
  const scores = shown.flatMap((metric) => {
    if (metric === first) return [] // said above, with its interval
    const score = scoreOf(last, metric)
    return score?.score == null
      ? []
      : [{ metric, score: score.score, gain: gainOver(score, scoreOf(other, metric)) }]
  })
  if (scores.length === 0) return undefined
  return html`<dl class="tiles" aria-label="Scores of ${last.label}">
      ${scores.map(
        ({ metric, score, gain }) =>
          html`<div>
            <dt>${metric}</dt>
            <dd>
              ${percent(score)}
              ${gain && html`<small class="${toneOf(gain)}">${signed(gain.difference)}</small>`}
            </dd>
          </div>`,
      )}
    </dl>
    ${other && html`<p class="note">Other scores of ${last.label} and their distance from ${other.label}, grey where it may be chance.</p>`}`
}
