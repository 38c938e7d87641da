/** Captions as numbers of words, the form in which metrics count them. */

/**
 * Captions as word numbers, one after the other in one array: caption i is `words[starts[i]]` up to, not including,
 * `words[starts[i + 1]]`. Tens of thousands of images cost a few megabytes and no objects.
 */
export interface Captions {
  readonly words: Int32Array
  readonly starts: Int32Array
}

/** What a metric compares: image i has hypothesis i and the references `first[i]` up to `first[i + 1]`. */
export interface Segments<Form = Captions> {
  readonly hypotheses: Form
  readonly references: Form
  readonly first: Int32Array
}

/** Packs lists of word numbers. */
export function packCaptions(captions: readonly ArrayLike<number>[]): Captions {
  const starts = new Int32Array(captions.length + 1)
  captions.forEach((words, i) => (starts[i + 1] = starts[i]! + words.length))
  const words = new Int32Array(starts[captions.length]!)
  captions.forEach((caption, i) => words.set(caption, starts[i]))
  return { words, starts }
}

/** Where each group's members begin in the flattened list, and at the end their number. */
export function packGroups(sizes: readonly number[]): Int32Array {
  const first = new Int32Array(sizes.length + 1)
  sizes.forEach((size, i) => (first[i + 1] = first[i]! + size))
  return first
}

/**
 * Words as numbers. The reference's metrics take the tokenizer's output as one string and split it in two ways, which
 * differ where a token holds a no-break space ("1 1/2" is one token) and for a caption without words:
 * ROUGE-L with Python's `split(" ")`, BLEU and CIDEr with `split()`.
 */
export class Lexicon {
  #numbers = new Map<string, number>()
  #parts = new Map<number, readonly number[]>() // tokens that split() takes apart, or drops

  /** @param words numbered from 0 in their order: a vocabulary's ids are then its words' numbers, others come after */
  constructor(words: readonly string[] = []) {
    for (const word of words) this.number(word)
  }

  /** The number of a word; a new one for a word not met before. */
  number(word: string): number {
    const known = this.#numbers.get(word)
    if (known !== undefined) return known
    const number = this.#numbers.size
    this.#numbers.set(word, number)
    if (word === '' || whiteSpace.test(word))
      this.#parts.set(
        number,
        splitWords(word).map((part) => this.number(part)),
      )
    return number
  }

  /** Captions as `split(" ")` gives them; one without tokens holds one empty token. */
  byBlanks(captions: readonly (readonly string[])[]): Captions {
    const starts = new Int32Array(captions.length + 1)
    for (const [i, tokens] of captions.entries()) starts[i + 1] = starts[i]! + Math.max(1, tokens.length)
    const words = new Int32Array(starts[captions.length]!)
    let end = 0
    for (const tokens of captions) {
      if (tokens.length === 0) words[end++] = this.number('')
      for (const token of tokens) words[end++] = this.number(token)
    }
    return { words, starts }
  }

  /** The same captions as `split()` gives them. */
  byWhiteSpace(captions: Captions): Captions {
    if (this.#parts.size === 0) return captions
    const { words, starts } = captions
    const parts = Array.from<readonly number[] | undefined>({ length: this.#numbers.size })
    for (const [number, split] of this.#parts) parts[number] = split
    let length = 0
    for (const word of words) length += parts[word]?.length ?? 1
    const split = { words: new Int32Array(length), starts: new Int32Array(starts.length) }
    let end = 0
    for (let i = 0; i + 1 < starts.length; i++) {
      for (let j = starts[i]!; j < starts[i + 1]!; j++) {
        const several = parts[words[j]!]
        if (several) for (const part of several) split.words[end++] = part
        else split.words[end++] = words[j]!
      }
      split.starts[i + 1] = end
    }
    return split
  }
}

// What Python's str.split() splits at: not quite \s of JavaScript, which has U+FEFF and lacks U+001C to U+001F, U+0085.
// oxlint-disable-next-line no-control-regex -- Python splits at these
const whiteSpace = /[\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/
const splitWords = (text: string) => text.split(whiteSpace).filter((word) => word !== '')
