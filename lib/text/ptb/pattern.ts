/**
 * Regular expressions parsed to data, so that many can be matched at once (lexer.ts). The notation is JavaScript's:
 * sequences, `|`, `(?:...)`, `* + ? {m} {m,n} {m,}`, classes and escapes; one look-ahead `(?=...)` may end a pattern.
 */
export type Pattern =
  | { readonly kind: 'symbol'; readonly source: string }
  | { readonly kind: 'sequence'; readonly parts: readonly Pattern[] }
  | { readonly kind: 'choice'; readonly parts: readonly Pattern[] }
  | { readonly kind: 'repeat'; readonly part: Pattern; readonly min: number; readonly max: number }

/**
 * Parses the source of a regular expression.
 *
 * @returns the pattern, and what must follow it
 * @throws SyntaxError for any other notation
 */
export function parsePattern(source: string): { pattern: Pattern; ahead?: Pattern } {
  let at = 0

  const fail = (what: string) => new SyntaxError(`${what} at ${at} of /${source}/`)
  const take = (text: string) => {
    const found = source.startsWith(text, at)
    if (found) at += text.length
    return found
  }

  function choice(): Pattern {
    const parts = [sequence()]
    while (take('|')) parts.push(sequence())
    return parts.length === 1 && parts[0] ? parts[0] : { kind: 'choice', parts }
  }

  function sequence(): Pattern {
    const parts: Pattern[] = []
    while (at < source.length && !'|)'.includes(source.charAt(at)) && !source.startsWith('(?=', at))
      parts.push(repeat(atom()))
    return { kind: 'sequence', parts }
  }

  function repeat(part: Pattern): Pattern {
    if (take('*')) return repeat({ kind: 'repeat', part, min: 0, max: Infinity })
    if (take('+')) return repeat({ kind: 'repeat', part, min: 1, max: Infinity })
    if (take('?')) return repeat({ kind: 'repeat', part, min: 0, max: 1 })
    const counts = /^\{(\d+)(,?)(\d*)\}/.exec(source.slice(at, at + 12))
    if (!counts) return part
    at += counts[0].length
    const min = Number(counts[1])
    return { kind: 'repeat', part, min, max: counts[3] ? Number(counts[3]) : counts[2] ? Infinity : min }
  }

  function atom(): Pattern {
    if (take('(?:')) {
      const inner = choice()
      if (!take(')')) throw fail('expected )')
      return inner
    }
    const symbol = symbolNotation.exec(source.slice(at))?.[0]
    if (!symbol) throw fail('unexpected notation')
    at += symbol.length
    return { kind: 'symbol', source: symbol }
  }

  const pattern = choice()
  if (!take('(?=')) {
    if (at < source.length) throw fail('unexpected notation')
    return { pattern }
  }
  const ahead = choice()
  if (!take(')') || at < source.length) throw fail('expected ) and the end')
  return { pattern, ahead }
}

/** One character: itself, an escape or a class. */
const symbolNotation =
  /^(?:\[(?:\\.|[^\]\\])*\]|\\(?:[pP]\{[^}]*\}|u[0-9A-Fa-f]{4}|x[0-9A-Fa-f]{2}|[^bBkc0-9])|[^\\()[\]{}*+?^$|])/
