/** The spelling of tokens in the Penn Treebank, from the text that a rule matched. */

/** A word: straight apostrophes, `&` for its entity, no soft hyphens; a word of soft hyphens only is a hyphen. */
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

/** A token with blanks inside, which become no-break spaces. */
export function unbroken(match: string): string {
  return match.replaceAll(' ', '\u00A0')
}

/** A token with blanks and parentheses inside, which are written -LRB- and -RRB-. */
export function closed(match: string): string {
  return unbroken(match).replaceAll('(', '-LRB-').replaceAll(')', '-RRB-')
}

/** Currencies and fractions in ASCII; the pound sign is a hash, as in the Treebank. */
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
