/** One caption as a card: the picture with its regions, the caption, those of other models, and what people wrote. */
import { wordRegions, type WordRegions } from './attention.js'
import { clean, html, raw, type Markup } from './html.js'
import type { Photograph } from './photographs.js'
import { referencesOf, type Ranked } from './prediction.js'
import { regionFigure } from './region-figure.js'

export interface CardOptions {
  /** The name of the model whose captions these are, shown where there are captions of others. */
  readonly label: string
  /** The name of the score. */
  readonly metric: string
  readonly photograph: Photograph | undefined
  /** Whether words show their regions. */
  readonly explained: boolean
  /** Attributes that the page's script sorts by. */
  readonly keys: Readonly<Record<string, number | undefined>>
}

export function card(ranked: Ranked, options: CardOptions): Markup {
  const { prediction, score, others = [] } = ranked
  const { label, metric, photograph, explained, keys } = options
  const { attributions, caption, image_id, log_prob } = prediction
  const words = explained && attributions ? wordRegions(attributions, ranked.classes) : []
  const looks = photograph !== undefined || words.some(({ lit }) => lit.length > 0)
  const drawn = looks ? regionFigure(prediction, photograph, words) : undefined
  const references = referencesOf(prediction)
  const data =
    words.length > 0 && drawn
      ? html`${raw(dataAttribute('words', drawn.words))}
        data-peak="${startOf(words, attributions?.words ?? [])}"`
      : undefined
  return html`<article
    class="card"
    ${data}
    ${Object.entries(keys).map(([name, value]) => value !== undefined && html` data-${raw(name)}="${Number(value.toPrecision(5))}"`)}
  >
    ${drawn?.figure}
    <div class="said">
      ${others.length > 0 && badge(label, metric, score)}
      ${words.length > 0 && attributions ? toolbar(attributions.words.map(({ word }) => word)) : html`<p class="caption">${caption}</p>`}
      ${data && html`<p class="seen" aria-live="polite"></p>`}
      ${others.map(
        (other) =>
          html`<div class="other">
            ${badge(other.label, metric, other.score)}
            <p>${other.caption}</p>
          </div>`,
      )}
      ${references.length > 0 && people(references)}
      <p class="facts">
        <span>image ${image_id}</span>
        ${others.length === 0 && score !== undefined && html`<span>${metric} <b>${(100 * score).toFixed(0)}</b></span>`}
        ${log_prob !== undefined && html`<span>log-probability ${log_prob.toFixed(1).replace('-', '−')}</span>`}
      </p>
    </div>
  </article>`
}

const badge = (label: string, metric: string, score: number | undefined) =>
  html`<p class="badge">
    <b>${label}</b>${score !== undefined && html` <span>${metric} ${(100 * score).toFixed(0)}</span>`}
  </p>`

/** The word shown first: one that is the name of the region that it owes most to, else the one that owes most to one. */
function startOf(shown: readonly WordRegions[], words: readonly { readonly word: string }[]): number {
  const peak = (candidates: readonly number[]) =>
    candidates.reduce((best, i) => (shown[i]!.peak > shown[best]!.peak ? i : best), candidates[0] ?? 0)
  const all = shown.map((_, i) => i)
  const named = all.filter((i) => words[i] && shown[i]?.lit[0]?.label?.startsWith(`${words[i].word} `))
  return peak(named.length > 0 ? named : all)
}

/** People's captions: two of them, and the others folded. */
function people(references: readonly string[]): Markup {
  const list = (some: readonly string[]) =>
    html`<ul>
      ${some.map((text) => html`<li>${text}</li>`)}
    </ul>`
  const [first, rest] = [references.slice(0, 2), references.slice(2)]
  return html`<div class="people">
    <p class="badge">People wrote</p>
    ${list(first)}${
      rest.length > 0 &&
      html`<details>
        <summary>${rest.length} more</summary>
        ${list(rest)}
      </details>`
    }
  </div>`
}

/** The words, inline, so that copied text keeps its blanks. The page's script makes buttons of them. */
const toolbar = (words: readonly string[]): Markup =>
  html`<p class="caption">${words.map((word, i) => html`${i > 0 && ' '}<span>${word}</span>`)}</p>`

/** JSON in an attribute with single quotes, which leaves its many double ones as they are. */
const dataAttribute = (name: string, value: unknown) =>
  `data-${name}='${clean(JSON.stringify(value)).replace(/[&<>']/g, (character) => `&#${character.charCodeAt(0)};`)}'`
