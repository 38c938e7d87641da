import { isUrl, prefixLength, splitInfixes, suffixLength } from './affixes.js'
import { space } from './characters.js'
import { englishExceptions } from './exceptions.js'

/**
 * Words of a training caption, as the reference's text field makes them: lower-case, without newlines at the end, by
 * spaCy's English rules, without the words of its punctuation list. Runs of spaces other than single blanks are words
 * too, and stay: the published vocabulary has six of them. The reference ran spaCy 2.0.11, whose rules do not part a
 * hyphen from a digit before it: that makes "4-way" and "3-way", of its 10,201 words, no words here.
 */
export function captionTokens(caption: string): string[] {
  return spacyTokenize(caption.toLowerCase().replace(/\n+$/, '')).filter((token) => !punctuation.has(token))
}

/** The reference's punctuation list: whole tokens, so that "!!" or a dash of another kind is a word. */
export const punctuation: ReadonlySet<string> = new Set(
  `'' ' \`\` \` -LRB- -RRB- -LCB- -RCB- . ? ! , : - -- ... ;`.split(' '),
)

/**
 * Tokens of a text by the rules of spaCy 3.8's blank English pipeline, as its documentation states them (Linguistic
 * features: how spaCy's tokenizer works). Nothing but single blanks is lost. Time is linear in the text's length.
 */
export function spacyTokenize(text: string): string[] {
  const tokens: string[] = []
  let rejoin = false
  for (const [run, chunk = run] of text.matchAll(chunks)) {
    const split = splitChunk(chunk)
    for (const token of split.tokens) tokens.push(token)
    rejoin ||= split.rejoin
  }
  return rejoin ? rejoinExceptions(text, tokens) : tokens
}

/** A run of spaces, or of anything else: then the blank after it belongs to it and is no token. */
const chunks = new RegExp(`([^${space}]+) ?|[${space}]+`, 'gv')

interface Split {
  readonly tokens: readonly string[]
  /** Whether the tokens hold an exception that the affix rules cut apart, as ":)" in "(smile:)". */
  readonly rejoin: boolean
}

/** What chunks split into, kept because captions repeat their words; it starts afresh when it is full. */
const cache = new Map<string, Split>()
const cacheSize = 1 << 16
const longestCached = 64

function splitChunk(chunk: string): Split {
  const known = cache.get(chunk)
  if (known) return known
  const tokens = splitWord(chunk, exceptions)
  const rejoin = cutExceptions(tokens).some(({ start, end, word }) => {
    const found = tokens.slice(start, end)
    return found.join('') === word && exceptions.get(word)?.some((token, i) => token !== found[i])
  })
  const split = { tokens, rejoin }
  if (chunk.length > longestCached) return split
  if (cache.size >= cacheSize) cache.clear()
  cache.set(chunk, split)
  return split
}

type Exceptions = ReadonlyMap<string, readonly string[]>

const exceptions: Exceptions = englishExceptions()
const longestException = Math.max(...[...exceptions.keys()].map((word) => word.length))

/** One chunk: affixes come off in turn, inside out, until an exception or nothing more to split is left. */
function splitWord(chunk: string, exceptions: Exceptions): string[] {
  const exception = (word: string) => (word.length <= longestException ? exceptions.get(word) : undefined)
  const prefixes: string[] = []
  const suffixes: string[] = []
  let word = chunk
  while (word !== '' && !exception(word)) {
    const before = prefixLength(word)
    const afterPrefix = word.slice(before)
    if (before > 0 && exception(afterPrefix)) {
      prefixes.push(word.slice(0, before))
      word = afterPrefix
      break
    }
    const after = suffixLength(afterPrefix)
    const beforeSuffix = word.slice(0, word.length - after)
    if (after > 0 && exception(beforeSuffix)) {
      suffixes.push(word.slice(word.length - after))
      word = beforeSuffix
      break
    }
    if (before + after === 0) break
    if (before > 0) prefixes.push(word.slice(0, before))
    if (after > 0) suffixes.push(word.slice(word.length - after))
    word = word.slice(before, word.length - after)
  }
  const middle = word === '' ? [] : (exception(word) ?? (isUrl(word) ? [word] : splitInfixes(word)))
  return [...prefixes, ...middle, ...suffixes.reverse()]
}

/**
 * spaCy's second pass: exceptions that came apart with the affixes around them are put together again. Of those that
 * overlap the longest counts, then the first; the others, and one with a blank between its tokens, still keep those
 * that overlap them in turn from counting.
 */
function rejoinExceptions(text: string, tokens: readonly string[]): string[] {
  const offsets: number[] = []
  let offset = 0
  for (const token of tokens) {
    if (!text.startsWith(token, offset)) offset++
    offsets.push(offset)
    offset += token.length
  }
  const taken = new Uint8Array(tokens.length)
  const replacements = new Map<number, { end: number; tokens: readonly string[] }>()
  const found = cutExceptions(tokens).sort((a, b) => b.end - b.start - (a.end - a.start) || a.start - b.start)
  for (const { start, end, word } of found) {
    const free = !taken[start] && !taken[end - 1]
    taken.fill(1, start, end)
    if (free && text.startsWith(word, offsets[start]))
      replacements.set(start, { end, tokens: exceptions.get(word) ?? [] })
  }
  const joined: string[] = []
  for (let i = 0; i < tokens.length;) {
    const replacement = replacements.get(i)
    joined.push(...(replacement?.tokens ?? tokens.slice(i, i + 1)))
    i = replacement?.end ?? i + 1
  }
  return joined
}

/** Everywhere in the tokens that an exception stands as the affix rules alone would split it. */
function cutExceptions(tokens: readonly string[]): { start: number; end: number; word: string }[] {
  return tokens.flatMap((first, start) =>
    (cut.get(first) ?? [])
      .filter(({ parts }) => parts.every((part, i) => part === tokens[start + i]))
      .map(({ word, parts }) => ({ start, end: start + parts.length, word })),
  )
}

interface Cut {
  readonly word: string
  readonly parts: readonly string[]
}

/** The exceptions that the affix rules cut, by the first token they leave. */
const cut = new Map<string, Cut[]>()
for (const word of exceptions.keys()) {
  const parts = splitWord(word, new Map())
  const [first = ''] = parts
  if (parts.length > 1) cut.set(first, [...(cut.get(first) ?? []), { word, parts }])
}
