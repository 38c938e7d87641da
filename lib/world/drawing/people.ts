/** People: their shirts are coloured, and their posture tells what they do. */
import type { Posture } from '../layout.js'
import { box, circle, ellipse, limb, moved, plain, shape, type Drawing } from './shapes.js'

/** How a kind of person differs from the others. */
interface Looks {
  readonly child: boolean
  readonly female: boolean
}

const looks: Readonly<Record<string, Looks>> = {
  man: { child: false, female: false },
  woman: { child: false, female: true },
  boy: { child: true, female: false },
  girl: { child: true, female: true },
}

/** @returns undefined unless the kind is a person */
export function person(kind: string, posture: Posture | undefined): Drawing | undefined {
  const own = looks[kind]
  if (!own) return undefined
  return {
    size: [102, 240],
    draw: ({ fill }) =>
      posture === 'lying'
        ? moved('translate(-62 232) rotate(-90) scale(0.88)', figure(own, fill, 'standing'))
        : figure(own, fill, posture ?? 'standing'),
  }
}

function figure(own: Looks, shirt: string, posture: Posture): string {
  const skirt = own.female ? shape('M33 138 L69 138 L80 182 L22 182 Z', shirt) : ''
  return [
    own.female ? hairBehind(own) : '',
    legs(posture, own),
    posture === 'riding' ? '' : skirt,
    arms(posture, shirt, 'behind'),
    box(31, 76, 40, 76, shirt, 12),
    arms(posture, shirt, 'before'),
    head(own),
  ].join('')
}

const skin = '#f0c39c'
const hair = { man: '#4d3422', woman: '#7a4524', boy: '#b07a35', girl: '#d9a441' }
const hairOf = ({ child, female }: Looks) =>
  child ? (female ? hair.girl : hair.boy) : female ? hair.woman : hair.man

function head(own: Looks): string {
  const r = own.child ? 31 : 24
  const y = own.child ? 44 : 50
  const cap = shape(
    `M${51 - r} ${y} A${r} ${r} 0 0 1 ${51 + r} ${y} Q${51 + 0.5 * r} ${y - 0.55 * r} 51 ${y - 0.5 * r} Q${51 - 0.5 * r} ${y - 0.55 * r} ${51 - r} ${y} Z`,
    hairOf(own),
  )
  return [
    circle(51, y, r, skin),
    cap,
    plain(circle(42, y + 4, 3, '#2a2522'), circle(60, y + 4, 3, '#2a2522')),
    `<path d="M43 ${y + 14} Q51 ${y + 21} 59 ${y + 14}" fill="none"/>`,
  ].join('')
}

function hairBehind(own: Looks): string {
  const colour = hairOf(own)
  return own.child
    ? ellipse(16, 58, 11, 20, colour) + ellipse(86, 58, 11, 20, colour)
    : shape('M24 50 Q20 104 28 112 L74 112 Q82 104 78 50 Z', colour)
}

function legs(posture: Posture, { child, female }: Looks): string {
  const trousers = female ? skin : child ? '#5a6fa0' : '#3d4a66'
  const paths: Partial<Record<Posture, readonly [string, string]>> = {
    walking: ['M44 150 L28 192 L14 228', 'M58 150 L72 192 L90 226'],
    playing: ['M44 150 L36 190 L40 230', 'M58 150 L84 172 L98 154'],
    sitting: ['M42 150 L32 186 L32 228', 'M60 150 L70 186 L70 228'],
    riding: ['M50 152 L78 192 L68 228', 'M50 152 L78 192 L68 228'],
  }
  const [left, right] = paths[posture] ?? ['M43 150 L41 230', 'M59 150 L61 230']
  const footOf = (path: string) => {
    const [x = 0, y = 0] = path
      .slice(path.lastIndexOf('L') + 1)
      .split(' ')
      .map(Number)
    return ellipse(x + 4, Math.min(y + 4, 234), 13, 6, '#4a3a30')
  }
  return limb(left, trousers, 17) + limb(right, trousers, 17) + footOf(left) + footOf(right)
}

function arms(posture: Posture, shirt: string, side: 'behind' | 'before'): string {
  const paths: Partial<Record<Posture, readonly [string, string]>> = {
    walking: ['M36 88 L18 116 L30 144', 'M66 88 L84 114 L74 142'],
    playing: ['M36 88 L14 66 L8 36', 'M66 88 L88 66 L94 36'],
    holding: ['M36 88 L20 118 L8 132', 'M66 88 L82 118 L94 132'],
    riding: ['M62 90 L76 122 L96 132', 'M62 90 L76 122 L96 132'],
    sitting: ['M36 88 L26 120 L38 150', 'M66 88 L76 120 L64 150'],
  }
  const [left, right] = paths[posture] ?? ['M36 88 L24 118 L22 150', 'M66 88 L78 118 L80 150']
  const inFront = posture === 'riding' || posture === 'sitting'
  if ((side === 'before') !== inFront) return ''
  return [left, right]
    .map((path) => {
      const [x = 0, y = 0] = path
        .slice(path.lastIndexOf('L') + 1)
        .split(' ')
        .map(Number)
      return limb(path, shirt, 13) + circle(x, y, 7, skin)
    })
    .join('')
}
