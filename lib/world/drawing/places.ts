/** Places: the pale backgrounds before which scenes are drawn, 640 by 480 pixels. */
import { box, circle, ellipse, shape, stroke } from './shapes.js'

const sky = (colour: string) => box(0, 0, 640, 250, colour)
const many = (xs: readonly number[], draw: (x: number, i: number) => string) => xs.map(draw).join('')
const cloud = (x: number, y: number) =>
  ellipse(x, y, 42, 15, '#ffffff') +
  ellipse(x - 20, y - 9, 22, 14, '#ffffff') +
  ellipse(x + 14, y - 12, 26, 17, '#ffffff')

export const places: Readonly<Record<string, string>> = {
  park: [
    sky('#cfe8f7'),
    cloud(120, 62) + cloud(470, 44),
    many([20, 110, 210, 330, 430, 540, 630], (x, i) => circle(x, 218 - 9 * (i % 2), 46, '#b5d6a8')),
    box(0, 230, 640, 250, '#cbe5b4'),
    shape('M250 480 Q330 340 300 236 L328 236 Q390 350 420 480 Z', '#eee0c2'),
    box(36, 186, 5, 66, '#9aa39c') + circle(38, 184, 10, '#fff6cf'),
  ].join(''),
  street: [
    sky('#dbe8f0'),
    many([0, 92, 196, 300, 410, 520], (x, i) =>
      box(x, 70 + 34 * (i % 3), 96, 200, ['#e3d6cb', '#d5dbe0', '#e6dfd0'][i % 3]!),
    ),
    many([0, 92, 196, 300, 410, 520], (x, i) =>
      many([0, 1, 2, 3], (k) =>
        box(x + 14 + 40 * (k % 2), 92 + 34 * (i % 3) + 46 * (k >> 1), 24, 28, '#c3d2dc'),
      ),
    ),
    box(0, 250, 640, 44, '#e4e2dd'),
    box(0, 290, 640, 190, '#bfc2c6'),
    box(0, 288, 640, 7, '#a9abaf'),
    many([20, 180, 340, 500], (x) => box(x, 384, 96, 9, '#fbf7e6')),
  ].join(''),
  beach: [
    sky('#c9e9fa'),
    circle(540, 70, 36, '#ffe9a0'),
    cloud(170, 66),
    box(0, 196, 640, 84, '#8fcbe6'),
    stroke(
      'M0 222 q20 -8 40 0 t40 0 t40 0 t40 0 t40 0 t40 0 t40 0 t40 0 t40 0 t40 0 t40 0 t40 0 t40 0 t40 0 t40 0 t40 0',
      '#e2f4fb',
      4,
    ),
    shape('M0 272 Q160 254 320 270 T640 264 L640 480 L0 480 Z', '#f5e3b6'),
    shape('M0 266 Q160 248 320 264 T640 258 L640 266 Q480 284 320 272 T0 274 Z', '#ffffff'),
    many([60, 200, 350, 470, 590], (x, i) => ellipse(x, 350 + 32 * (i % 3), 9, 4, '#e3cd97')),
  ].join(''),
  field: [
    sky('#d6ecf8'),
    cloud(330, 58),
    shape('M0 226 Q120 160 260 222 Q400 150 640 214 L640 260 L0 260 Z', '#c3d7a4'),
    box(0, 236, 640, 244, '#dfe3a0'),
    many([40, 130, 230, 320, 420, 510, 600, 80, 280, 470], (x, i) =>
      stroke(
        `M${x} ${290 + 42 * (i % 4)} l-7 -17 M${x} ${290 + 42 * (i % 4)} l0 -21 M${x} ${290 + 42 * (i % 4)} l8 -16`,
        '#b9c46e',
        4,
      ),
    ),
  ].join(''),
  snow: [
    sky('#d9e2ec'),
    many(
      [50, 150, 470, 590],
      (x, i) =>
        shape(`M${x} ${92 + 20 * (i % 2)} L${x + 48} 240 L${x - 48} 240 Z`, '#a9c2b8') +
        shape(
          `M${x} ${92 + 20 * (i % 2)} L${x + 16} ${140 + 14 * (i % 2)} L${x - 16} ${140 + 14 * (i % 2)} Z`,
          '#ffffff',
        ),
    ),
    shape('M0 240 Q200 206 400 236 T640 226 L640 480 L0 480 Z', '#f6f9fc'),
    shape('M0 330 Q180 300 360 326 T640 312 L640 330 Q480 344 360 338 T0 344 Z', '#e6eef5'),
    many([30, 100, 190, 260, 340, 420, 500, 570, 620, 70, 230, 390, 540], (x, i) =>
      circle(x, 30 + ((i * 67) % 180), 5, '#ffffff'),
    ),
  ].join(''),
  kitchen: [
    box(0, 0, 640, 300, '#f5ecd8'),
    many([0, 1, 2], (k) => stroke(`M0 ${160 + 38 * k} L640 ${160 + 38 * k}`, '#e8dcc0', 2)),
    many([0, 1, 2, 3, 4, 5, 6, 7], (k) => stroke(`M${40 + 80 * k} 150 L${40 + 80 * k} 250`, '#e8dcc0', 2)),
    many([10, 120, 420, 530], (x) => box(x, 0, 100, 116, '#d9c3a0') + circle(x + 84, 92, 4, '#8d7a5c')),
    box(250, 24, 140, 92, '#cbe7f5') + stroke('M320 24 L320 116 M250 70 L390 70', '#ffffff', 5),
    box(0, 236, 640, 14, '#c9c2b4') + box(0, 250, 640, 62, '#e2cfae'),
    box(0, 306, 640, 174, '#eadfce'),
    many(
      [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
      (k) =>
        box(64 * k, 306 + 58 * (k % 2), 64, 58, '#ddcfb8') + box(64 * k, 422, 64, k % 2 ? 0 : 58, '#ddcfb8'),
    ),
  ].join(''),
  room: [
    box(0, 0, 640, 300, '#f3e2d6'),
    box(60, 40, 128, 150, '#cfe7f4') + stroke('M124 40 L124 190 M60 112 L188 112', '#ffffff', 6),
    shape('M40 30 L84 30 Q80 130 46 204 L36 204 Z M208 30 L164 30 Q168 130 202 204 L212 204 Z', '#e2b9a6'),
    box(300, 56, 120, 86, '#d0a878') +
      box(309, 65, 102, 68, '#e6eedd') +
      shape('M309 133 L346 88 L372 118 L390 100 L411 133 Z', '#b4c9a6'),
    stroke('M560 126 L560 300', '#b5987c', 6) + shape('M536 92 L584 92 L600 136 L520 136 Z', '#fbeab4'),
    box(0, 296, 640, 184, '#dfc3a0'),
    many([322, 354, 388, 424, 462], (y) => stroke(`M0 ${y} L640 ${y}`, '#d2b28c', 2)),
    ellipse(320, 408, 240, 52, '#e7d5d0'),
    box(0, 290, 640, 9, '#ffffff'),
  ].join(''),
  office: [
    box(0, 0, 640, 300, '#e3eaf0'),
    box(40, 36, 180, 118, '#ffffff') + stroke('M58 66 L160 66 M58 92 L190 92 M58 118 L130 118', '#a8bccb', 5),
    box(420, 30, 180, 128, '#d2e8f5') +
      many([46, 62, 78, 94, 110, 126, 142], (y) => stroke(`M420 ${y} L600 ${y}`, '#f6fafc', 5)),
    box(270, 60, 112, 8, '#b9a88e') +
      many([276, 292, 308, 328, 344, 360], (x, i) =>
        box(x, 22, 13, 38, ['#d5a6a0', '#a6bfd5', '#b6cfa8'][i % 3]!),
      ),
    box(0, 292, 640, 188, '#c5cbd3'),
    box(0, 286, 640, 9, '#aeb6c0'),
    many([330, 374, 424], (y) => stroke(`M0 ${y} L640 ${y}`, '#bac1ca', 2)),
  ].join(''),
}
