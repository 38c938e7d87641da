/**
 * Prefixes, suffixes, infixes and URLs in spaCy's English rules. Each function takes time linear in the length of the word
 * and gives the result of spaCy's own search.
 */

import { currency, letter, lower, punctuation, quote, symbol, unit, upper } from './characters.js'

/** The length of the prefix to split off, 0 for none. */
export function prefixLength(word: string): number {
  return prefix.exec(word)?.[0].length ?? 0
}

/** The length of the suffix to split off, 0 for none. */
export function suffixLength(word: string): number {
  if (word.endsWith('..')) {
    let start = word.length - 2
    while (word[start - 1] === '.') start--
    return word.length - start
  }
  // Apart from rows of dots no suffix is longer than a unit, and look-behinds see at most two characters.
  return suffix.exec(word.slice(-longestSuffix))?.[0].length ?? 0
}

/** Cuts a word without its affixes at its infixes, which become tokens too; an infix at its start is not cut off. */
export function splitInfixes(word: string): string[] {
  const tokens: string[] = []
  let start = 0
  for (const { 0: found, index } of word.matchAll(infix)) {
    if (index === 0) continue
    if (index > start) tokens.push(word.slice(start, index))
    tokens.push(found)
    start = index + found.length
  }
  if (start < word.length) tokens.push(word.slice(start))
  return tokens
}

/**
 * Whether a whole word is a URL: an optional scheme, user and port, a public IP address or a host whose top-level domain
 * has at least two letters ("side.the" is one), and any path.
 */
export function isUrl(word: string): boolean {
  if (!word.includes('.')) return false
  const starts = [0, scheme.exec(word)?.[0].length ?? 0]
  for (let at = word.indexOf('@', 1); at >= 0; at = word.indexOf('@', at + 1)) starts.push(at + 1)
  return starts.some((start) => {
    host.lastIndex = start
    return host.test(word)
  })
}

const prefix = new RegExp(`^(?:[§%=—–${punctuation}${quote}${symbol}]|\\.\\.+|\\+(?![0-9])|${currency})`, 'v')

const longestSuffix = 12
const suffix = new RegExp(
  [
    `……|[—–${punctuation}${quote}${symbol}]`,
    `['’][sS]`,
    `(?<=[0-9])(?:\\+|${currency}|${unit})`,
    `(?<=°[FfCcKk]|[0-9%²\\-+\\|${punctuation}${quote}${lower}]|[${upper}][${upper}])\\.`,
  ]
    .map((piece) => `(?:${piece})$`)
    .join('|'),
  'v',
)

const infix = new RegExp(
  [
    `\\.\\.+|…|[${symbol}]`,
    `(?<=[0-9])[+\\-*\\^](?=[0-9\\-])`,
    `(?<=[${lower}${quote}])\\.(?=[${upper}${quote}])`,
    `(?<=[${letter}]),(?=[${letter}])`,
    `(?<=[${letter}0-9])(?:---?|——?|[\\-–~:<>=\\/])(?=[${letter}])`,
  ].join('|'),
  'gv',
)

const scheme = /^[\p{L}\p{N}_+\-.]{2,}:\/\//u

const octet = '(?:1?\\p{Nd}{1,2}|2[0-4]\\p{Nd}|25[0-5])'
const address = [
  '(?!(?:10|127)(?:\\.\\p{Nd}{1,3}){3})',
  '(?!(?:169\\.254|192\\.168)(?:\\.\\p{Nd}{1,3}){2})',
  '(?!172\\.(?:1[6-9]|2\\p{Nd}|3[01])(?:\\.\\p{Nd}{1,3}){2})',
  '(?:[1-9]\\p{Nd}?|1\\p{Nd}\\p{Nd}|2[01]\\p{Nd}|22[0-3])',
  `(?:\\.${octet}){2}`,
  '\\.(?:[1-9]\\p{Nd}?|1\\p{Nd}\\p{Nd}|2[0-4]\\p{Nd}|25[0-4])',
].join('')
const label =
  '(?:[A-Za-z0-9\\u00a1-\\uffff][A-Za-z0-9\\u00a1-\\uffff_\\-]{0,62})?[A-Za-z0-9\\u00a1-\\uffff]\\.'
const host = new RegExp(`(?:${address}|(?:${label})+[${lower}]{2,63})(?::\\p{Nd}{2,5})?(?:[\\/?#]|$)`, 'vy')
