/** The colours of drawings by the names that captions use. */
import type { Paint } from './shapes.js'

/** @param colour one of the world's colours */
export function paintOf(colour: string): Paint {
  const fill = fills[colour] ?? '#999999'
  return { fill, dark: mix(fill, '#000000', 0.28), light: mix(fill, '#ffffff', 0.4) }
}

const fills: Readonly<Record<string, string>> = {
  red: '#d8343a',
  blue: '#2f6fd0',
  green: '#3aa04a',
  yellow: '#f5cb2e',
  black: '#3a3b42',
  white: '#f8f6f0',
  brown: '#8f5c33',
  orange: '#f08a2a',
  pink: '#f08db4',
  gray: '#9b9fa6',
}

/** A colour between two, `share` of the way to the second. */
function mix(from: string, to: string, share: number): string {
  const [a, b] = [channels(from), channels(to)]
  return `#${a
    .map((value, i) =>
      Math.round(value + share * (b[i]! - value))
        .toString(16)
        .padStart(2, '0'),
    )
    .join('')}` // both have three
}

const channels = (colour: string) => [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16))
