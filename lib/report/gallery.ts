/** The captions of the page: cards to look at, search and sort, as many as the page has room for. */
import { card, type CardOptions } from './card.js'
import { html, type Markup } from './html.js'
import type { Photograph, Photographs } from './photographs.js'
import { bestFirst, spreadOrder, type Ranked } from './prediction.js'

export interface GalleryOptions extends Pick<CardOptions, 'label' | 'metric'> {
  readonly photographs?: Photographs | undefined
  /** Cards that are shown at first. */
  readonly show: number
  /** Bytes that all cards may take together. */
  readonly room: number
}

/** The section, and how much of what was given is in it. */
export interface Gallery {
  readonly content: Markup
  readonly cards: number
  readonly pictures: number
  readonly explained: number
}

/**
 * Cards, those shown at first spread evenly from the best caption to the worst; the others wait in a template for the
 * page's script. Where room runs out, cards first go without pictures, then without regions, and the last are left out.
 */
export async function gallery(all: readonly Ranked[], options: GalleryOptions): Promise<Gallery> {
  const { label, metric, photographs, show, room } = options
  const sorted = bestFirst(all)
  const priority = all.some(({ score }) => score !== undefined)
    ? spreadOrder(sorted.length)
    : sorted.map((_, i) => i)
  const positions = new Map(all.map((ranked, i) => [ranked, i]))
  const budget = { pictures: 0.66 * room, regions: 0.4 * room, all: room }
  const made: { at: number; markup: Markup }[] = []
  const counts = { pictures: 0, explained: 0 }
  for (const [order, at] of priority.entries()) {
    const ranked = sorted[at]! // an order of the positions there are
    const { prediction, score, others = [] } = ranked
    const gain = score !== undefined && others[0]?.score !== undefined ? score - others[0].score : undefined
    const keys = { order, score, gain, at: positions.get(ranked) }
    const photograph = budget.pictures > 0 ? await photographs?.embed(prediction) : undefined
    const explained = prediction.attributions !== undefined && budget.regions > 0
    const draw = (photograph: Photograph | undefined, explained: boolean) =>
      card(ranked, { label, metric, photograph, explained, keys })
    let markup = draw(photograph, explained)
    const fits = Buffer.byteLength(markup.markup) <= budget.all
    if (!fits) markup = draw(undefined, false)
    const size = Buffer.byteLength(markup.markup)
    if (size > budget.all && made.length > 0) break
    budget.all -= size
    if (fits) {
      const picture = photograph?.uri.length ?? 0
      budget.pictures -= picture
      if (explained) budget.regions -= size - picture
      counts.pictures += Number(photograph !== undefined)
      counts.explained += Number(explained)
    }
    made.push({ at, markup })
  }
  const inOrder = (cards: typeof made) => cards.sort((a, b) => a.at - b.at).map(({ markup }) => markup)
  const first = inOrder(made.slice(0, show))
  const rest = inOrder(made.slice(show))
  const ranked = all.some(({ score }) => score !== undefined)
  const content = html`<section id="captions" aria-labelledby="captions-title">
    <h2 id="captions-title">Captions</h2>
    ${counts.explained > 0 && html`<p class="note">${howToRead(all)}</p>`}
    ${made.length > 1 && controls(all, { metric, ranked })}
    <div class="cards" id="cards">${first}</div>
    ${
      rest.length > 0 &&
      html`<template id="more-cards">${rest}</template>
        <p class="more"><button type="button" id="more" hidden>Show more</button></p>`
    }
    ${made.length < all.length && html`<p class="note">This page has room for ${count(made.length)} of ${count(all.length)} captions; with a larger --page-limit it holds more.</p>`}
  </section>`
  return { content, cards: made.length, ...counts }
}

const count = (value: number) => value.toLocaleString('en-US')

const howToRead = (all: readonly Ranked[]) =>
  'The words are what the model wrote. Point at a word or tap it to see the regions of the image that it comes from' +
  (all.find(({ prediction }) => prediction.attributions)?.prediction.attributions?.method === 'gradients'
    ? '; numbers are integrated gradients: what a region adds to the log-probability of the word (dashed: what it takes away).'
    : ', and the share of the model’s attention that each of them has. By keyboard: tab to the words, then use the arrow keys.')

/** Search and order; hidden unless the page's script runs. */
function controls(all: readonly Ranked[], { metric, ranked }: { metric: string; ranked: boolean }): Markup {
  const other = all.find(({ others }) => others?.some(({ score }) => score !== undefined))?.others?.[0]?.label
  const orders: readonly (readonly [value: string, name: string])[] = [
    ...(ranked
      ? ([
          ['spread', 'A sample, from best to worst'],
          ['best', `Best ${metric} first`],
          ['worst', `Worst ${metric} first`],
        ] as const)
      : []),
    ...(ranked && other !== undefined
      ? ([
          ['gained', `Most gained over ${other}`],
          ['lost', `Most lost against ${other}`],
        ] as const)
      : []),
    ['file', 'In the order of the records'],
  ]
  return html`<form class="controls" id="controls" role="search" hidden>
    <label
      >Search <input type="search" id="query" placeholder="dog, red, on a bench …" autocomplete="off"
    /></label>
    <label
      >Show
      <select id="order">
        ${orders.map(([value, name]) => html`<option value="${value}">${name}</option>`)}
      </select></label
    >
    <output id="found" for="query order"></output>
  </form>`
}
