/** Small things that people hold, and what stands on tables. */
import { box, circle, ellipse, outline, plain, shape, stroke, type Drawing } from './shapes.js'

export const objects: Readonly<Record<string, Drawing>> = {
  ball: {
    size: [72, 72],
    draw: ({ fill, dark, light }) =>
      [
        circle(36, 36, 33, fill),
        `<path d="M6 26 Q36 44 66 26 M6 48 Q36 30 66 48 M36 3 L36 69" fill="none" stroke="${dark}" stroke-width="3"/>`,
        plain(ellipse(26, 18, 9, 6, light)),
      ].join(''),
  },
  kite: {
    size: [77, 72],
    draw: ({ fill, dark, light }) =>
      [
        stroke('M40 50 Q56 56 48 64 T70 70', outline, 2),
        shape('M38 2 L64 26 L40 54 L12 26 Z', fill),
        plain(shape('M38 4 L62 26 L38 26 Z', light), shape('M38 26 L40 52 L14 26 Z', dark)),
        stroke('M38 2 L40 54 M12 26 L64 26', outline, 2),
      ].join(''),
  },
  umbrella: {
    size: [77, 72],
    draw: ({ fill, dark }) =>
      [
        stroke('M38 8 L38 60 q0 9 9 9 q8 0 8 -8', outline, 4),
        shape('M3 36 Q8 4 38 4 Q68 4 74 36 Q65 28 56 36 Q47 28 38 36 Q29 28 20 36 Q11 28 3 36 Z', fill),
        `<path d="M20 36 Q24 12 38 4 Q52 12 56 36" fill="none" stroke="${dark}" stroke-width="2.5"/>`,
      ].join(''),
  },
  laptop: {
    size: [77, 62],
    draw: ({ fill, dark }) =>
      [
        box(12, 3, 53, 40, fill, 4),
        plain(
          box(17, 8, 43, 30, '#cfe9f7', 2),
          box(21, 13, 24, 3, '#6aa4c8'),
          box(21, 20, 32, 3, '#6aa4c8'),
          box(21, 27, 18, 3, '#6aa4c8'),
        ),
        shape('M8 44 L69 44 L75 58 L2 58 Z', dark),
      ].join(''),
  },
  cup: {
    size: [77, 62],
    draw: ({ fill, light }) =>
      [
        `<path d="M54 22 q20 -2 18 14 q-2 14 -22 12" fill="none" stroke="${outline}" stroke-width="10"/>`,
        `<path d="M54 22 q20 -2 18 14 q-2 14 -22 12" fill="none" stroke="${fill}" stroke-width="5"/>`,
        shape('M12 14 L58 14 L54 54 Q34 62 16 54 Z', fill),
        ellipse(35, 14, 23, 6, '#5a3b28'),
        plain(box(19, 26, 5, 22, light, 2)),
      ].join(''),
  },
  vase: {
    size: [77, 62],
    draw: ({ fill, light }) =>
      [
        stroke('M38 28 L24 10 M38 28 L38 8 M38 28 L53 11', '#4c8a3a', 3),
        circle(23, 9, 7, '#f2a0b8') + circle(38, 7, 6, '#f5cb2e') + circle(54, 10, 7, '#f2a0b8'),
        shape('M30 22 L46 22 Q44 30 54 40 Q58 52 48 60 L28 60 Q18 52 22 40 Q32 30 30 22 Z', fill),
        plain(ellipse(32, 46, 4, 8, light)),
      ].join(''),
  },
  clock: {
    size: [77, 62],
    draw: ({ fill }) =>
      [
        circle(38, 31, 29, fill),
        circle(38, 31, 21, '#fffdf5'),
        stroke('M38 31 L38 17 M38 31 L49 36', outline, 3.5),
        plain(
          ...[
            [38, 13],
            [56, 31],
            [38, 49],
            [20, 31],
          ].map(([x = 0, y = 0]) => circle(x, y, 2, outline)),
        ),
      ].join(''),
  },
  book: {
    size: [64, 67],
    draw: ({ fill, dark, light }) =>
      [
        box(8, 5, 48, 58, fill, 4),
        plain(box(10, 7, 8, 54, dark), box(24, 16, 26, 6, light), box(24, 27, 18, 4, light)),
        stroke('M12 59 L54 59', '#fffdf5', 3),
      ].join(''),
  },
  bottle: {
    size: [64, 67],
    draw: ({ fill, dark, light }) =>
      [
        box(26, 2, 12, 9, dark, 2),
        shape('M27 11 L37 11 L37 22 Q48 28 47 40 L47 64 L17 64 L17 40 Q16 28 27 22 Z', fill),
        plain(box(18, 42, 28, 13, '#fffdf5'), ellipse(24, 33, 3, 6, light)),
      ].join(''),
  },
  bag: {
    size: [64, 67],
    draw: ({ fill, dark }) =>
      [
        `<path d="M20 26 Q20 4 32 4 Q44 4 44 26" fill="none" stroke="${outline}" stroke-width="5"/>`,
        shape('M8 22 L56 22 L60 64 L4 64 Z', fill),
        plain(shape('M8 23 L56 23 L57 33 L7 33 Z', dark), box(27, 30, 10, 8, '#e8d27a', 2)),
      ].join(''),
  },
  pizza: {
    size: [90, 58],
    draw: ({ fill }) =>
      [
        ellipse(45, 32, 43, 24, '#d9a04e'),
        ellipse(45, 30, 36, 19, '#f6d873'),
        plain(
          ...[
            [28, 26],
            [46, 21],
            [62, 28],
            [38, 38],
            [56, 40],
          ].map(([x = 0, y = 0]) => ellipse(x, y, 7, 4.5, fill)),
        ),
        stroke('M45 12 L45 50 M12 31 L78 31', '#c88f3c', 2),
      ].join(''),
  },
  cake: {
    size: [90, 58],
    draw: ({ fill, light }) =>
      [
        box(10, 22, 70, 34, fill, 6),
        shape(
          'M10 28 Q10 18 20 18 L70 18 Q80 18 80 28 Q76 40 68 30 Q60 42 52 30 Q44 42 36 30 Q28 42 22 30 Q14 40 10 28 Z',
          light,
        ),
        stroke('M28 18 l0 -9 M45 18 l0 -9 M62 18 l0 -9', '#3f7fd0', 4),
        plain(...[28, 45, 62].map((x) => ellipse(x, 5, 3, 4.5, '#f5b52e'))),
      ].join(''),
  },
  sandwich: {
    size: [90, 58],
    draw: ({ fill }) =>
      [
        shape('M6 50 L82 50 Q86 50 84 44 L82 42 L8 42 Q2 46 6 50 Z', '#e2b36c'),
        shape('M4 42 q9 9 18 0 t18 0 t18 0 t18 0 l8 -6 L8 34 Z', '#6fb548'),
        box(8, 27, 74, 9, fill, 3),
        shape('M8 28 Q10 6 45 6 Q80 6 82 28 Z', '#e9be7c'),
      ].join(''),
  },
  apple: {
    size: [90, 58],
    draw: ({ fill, light }) =>
      [
        shape('M45 17 Q62 6 70 22 Q74 42 56 55 Q45 58 34 55 Q16 42 20 22 Q28 6 45 17 Z', fill),
        stroke('M45 17 Q44 8 50 3', '#5a3b28', 4),
        shape('M50 9 Q60 2 68 8 Q60 15 50 9 Z', '#4fa044'),
        plain(ellipse(31, 27, 5, 8, light)),
      ].join(''),
  },
  bowl: {
    size: [90, 58],
    draw: ({ fill, light }) =>
      [
        shape('M6 24 L84 24 Q80 54 58 55 L32 55 Q10 54 6 24 Z', fill),
        ellipse(45, 24, 39, 10, light),
        plain(ellipse(45, 25, 31, 6, '#f3e3b0')),
      ].join(''),
  },
}
