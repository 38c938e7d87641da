/** What people drive and ride: cars, boats, bikes. */
import { box, circle, ellipse, outline, plain, shape, stroke, type Drawing } from './shapes.js'

const glass = '#bfe0f0'
const wheel = (x: number, y: number, r: number) =>
  circle(x, y, r, '#3a3a40') + plain(circle(x, y, 0.45 * r, '#c9ccd0'))
const spokes = (x: number, y: number, r: number) =>
  `<circle cx="${x}" cy="${y}" r="${r}" fill="none" stroke-width="6"/>` +
  stroke(`M${x - r} ${y} L${x + r} ${y} M${x} ${y - r} L${x} ${y + r}`, '#8a8d92', 1.5)

export const vehicles: Readonly<Record<string, Drawing>> = {
  car: {
    size: [243, 144],
    draw: ({ fill, light }) =>
      [
        shape('M52 66 Q66 24 92 22 L150 22 Q176 24 196 66 Z', fill),
        shape('M68 64 Q78 34 96 33 L116 33 L116 64 Z M126 33 L148 33 Q166 36 180 64 L126 64 Z', glass),
        box(8, 62, 227, 54, fill, 20),
        plain(
          ellipse(226, 82, 7, 9, '#fff1a8'),
          ellipse(16, 82, 5, 8, '#e0483f'),
          box(30, 92, 180, 5, light),
        ),
        stroke('M121 66 L121 108 M132 76 l12 0', outline, 2),
        wheel(62, 114, 25),
        wheel(182, 114, 25),
      ].join(''),
  },
  bus: {
    size: [243, 144],
    draw: ({ fill, dark }) =>
      [
        box(6, 8, 231, 112, fill, 14),
        ...[18, 56, 94, 132].map((x) => box(x, 24, 30, 34, glass, 4)),
        box(172, 24, 24, 86, glass, 4),
        box(204, 24, 28, 44, glass, 4),
        plain(box(8, 72, 160, 8, dark), ellipse(230, 96, 5, 8, '#fff1a8')),
        wheel(58, 120, 21),
        wheel(186, 120, 21),
      ].join(''),
  },
  truck: {
    size: [243, 144],
    draw: ({ fill, dark, light }) =>
      [
        box(4, 10, 150, 102, light, 4),
        stroke('M42 14 l0 94 M80 14 l0 94 M118 14 l0 94', dark, 2),
        shape('M160 40 L206 40 L236 74 L236 118 L160 118 Z', fill),
        shape('M180 50 L202 50 L222 74 L180 74 Z', glass),
        box(4, 108, 232, 12, dark, 3),
        plain(ellipse(231, 96, 5, 8, '#fff1a8')),
        ...[40, 84, 196].map((x) => wheel(x, 120, 21)),
      ].join(''),
  },
  boat: {
    size: [243, 144],
    draw: ({ fill, dark }) =>
      [
        box(112, 4, 7, 96, '#7a5230'),
        shape('M124 8 L124 88 L206 88 Z', '#fbf8ef'),
        shape('M106 20 L106 88 L46 88 Z', '#efe9da'),
        shape('M8 98 L235 98 Q222 138 190 138 L56 138 Q22 136 8 98 Z', fill),
        plain(shape('M14 110 L230 110 L227 118 L18 118 Z', dark)),
        stroke('M0 140 q15 -8 30 0 t30 0 t30 0 t30 0 t30 0 t30 0 t30 0 t30 0', '#6fb4dc', 5),
      ].join(''),
  },
  bike: {
    size: [192, 144],
    draw: ({ fill }) =>
      [
        spokes(42, 98, 39),
        spokes(150, 98, 39),
        stroke('M42 98 L74 48 L128 48 L96 98 Z M96 98 L70 38 M150 98 L124 26', outline, 12),
        stroke('M42 98 L74 48 L128 48 L96 98 Z M96 98 L70 38 M150 98 L124 26', fill, 8),
        stroke('M122 26 q22 -8 26 8', outline, 6),
        ellipse(68, 36, 19, 6, '#3a3a40'),
        circle(96, 98, 9, '#c9ccd0'),
      ].join(''),
  },
  motorcycle: {
    size: [192, 144],
    draw: ({ fill, dark }) =>
      [
        wheel(38, 106, 33),
        wheel(154, 106, 33),
        stroke('M154 106 L126 34 l-14 -8', outline, 7),
        box(70, 78, 54, 38, '#8a8d92', 8),
        shape('M66 62 Q80 36 124 46 L134 70 L84 84 Z', fill),
        shape('M14 60 Q40 48 76 58 L82 74 L30 78 Z', dark),
        stroke('M58 116 L10 118', '#b9bcc2', 9),
        circle(134, 44, 9, '#fff1a8'),
      ].join(''),
  },
}
