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
 * page's script. As many captions as possible are there as text; what room is left goes to regions and pictures.
 */
export async function gallery(all: readonly Ranked[], options: GalleryOptions): Promise<Gallery> {
  const { metric, show, room } = options
  const ranked = all.some(({ score }) => score !== undefined)
  const { made, ...counts } = await fill(inPriority(all, ranked), options, room)
  const inOrder = (cards: readonly Made[]) =>
    [...cards].sort((a, b) => a.at - b.at).map(({ markup }) => markup)
  const first = inOrder(made.slice(0, show))
  const rest = inOrder(made.slice(show))
  const content = html`<section id="captions" aria-labelledby="captions-title">
    <h2 id="captions-title">Captions</h2>
    ${counts.explained > 0 && html`<p class="note on-screen">${howToRead(all)}</p>`}
    ${made.length > 1 && controls(all, { metric, ranked })}
    <div class="cards" id="cards">${first}</div>
    ${
      rest.length > 0 &&
      html`<template id="more-cards">${rest}</template>
        <p class="more"><button type="button" id="more" hidden>Show more</button></p>`
    }
    ${made.length < all.length && html`<p class="note">This page has room for ${count(made.length)} of ${count(all.length)} captions; with a larger --page-limit it holds more.</p>`}
  </section>`
  return { content, ...counts }
}

/** A caption in line for the page. */
interface Waiting {
  readonly ranked: Ranked
  /** Its place among the cards. */
  readonly at: number
  readonly keys: CardOptions['keys']
}

interface Made {
  readonly at: number
  readonly markup: Markup
}

function inPriority(all: readonly Ranked[], scored: boolean): Waiting[] {
  const sorted = scored ? bestFirst(all) : all
  const positions = new Map(all.map((ranked, i) => [ranked, i]))
  return (scored ? spreadOrder(all.length) : all.map((_, i) => i)).map((at, order) => {
    const ranked = sorted[at]! // an order of the positions there are
    const other = ranked.others?.[0]?.score
    const gain = ranked.score !== undefined && other !== undefined ? ranked.score - other : undefined
    return { ranked, at, keys: { order, score: ranked.score, gain, at: positions.get(ranked) } }
  })
}

async function fill(waiting: readonly Waiting[], options: GalleryOptions, room: number) {
  const { label, metric, photographs } = options
  const draw = ({ ranked, keys }: Waiting, photograph: Photograph | undefined, explained: boolean) =>
    card(ranked, { label, metric, photograph, explained, keys })
  const sizeOf = ({ markup }: Markup) => Buffer.byteLength(markup)

  const made: Made[] = []
  let left = room
  for (const one of waiting) {
    const markup = draw(one, undefined, false)
    left -= sizeOf(markup)
    if (left < 0.3 * room && made.length >= options.show) break
    made.push({ at: one.at, markup })
  }
  const counts = { cards: made.length, pictures: 0, explained: 0 }
  let hasRoom = photographs !== undefined // for another picture
  for (const [i, { at, markup: plain }] of made.entries()) {
    const one = waiting[i]! // made in their order
    const explained = one.ranked.prediction.attributions !== undefined
    const photograph = hasRoom ? await photographs?.embed(one.ranked.prediction) : undefined
    const richer = photograph ? [draw(one, photograph, explained)] : []
    if (explained) richer.push(draw(one, undefined, true))
    const fits = richer.find((markup) => sizeOf(markup) - sizeOf(plain) <= left)
    if (photograph && fits !== richer[0]) hasRoom = false
    if (!fits) continue
    left -= sizeOf(fits) - sizeOf(plain)
    made[i] = { at, markup: fits }
    counts.explained += Number(explained)
    counts.pictures += Number(photograph !== undefined && fits === richer[0])
  }
  return { made, ...counts }
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
