/** The captions of the page: cards with the picture, the words and what people say. */
import { html, type Markup } from './html.js'
import type { Photographs } from './photographs.js'
import { referencesOf, type CaptionGroup, type Prediction, type Ranked } from './prediction.js'
import { regionFigure } from './region-figure.js'

export interface CaptionsOptions {
  /** What the score of a caption is called. */
  readonly metric: string
  readonly photographs?: Photographs | undefined
}

/** Groups of captions, such as the best, with what people say, and the regions that each word comes from. */
export async function captionsSection(
  groups: readonly CaptionGroup[],
  options: CaptionsOptions,
): Promise<Markup> {
  const explained = groups.flatMap(([, chosen]) =>
    chosen.flatMap(({ prediction: { attributions } }) => attributions ?? []),
  )
  const ranked = groups.some(([, chosen]) => chosen.some(({ score }) => score !== undefined))
  return html`<section id="captions" aria-labelledby="captions-title">
    <h2 id="captions-title">Captions</h2>
    ${explained.length > 0 && html`<p class="note">${howToRead(explained[0]!.method)}</p>`}
    ${ranked && html`<p class="note">Ranked by ${options.metric}, times a hundred, of each image.</p>`}
    ${await inOrder(
      groups,
      async ([title, chosen]) =>
        html`<h3>${title}</h3>
          <div class="cards">${await inOrder(chosen, (ranked) => card(ranked, options))}</div>`,
    )}
  </section>`
}

/** One after the other, so that no more than one photograph is being read. */
async function inOrder<T>(items: readonly T[], work: (item: T) => Promise<Markup>): Promise<Markup[]> {
  const made: Markup[] = []
  for (const item of items) made.push(await work(item))
  return made
}

const howToRead = (method: string) =>
  'Point at a word, or tab to it and use the arrow keys, to see the regions it comes from; a click holds it. ' +
  (method === 'gradients'
    ? 'Numbers are integrated gradients: what a region adds to the log-probability of the word; dashed, what it takes away.'
    : 'Numbers are the share of the cross-attention that a region has while the model chooses the word.')

async function card(
  { prediction, score }: Ranked,
  { photographs, metric }: CaptionsOptions,
): Promise<Markup> {
  const { attributions, image_id, log_prob, caption } = prediction
  const photograph = await photographs?.embed(prediction)
  const references = referencesOf(prediction)
  return html`<article class="card" ${attributions && weightsOf(attributions)}>
    ${(photograph || attributions?.words.some(({ regions }) => regions.length > 0)) && regionFigure(prediction, photograph)}
    <div class="said">
      ${attributions ? wordButtons(attributions.words) : html`<p class="caption">${caption}</p>`}
      ${attributions && html`<p class="seen" aria-live="polite"></p>`}
      <p class="facts">
        <span>image ${image_id}</span>
        ${score !== undefined && html`<span>${metric} <b>${(100 * score).toFixed(0)}</b></span>`}
        ${log_prob !== undefined && html`<span>log-probability ${log_prob.toFixed(1).replace('-', '−')}</span>`}
      </p>
      ${
        references.length > 0 &&
        html`<ul class="references" aria-label="References">
          ${references.map((reference) => html`<li>${reference}</li>`)}
        </ul>`
      }
    </div>
  </article>`
}

/** A toolbar: one stop of the tab key, arrow keys within. */
function wordButtons(words: NonNullable<Prediction['attributions']>['words']): Markup {
  return html`<div
    class="caption"
    role="toolbar"
    aria-label="Words of the caption: ${words.map(({ word }) => word).join(' ')}"
  >
    ${words.map(
      ({ word }, i) =>
        html`<button type="button" aria-pressed="false" tabindex="${i === 0 ? 0 : -1}">${word}</button>`,
    )}
  </div>`
}

/** What the page's script reads. */
const weightsOf = ({ method, words }: NonNullable<Prediction['attributions']>) =>
  html`data-method="${method}"
  data-weights="${JSON.stringify(words.map(({ regions }) => regions.map(rounded)))}"`

/** Three digits are enough to draw. */
const rounded = (value: number) => Number(value.toPrecision(3))
