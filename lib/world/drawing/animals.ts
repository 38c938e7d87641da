/** Animals: how they stand, walk, lie and play. */
import type { Posture } from '../layout.js'
import { beasts, eye, type Beast } from './beasts.js'
import { circle, ellipse, limb, moved, plain, shape, stroke } from './shapes.js'
import type { Drawing, Paint } from './shapes.js'

/** @returns undefined unless the kind is an animal */
export function animal(kind: string, posture: Posture | undefined): Drawing | undefined {
  if (kind === 'bird') return { size: [115, 86], draw: (paint) => bird(paint, posture) }
  const own = beasts[kind]
  return own && { size: own.size, draw: (paint) => beast(own, paint, posture) }
}

function beast(
  { size: [width, height], legs, body, behind }: Beast,
  paint: Paint,
  posture: Posture | undefined,
) {
  const bottom = height - 6
  const drop = posture === 'lying' ? 0.7 * (bottom - legs.top) : 0
  const stride = posture === 'walking' ? 0.09 * width : 0
  const legPaths = legs.xs.map((x, i) => {
    if (posture === 'lying') return `M${x} ${bottom - 4} l${0.12 * width} 0`
    return `M${x} ${legs.top} L${x + (i % 2 ? stride : -stride)} ${bottom}`
  })
  const turned = posture === 'playing' ? `rotate(-13 ${0.2 * width} ${bottom})` : `translate(0 ${drop})`
  const drawnLegs = legPaths
    .map((path, i) => limb(path, i % 2 ? paint.dark : paint.fill, legs.width))
    .join('')
  return posture === 'playing'
    ? moved(turned, behind?.(paint) ?? '', drawnLegs, body(paint))
    : moved(turned, behind?.(paint) ?? '') + drawnLegs + moved(turned, body(paint))
}

function bird({ fill, dark, light }: Paint, posture: Posture | undefined): string {
  const low = posture === 'lying'
  const wing =
    posture === 'playing' ? 'M34 40 Q30 -2 62 6 Q76 24 66 46 Z' : 'M30 40 Q50 22 72 42 Q56 66 34 58 Z'
  const step = posture === 'walking' ? 9 : 0
  const whole = [
    shape('M34 46 L4 30 L10 56 Z', dark),
    ellipse(54, 48, 32, 22, fill),
    circle(86, 28, 18, fill),
    shape('M101 22 L115 30 L101 36 Z', '#f0a52a'),
    shape(wing, dark),
    plain(ellipse(66, 58, 14, 8, light)),
    eye(90, 24, 3),
  ].join('')
  if (low) return moved('translate(0 14)', whole)
  return stroke(`M48 66 L${48 - step} 84 l8 0 M62 66 L${62 + step} 84 l8 0`, '#d98a22', 4) + whole
}
