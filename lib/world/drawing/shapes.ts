/** The few shapes that drawings are made of, as SVG text. Coordinates are pixels, y grows downwards. */

/** A drawing of one thing: its natural size in pixels, and its shapes within that size. */
export interface Drawing {
  readonly size: readonly [width: number, height: number]
  draw(paint: Paint): string
}

/** The colour of a thing, with a darker and a lighter tone of it. */
export interface Paint {
  readonly fill: string
  readonly dark: string
  readonly light: string
}

export const outline = '#2a2522'

export const ellipse = (cx: number, cy: number, rx: number, ry: number, fill: string) =>
  `<ellipse cx="${cx}" cy="${cy}" rx="${rx}" ry="${ry}" fill="${fill}"/>`

export const circle = (cx: number, cy: number, r: number, fill: string) => ellipse(cx, cy, r, r, fill)

/** A rectangle, with rounded corners where `round` is given. */
export const box = (x: number, y: number, width: number, height: number, fill: string, round = 0) =>
  `<rect x="${x}" y="${y}" width="${width}" height="${height}" rx="${round}" fill="${fill}"/>`

/** A filled outline; `d` as in SVG's path. */
export const shape = (d: string, fill: string) => `<path d="${d}" fill="${fill}"/>`

/** A thick line with round ends, without an outline. */
export const stroke = (d: string, colour: string, width: number) =>
  `<path d="${d}" fill="none" stroke="${colour}" stroke-width="${width}" stroke-linecap="round"/>`

/** A thick line with an outline of its own, such as a leg. */
export const limb = (d: string, colour: string, width: number) =>
  stroke(d, outline, width + 4) + stroke(d, colour, width)

/** Shapes without outlines, such as stripes and shadows. */
export const plain = (...shapes: readonly string[]) => `<g stroke="none">${shapes.join('')}</g>`

/** Shapes moved and scaled. */
export const moved = (transform: string, ...shapes: readonly string[]) =>
  `<g transform="${transform}">${shapes.join('')}</g>`
