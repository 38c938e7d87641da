/** METEOR's normalisation of punctuation and case. */

/** Words that keep their dot: always, or only before a number (`No. 5`). */
export interface Prefixes {
  readonly always: ReadonlySet<string>
  readonly numeric: ReadonlySet<string>
}

export const noPrefixes: Prefixes = { always: new Set(), numeric: new Set() }

/**
 * METEOR 1.5's `-norm` for English: punctuation set apart, hyphens and acronym dots taken out, lower case
 * (Denkowski and Lavie, WMT 2014; rules as measured on the jar).
 *
 * @returns words separated by single blanks; "" for a line without any
 */
export function normalise(line: string, prefixes: Prefixes): string {
  if (/^(?:[a-z0-9]+(?: (?=.)|$))*$/.test(line)) return line
  const words = separate(` ${line} `)
    .split(/[ \t\n\f\r]+/)
    .filter(Boolean)
  return words
    .map((word, i) => dotted(word, words[i + 1], prefixes))
    .join(' ')
    .replace(/[ \u00a0\u2000-\u200a\u202f\u205f\u3000]+/g, ' ')
    .replace(/^[\0- ]+|[\0- ]+$/g, '')
    .toLowerCase()
}

// Letters as METEOR counts them: Latin up to \u017e, Cyrillic and phonetic extensions, as far as Unicode 6.0 had them.
const letter =
  'A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u017e\u0400-\u0527\u1d00-\u1d7f\ua640-\ua66e\ua67e-\ua697'
const anyLetter = new RegExp(`[${letter}]`)
const rules: readonly (readonly [RegExp, string])[] = [
  [new RegExp(`[^${letter}0-9 \\t\\n\\v\\f\\r.'\`,\\-\u2018\u2019]`, 'gu'), ' $& '],
  [/\.{2,}/g, ' $& '],
  [/([^0-9]),([^0-9])/gu, '$1 , $2'],
  [/([0-9]),([^0-9])/gu, '$1 , $2'],
  [/([^0-9]),([0-9])/gu, '$1 , $2'],
  [/[`\u2018\u2019]/g, "'"],
  [/[\u201c\u201d]|''/g, ' " '],
  [/\u2013/g, '-'],
  [/--/g, '-'],
  [new RegExp(`([${letter}.0-9])-([${letter}0-9])`, 'gu'), '$1 $2'],
  [new RegExp(`([^${letter}])'([^${letter}])`, 'gu'), "$1 ' $2"],
  [new RegExp(`([^${letter}0-9])'([${letter}])`, 'gu'), "$1 ' $2"],
  [new RegExp(`([${letter}])'([^${letter}])`, 'gu'), "$1 ' $2"],
  [new RegExp(`([${letter}])'([${letter}])`, 'gu'), "$1 '$2"],
  [/([0-9])'(s)/g, "$1 '$2"],
]

function separate(line: string): string {
  let text = line
  for (const [pattern, replacement] of rules) text = text.replace(pattern, replacement)
  return text
}

/** A word's closing dot: part of an acronym, of an abbreviation, or the end of a sentence. */
function dotted(word: string, next: string | undefined, { always, numeric }: Prefixes): string {
  if (!word.endsWith('.') || /^\.+$/.test(word)) return word
  const stem = word.slice(0, -1)
  if (stem.includes('.') && anyLetter.test(stem)) return word.replaceAll('.', '')
  if (always.has(stem) || /^[a-z]/.test(next ?? '')) return word
  if (numeric.has(stem) && /^[0-9]/.test(next ?? '')) return word
  return `${stem} .`
}
