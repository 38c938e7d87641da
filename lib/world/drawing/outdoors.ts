/** Large things outdoors: trees, buildings and fences. */
import { box, circle, plain, shape, stroke, type Drawing } from './shapes.js'

export const outdoors: Readonly<Record<string, Drawing>> = {
  tree: {
    size: [166, 298],
    draw: ({ fill, dark, light }) =>
      [
        shape('M70 296 Q78 230 74 160 L92 160 Q90 230 98 296 Z', '#7a5230'),
        ...[
          [46, 120],
          [120, 120],
          [52, 70],
          [114, 70],
          [83, 44],
          [83, 108],
        ].map(([x = 0, y = 0]) => circle(x, y, 41, fill)),
        plain(
          circle(83, 92, 46, fill),
          circle(62, 60, 14, light),
          circle(110, 90, 12, light),
          circle(60, 124, 12, dark),
          circle(104, 136, 12, dark),
        ),
      ].join(''),
  },
  building: {
    size: [166, 298],
    draw: ({ fill, dark }) =>
      [
        box(8, 14, 150, 282, fill, 2),
        box(2, 4, 162, 14, dark, 2),
        ...[34, 84, 134, 184].flatMap((y) => [22, 68, 114].map((x) => box(x, y, 30, 34, '#cfe6f2', 2))),
        box(62, 236, 42, 60, dark, 2),
        plain(circle(96, 268, 3, '#f5cb2e')),
      ].join(''),
  },
  fence: {
    size: [166, 298],
    draw: ({ fill, dark }) =>
      [
        box(0, 96, 166, 17, dark),
        box(0, 236, 166, 17, dark),
        ...[4, 37, 70, 103, 136].map((x) =>
          shape(`M${x} 296 L${x} 34 L${x + 13} 8 L${x + 26} 34 L${x + 26} 296 Z`, fill),
        ),
        stroke('M10 44 l0 240 M43 44 l0 240 M76 44 l0 240 M109 44 l0 240 M142 44 l0 240', dark, 1.5),
      ].join(''),
  },
}
