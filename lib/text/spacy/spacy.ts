/** spaCy's English tokenizer, and the words of training captions. */

import { checkLength } from '../caption-length.js'
import { isUrl, prefixLength, splitInfixes, suffixLength } from './affixes.js'
import { space } from './characters.js'
import { englishExceptions } from './exceptions.js'

/**
 * Words of a training caption, as the reference's text field makes them: in lower case, without newlines at the end, split
 * by spaCy's English rules, without the words of its punctuation list. Runs of spaces other than single blanks are words
 * too and stay: the published vocabulary has six of them. The reference ran spaCy 2.0.11, whose rules do not split a
 * hyphen from a digit before it, so that "4-way" and "3-way" of its 10,201 words do not occur here.
 */
export function captionTokens(caption: string): string[] {
  return spacyTokenize(checkLength(caption).toLowerCase().replace(/\n+$/, '')).filter(
    (token) => !punctuation.has(token),
  )
}

/** The reference's punctuation list. It has whole tokens, so that "!!" or another kind of dash is a word. */
export const punctuation: ReadonlySet<string> = new Set(
  `'' ' \`\` \` -LRB- -RRB- -LCB- -RCB- . ? ! , : - -- ... ;`.split(' '),
)

/**
 * Tokens of a text by the rules of spaCy 3.8's blank English pipeline, as its documentation gives them (Linguistic
 * features: how spaCy's tokenizer works). Only single blanks are lost. Takes time linear in the length of the text.
 */
export function spacyTokenize(text: string): string[] {
  const tokens: string[] = []
  let rejoin = false
  for (const chunk of chunksOf(text)) {
    const split = splitChunk(chunk)
    for (const token of split.tokens) tokens.push(token)
    rejoin ||= split.rejoin
  }
  return rejoin ? rejoinExceptions(text, tokens) : tokens
}

/**
 * Runs of spaces, and runs of other characters, whose following blank is not a token. Only single characters are searched
 * for, since a regular expression for a run overflows the stack where the run has millions.
 */
function* chunksOf(text: string): Generator<string> {
  for (let at = 0; at < text.length;) {
    const end = indexOf(anySpace, text, at)
    if (end > at) {
      yield text.slice(at, end)
      at = text[end] === ' ' ? end + 1 : end
    } else {
      const after = indexOf(otherCharacter, text, at)
      yield text.slice(at, after)
      at = after
    }
  }
}

const anySpace = new RegExp(`[${space}]`, 'gv')
const otherCharacter = new RegExp(`[^${space}]`, 'gv')

/** Where the next match is, from `at` on; the end of the text if there is none. */
function indexOf(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at
  return pattern.exec(text)?.index ?? text.length
}

interface Split {
  readonly tokens: readonly string[]
  /** Whether the affix rules cut an exception apart, such as ":)" in "(smile:)". */
  readonly rejoin: boolean
}

/** The tokens of chunks, kept because captions repeat their words; emptied when it is full. */
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

/** The tokens of one chunk: prefixes and suffixes are split off in turn until an exception, or nothing more, is left. */
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
 * spaCy's second pass: exceptions that were cut together with the affixes around them are joined again. Of overlapping
 * ones the longest is joined, then the first. The others, and one with a blank between its tokens, still prevent those
 * that overlap with them from being joined.
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

/** All places in the tokens where an exception occurs as the affix rules alone split it. */
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

/** The exceptions that the affix rules cut, by their first token. */
const cut = new Map<string, Cut[]>()
for (const word of exceptions.keys()) {
  const parts = splitWord(word, new Map())
  const [first = ''] = parts
  if (parts.length > 1) cut.set(first, [...(cut.get(first) ?? []), { word, parts }])
}
