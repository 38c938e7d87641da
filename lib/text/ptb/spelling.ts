/** How the Penn Treebank writes what a rule matched. */

/** A word: straight apostrophes, `&` for its entity, no soft hyphens; of soft hyphens alone a hyphen is left. */
export function plainText(match: string): string {
  if (!peculiar.test(match)) return match
  return (
    match
      .replace(/^(?:[\u0092\u2019]|&apos;)/, "'")
      .replaceAll('\u00AD', '')
      .replace(/&amp;/gi, '&') || '-'
  )
}

const peculiar = /[&\u0092\u00AD\u2019]/

/** Quotes of all shapes: ` ' `` ''. */
export function ascii(match: string): string {
  return match.replace(/&apos;|[^]/g, (quote) => quotes.get(quote) ?? quote)
}

const quotes = new Map(
  Object.entries({ '`': '\u0091\u2018\u201B\u2039', '``': '\u0093\u00AB\u201C', "''": '\u0094\u00BB\u201D' })
    .concat([["'", '\u0092\u2019\u203A']])
    .flatMap(([ascii, shapes]) => [...shapes].map((shape): [string, string] => [shape, ascii])),
).set('&apos;', "'")

/** A token with blanks inside: they become no-break spaces. */
export function unbroken(match: string): string {
  return match.replaceAll(' ', '\u00A0')
}

/** A token with blanks and parentheses inside. */
export function closed(match: string): string {
  return unbroken(match).replaceAll('(', '-LRB-').replaceAll(')', '-RRB-')
}

/** Currencies and fractions in ASCII; the pound is a hash, as in the Treebank. */
export function expanded(match: string): string {
  return expansions[match] ?? match
}

const expansions: Readonly<Record<string, string>> = {
  '\u00A2': 'cents',
  '\u00A3': '#',
  '\u0080': '$',
  '\u00A4': '$',
  '\u20A0': '$',
  '\u20AC': '$',
  '\u00BC': '1/4',
  '\u00BD': '1/2',
  '\u00BE': '3/4',
  '\u2153': '1/3',
  '\u2154': '2/3',
}
