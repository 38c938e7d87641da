/** The regions of one image as boxes over its picture. */
import { round, type WordRegions } from './attention.js'
import { html, type Markup } from './html.js'
import type { Photograph } from './photographs.js'
import type { Box, Prediction } from './prediction.js'

/** A figure, and what the page's script lights up in it for each word. */
export interface RegionFigure {
  readonly figure: Markup
  /** By word: its regions as [box, part] or [box, part, label, x, y], and its regions in words. */
  readonly words: readonly (readonly [lit: readonly (readonly (number | string)[])[], text: string])[]
}

/**
 * The regions of an image as boxes: over its picture, or on an empty canvas of its size. Without boxes and picture the
 * regions stand in rows, in their order. Only boxes that count for
 * some word are drawn.
 */
export function regionFigure(
  prediction: Prediction,
  photograph: Photograph | undefined,
  words: readonly WordRegions[],
): RegionFigure {
  const { attributions, image_id } = prediction
  const count = (attributions?.words ?? []).reduce((most, { regions }) => Math.max(most, regions.length), 0)
  const boxes = prediction.boxes && prediction.boxes.length >= count ? prediction.boxes : undefined
  const placed = boxes ?? (photograph ? [] : gridOf(count))
  const [width, height] = sizeOf(prediction, photograph, boxes, count)
  const isGrid = !boxes && !photograph
  const shown = words.map(({ lit, text }) => ({
    text,
    lit: isGrid ? lit : lit.filter(({ label }) => label !== undefined),
  }))
  const used = isGrid
    ? placed.map((_, i) => i)
    : [...new Set(shown.flatMap(({ lit }) => lit.map(({ region }) => region)))].sort((a, b) => a - b)
  const em = 0.046 * Math.max(width, 0.8 * height) // the same size in every card
  const kind = photograph ? 'photograph' : isGrid ? 'grid' : ''
  const figure = html`<svg
    class="regions ${kind}"
    viewBox="0 0 ${round(width, 1)} ${round(height, 1)}"
    role="img"
    tabindex="0"
    aria-label="${photograph ? `Image ${image_id}` : `Regions of image ${image_id}`}"
    style="font-size: ${round(em, 1)}px"
  >
    ${photograph && html`<image href="${photograph.uri}" width="${round(width, 1)}" height="${round(height, 1)}" preserveAspectRatio="none" />`}
    ${used.map((region) => rectangle(placed[region]))}
  </svg>`
  return {
    figure,
    words: shown.map(({ lit, text }) => {
      const taken: Area[] = []
      return [
        lit.flatMap(({ region, part, label }) => {
          const at = used.indexOf(region)
          const box = placed[region]
          if (at < 0 || !box) return []
          if (label === undefined || isGrid) return [[at, part]]
          const [x, y] = placeLabel({ label, box, em, width, height }, taken)
          return [[at, part, label, x, y]]
        }),
        text,
      ]
    }),
  }
}

const rectangle = (box: Box | undefined) => {
  if (!box) return undefined
  const [x1, y1, x2, y2] = box
  return html`<rect
    class="region"
    x="${round(x1, 1)}"
    y="${round(y1, 1)}"
    width="${round(Math.max(0, x2 - x1), 1)}"
    height="${round(Math.max(0, y2 - y1), 1)}"
  />`
}

type Area = readonly [x1: number, y1: number, x2: number, y2: number]

interface Label {
  readonly label: string
  readonly box: Box
  readonly em: number
  readonly width: number
  readonly height: number
}

/** The start of a label's baseline: over the upper left corner of its box, further down where another label is. */
function placeLabel({ label, box: [x1, y1], em, width, height }: Label, taken: Area[]): [number, number] {
  const wide = 0.62 * em * label.length
  const x = Math.min(Math.max(x1, 0) + 0.3 * em, Math.max(0, width - wide - 0.3 * em))
  const top = Math.min(Math.max(y1 - 1.4 * em, 0), height - 1.4 * em)
  const hits = (y: number) => taken.some(([a, b, c, d]) => x < c && x + wide > a && y < d && y + 1.3 * em > b)
  let y = top
  while (hits(y) && y + 2.6 * em < height) y += 0.65 * em
  taken.push([x, y, x + wide, y + 1.3 * em])
  return [round(x, 1), round(y + 1.1 * em, 1)]
}

/** The image's own size; else its picture's, else as far as its boxes reach. */
function sizeOf(
  { width, height }: Prediction,
  photograph: Photograph | undefined,
  boxes: readonly Box[] | undefined,
  count: number,
): [number, number] {
  if (width !== undefined && height !== undefined && (boxes || photograph)) return [width, height]
  if (photograph) return [photograph.width, photograph.height]
  const reach = (side: 2 | 3) => (boxes ?? []).reduce((most, box) => Math.max(most, box[side]), 1e-3)
  return boxes ? [reach(2), reach(3)] : [perRow * cell, Math.ceil(count / perRow) * cell]
}

const perRow = 10
const cell = 10

const gridOf = (count: number): Box[] =>
  Array.from({ length: count }, (_, i): Box => {
    const [x, y] = [(i % perRow) * cell, Math.floor(i / perRow) * cell]
    return [x + 1, y + 1, x + cell - 1, y + cell - 1]
  })
