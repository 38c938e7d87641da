/** Furniture: seats and tables. */
import { box, circle, ellipse, outline, plain, shape, stroke, type Drawing } from './shapes.js'

const leg = (x: number, y: number, height: number, fill: string) => box(x, y, 11, height, fill, 2)

export const furniture: Readonly<Record<string, Drawing>> = {
  couch: {
    size: [282, 154],
    draw: ({ fill, dark, light }) =>
      [
        box(26, 8, 230, 88, fill, 22),
        stroke('M141 14 L141 84', dark, 3),
        box(38, 72, 104, 44, light, 12),
        box(142, 72, 104, 44, light, 12),
        box(4, 48, 42, 92, fill, 18),
        box(236, 48, 42, 92, fill, 18),
        box(30, 110, 222, 30, dark, 8),
        leg(22, 138, 14, outline) + leg(250, 138, 14, outline),
      ].join(''),
  },
  bed: {
    size: [282, 154],
    draw: ({ fill, dark, light }) =>
      [
        box(4, 6, 20, 140, '#8a5f38', 6),
        box(258, 60, 20, 86, '#8a5f38', 6),
        box(18, 92, 246, 40, '#f7f3e8', 8),
        box(26, 56, 78, 42, '#ffffff', 18),
        shape('M92 72 Q180 56 262 78 L262 132 L80 132 Q84 96 92 72 Z', fill),
        plain(
          shape('M92 72 Q100 70 112 70 L104 132 L80 132 Q84 96 92 72 Z', light),
          box(104, 120, 156, 6, dark),
        ),
      ].join(''),
  },
  bench: {
    size: [192, 163],
    draw: ({ fill, dark }) =>
      [
        leg(24, 60, 98, outline) + leg(156, 60, 98, outline),
        ...[14, 38, 62].map((y) => box(8, y, 176, 18, fill, 5)),
        box(2, 92, 188, 20, dark, 5),
        box(2, 108, 188, 8, fill, 3),
      ].join(''),
  },
  chair: {
    size: [192, 163],
    draw: ({ fill, dark, light }) =>
      [
        leg(58, 100, 60, dark) + leg(124, 100, 60, dark),
        box(52, 4, 88, 82, fill, 12),
        plain(box(64, 16, 64, 58, light, 8)),
        box(44, 84, 104, 22, fill, 9),
        leg(46, 104, 58, fill) + leg(136, 104, 58, fill),
      ].join(''),
  },
  table: {
    size: [294, 134],
    draw: ({ fill, dark }) =>
      [
        leg(34, 24, 106, dark) + leg(250, 24, 106, dark),
        leg(62, 24, 84, dark) + leg(222, 24, 84, dark),
        box(2, 8, 290, 22, fill, 8),
      ].join(''),
  },
  desk: {
    size: [294, 134],
    draw: ({ fill, dark, light }) =>
      [
        leg(14, 24, 106, dark),
        box(186, 26, 92, 104, fill, 4),
        ...[34, 66, 98].map((y) => box(196, y, 72, 26, light, 3) + plain(circle(232, y + 13, 4, outline))),
        box(2, 8, 290, 20, fill, 4),
      ].join(''),
  },
  counter: {
    size: [294, 134],
    draw: ({ fill, light }) =>
      [
        box(12, 24, 270, 106, fill, 3),
        ...[22, 110, 198].map(
          (x) => box(x, 40, 76, 80, light, 3) + plain(box(x + 62, 70, 5, 18, outline, 2)),
        ),
        box(2, 8, 290, 20, '#dcd6ca', 4),
        plain(ellipse(147, 18, 60, 4, '#b9b2a4')),
      ].join(''),
  },
}
