/** The regions of one image as boxes over its picture. */
import type { RegionBox } from '../features/boxes.js'
import { html, type Markup } from './html.js'
import type { Photograph } from './photographs.js'
import type { Prediction } from './prediction.js'

/**
 * The regions of an image as boxes: over its photograph, or on an empty canvas of its size. Without boxes the regions
 * stand in rows, in their order. The script of the page lights them up, word by word.
 */
export function regionFigure(prediction: Prediction, photograph: Photograph | undefined): Markup {
  const { attributions, image_id } = prediction
  const count = Math.max(0, ...(attributions?.words.map(({ regions }) => regions.length) ?? []))
  const boxes = prediction.boxes && prediction.boxes.length >= count ? prediction.boxes : undefined
  const placed = boxes ?? (photograph ? [] : gridOf(count))
  const [width, height] = photograph
    ? [photograph.width, photograph.height]
    : boxes
      ? extentOf(prediction, boxes)
      : gridSize(count)
  const em = 0.042 * Math.max(width, 0.8 * height) // the same size in a card, whatever the image's
  return html`<svg
    class="regions${photograph ? ' photograph' : boxes ? '' : ' grid'}"
    viewBox="0 0 ${width} ${height}"
    role="img"
    aria-label="${photograph ? `Image ${image_id}` : `Regions of image ${image_id}`}"
  >
    ${photograph && html`<image href="${photograph.uri}" width="${width}" height="${height}" />`}
    ${placed.map(
      ([x1, y1, x2, y2]) =>
        html`<rect
          class="region"
          x="${x1}"
          y="${y1}"
          width="${Math.max(0, x2 - x1)}"
          height="${Math.max(0, y2 - y1)}"
        />`,
    )}
    ${placed.map(
      ([x1, y1]) =>
        html`<text
          x="${tidy(Math.min(Math.max(x1, 0) + 0.3 * em, width - 4 * em))}"
          y="${tidy(Math.max(y1, 0) + 1.2 * em)}"
          font-size="${tidy(em)}"
        ></text>`,
    )}
  </svg>`
}

const tidy = (value: number) => Number(value.toPrecision(4))

/** The image's own size, else as far as its boxes reach. */
function extentOf({ width, height }: Prediction, boxes: readonly RegionBox[]): [number, number] {
  const reach = (side: 2 | 3) => Math.max(...boxes.map((box) => box[side]), Number.MIN_VALUE)
  return width !== undefined && height !== undefined ? [width, height] : [reach(2), reach(3)]
}

const perRow = 10
const cell = 10

const gridSize = (count: number): [number, number] => [perRow * cell, Math.ceil(count / perRow) * cell]

const gridOf = (count: number): RegionBox[] =>
  Array.from({ length: count }, (_, i): RegionBox => {
    const [x, y] = [(i % perRow) * cell, Math.floor(i / perRow) * cell]
    return [x + 1, y + 1, x + cell - 1, y + cell - 1]
  })
