/** Animals on four legs, with what tells one from another: stripes, wool, a trunk. */
import { box, circle, ellipse, limb, outline, plain, shape, stroke, type Paint } from './shapes.js'

/** An animal on four legs that looks to the right. */
export interface Beast {
  readonly size: readonly [number, number]
  /** Where the legs begin and end, and how thick they are. */
  readonly legs: { readonly xs: readonly number[]; readonly top: number; readonly width: number }
  readonly behind?: (paint: Paint) => string
  /** Body and head. */
  readonly body: (paint: Paint) => string
}

export const eye = (x: number, y: number, r = 3.5) =>
  plain(circle(x, y, r + 2, '#ffffff'), circle(x + 0.5, y, r, '#1d1a18'))

export const beasts: Readonly<Record<string, Beast>> = {
  dog: {
    size: [141, 115],
    legs: { xs: [34, 46, 84, 96], top: 70, width: 11 },
    behind: ({ fill }) => limb('M26 58 Q8 50 8 26', fill, 9),
    body: ({ fill, dark, light }) =>
      [
        box(18, 44, 88, 38, fill, 19),
        ellipse(106, 36, 24, 22, fill),
        ellipse(124, 44, 15, 10, light),
        plain(ellipse(134, 40, 6, 5, '#1d1a18')),
        ellipse(93, 38, 9, 21, dark),
        eye(112, 30),
        plain(box(90, 58, 24, 6, '#c62f3a', 3)),
      ].join(''),
  },
  cat: {
    size: [141, 115],
    legs: { xs: [36, 46, 84, 94], top: 74, width: 9 },
    behind: ({ fill }) => limb('M24 66 Q0 60 8 34 Q14 16 24 14', fill, 8),
    body: ({ fill, dark }) =>
      [
        box(20, 52, 84, 32, fill, 16),
        shape('M88 30 L88 4 L104 20 Z M132 30 L132 4 L116 20 Z', fill),
        circle(110, 38, 25, fill),
        plain(
          shape('M106 46 L114 46 L110 51 Z', '#d86a7a'),
          ellipse(101, 36, 5, 6, '#8fd06a'),
          ellipse(119, 36, 5, 6, '#8fd06a'),
          ellipse(101, 36, 2, 5, '#1d1a18'),
          ellipse(119, 36, 2, 5, '#1d1a18'),
        ),
        stroke('M94 48 L78 44 M94 52 L79 54 M126 48 L140 44 M126 52 L140 54', outline, 1.5),
        stroke('M40 53 l0 14 M54 53 l0 14 M68 53 l0 14', dark, 5),
      ].join(''),
  },
  sheep: {
    size: [115, 86],
    legs: { xs: [34, 44, 70, 80], top: 60, width: 7 },
    body: ({ fill, dark }) =>
      [
        ...[
          [24, 42],
          [38, 28],
          [56, 24],
          [74, 28],
          [86, 42],
          [76, 56],
          [56, 60],
          [36, 56],
        ].map(([x = 0, y = 0]) => circle(x, y, 15, fill)),
        plain(ellipse(56, 42, 34, 22, fill)),
        ellipse(96, 34, 14, 17, dark),
        ellipse(84, 26, 8, 5, dark),
        eye(99, 30, 2.5),
      ].join(''),
  },
  cow: {
    size: [218, 192],
    legs: { xs: [48, 66, 136, 154], top: 116, width: 17 },
    behind: ({ fill }) => stroke('M26 66 Q8 84 14 124', outline, 6) + ellipse(14, 128, 7, 12, fill),
    body: ({ fill, dark, light }) =>
      [
        box(24, 52, 150, 82, fill, 30),
        plain(
          ellipse(64, 78, 22, 17, light),
          ellipse(120, 104, 25, 17, light),
          ellipse(140, 68, 12, 9, light),
        ),
        ellipse(92, 136, 17, 12, '#f2b3b3'),
        stroke('M164 30 Q152 22 158 8 M196 30 Q208 22 202 8', '#e8dcc0', 7),
        ellipse(156, 42, 15, 8, dark),
        ellipse(204, 42, 13, 8, dark),
        box(160, 24, 40, 56, fill, 17),
        ellipse(180, 78, 24, 16, '#f2b3b3'),
        plain(circle(173, 78, 3, '#5a3a3a'), circle(188, 78, 3, '#5a3a3a')),
        eye(171, 46),
        eye(190, 46),
      ].join(''),
  },
  zebra: {
    size: [218, 192],
    legs: { xs: [50, 66, 132, 148], top: 110, width: 13 },
    behind: () => stroke('M30 70 Q14 90 18 120', outline, 6),
    body: ({ light }) =>
      [
        horseShape(light),
        stroke(
          'M48 62 l-6 56 M70 58 l-4 66 M92 58 l0 66 M114 58 l4 66 M136 60 l8 54 M150 62 l12 -34 M164 76 l14 -44 M174 44 l18 4',
          '#2b2b30',
          8,
        ),
        shape('M146 60 L164 6 L174 10 L162 58 Z', '#2b2b30'),
        eye(190, 28),
      ].join(''),
  },
  horse: {
    size: [218, 192],
    legs: { xs: [50, 66, 132, 148], top: 110, width: 14 },
    behind: ({ dark }) => shape('M34 64 Q4 74 12 140 Q28 120 40 92 Z', dark),
    body: ({ fill, dark }) =>
      [horseShape(fill), shape('M140 66 Q136 30 164 4 L178 10 Q156 30 160 62 Z', dark), eye(190, 28)].join(
        '',
      ),
  },
  giraffe: {
    size: [218, 192],
    legs: { xs: [60, 74, 116, 130], top: 120, width: 10 },
    behind: () => stroke('M46 96 Q34 110 38 136', outline, 5),
    body: ({ fill, dark, light }) =>
      [
        shape(
          'M44 96 Q44 86 60 84 L112 80 L158 14 L176 24 L140 108 Q136 130 110 132 L64 132 Q44 130 44 96 Z',
          fill,
        ),
        plain(
          ...[
            [62, 100],
            [84, 94],
            [106, 104],
            [76, 118],
            [98, 122],
            [122, 92],
            [132, 74],
            [142, 54],
            [154, 36],
          ].map(([x = 0, y = 0]) => ellipse(x, y, 9, 7, dark)),
        ),
        stroke('M164 16 L162 2 M174 14 L174 1', dark, 5),
        shape('M156 12 Q166 4 178 10 L204 24 Q208 34 196 36 L164 32 Z', light),
        eye(174, 18),
      ].join(''),
  },
  elephant: {
    size: [218, 192],
    legs: { xs: [52, 74, 120, 142], top: 116, width: 24 },
    behind: () => stroke('M22 76 Q10 90 14 112', outline, 6),
    body: ({ fill, dark, light }) =>
      [
        ellipse(92, 84, 76, 58, fill),
        limb('M184 78 Q206 112 196 150 Q192 166 208 164', fill, 17),
        circle(164, 62, 38, fill),
        ellipse(142, 66, 25, 36, dark),
        stroke('M180 92 Q188 110 204 104', '#fffbe8', 8),
        plain(ellipse(142, 68, 15, 24, light)),
        eye(178, 54),
      ].join(''),
  },
}

/** Body, neck and head of a horse or a zebra. */
const horseShape = (fill: string) =>
  shape(
    'M30 84 Q32 58 60 58 L128 60 L158 14 Q170 2 182 12 L210 40 Q214 52 202 54 L180 46 L164 96 Q158 126 128 124 L60 124 Q30 122 30 84 Z M162 12 L162 0 L174 8 Z',
    fill,
  )
