/** JSON text to values, without what would be changed silently when it is written again. */

/**
 * Parses JSON. Integers that a double would change, which are beyond 2^53, become strings with the same digits.
 *
 * @throws Error for invalid JSON, numbers too large for a double, and values nested deeper than `deepest`
 */
export function parseJson(text: string): unknown {
  const value: unknown = JSON.parse(isSuspicious(text) ? withExactNumbers(text) : text)
  if (text.length > 2 * deepest && isDeeper(value, deepest)) throw new Error(tooDeep)
  return value
}

/** Levels of nesting that are read; JSON.stringify overflows the stack at a few thousand. */
export const deepest = 1000
export const tooDeep = `nested deeper than ${deepest} levels`

/** Whether there may be long integers or large exponents, in strings too; the first expression is the faster one. */
const isSuspicious = (text: string): boolean => digits.test(text) && suspicious.test(text)
const digits = /\d{16}|\d[eE]\+?\d{3}/
const suspicious = /(?<![\d.])\d{16,}(?![\d.eE])|\d[eE]\+?\d{3}|\d{300}/

/** The text with the integers in quotes that a double would change. */
function withExactNumbers(text: string): string {
  let exact = ''
  for (let at = 0; at < text.length;) {
    const quote = text.indexOf('"', at)
    const end = quote < 0 ? text.length : quote
    exact += text.slice(at, end).replace(number, exactNumber)
    at = quote < 0 ? end : endOfString(text, quote)
    exact += text.slice(end, at)
  }
  return exact
}

const number = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/g

function exactNumber(token: string): string {
  const value = Number(token)
  if (!Number.isFinite(value))
    throw new Error(`the number ${token.slice(0, 20)} is too large for a double; in quotes it would be kept`)
  return /^-?\d+$/.test(token) && String(value) !== token && value !== 0 ? `"${token}"` : token
}

/** The index after the string that begins at `start`. */
function endOfString(text: string, start: number): number {
  for (let at = start + 1; ; at++) {
    at = text.indexOf('"', at)
    if (at < 0) return text.length
    let backslashes = 0
    while (text[at - 1 - backslashes] === '\\') backslashes++
    if (backslashes % 2 === 0) return at + 1
  }
}

function isDeeper(value: unknown, limit: number): boolean {
  const values = [value]
  const depths = [0]
  while (values.length > 0) {
    const next = values.pop()
    const depth = depths.pop()! + 1
    if (typeof next !== 'object' || next === null) continue
    if (depth > limit) return true
    for (const child of Object.values(next))
      if (typeof child === 'object' && child !== null) {
        values.push(child)
        depths.push(depth)
      }
  }
  return false
}
