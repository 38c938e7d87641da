/** Captions as tf-idf vectors, with their norms and products. */
import type { DocumentFrequencies } from './frequencies.js'
import { orders, type CaptionNgrams } from './ngrams.js'
import { withRoom } from './room.js'

/** A stack of captions as tf-idf vectors, one vector for each order of n-gram. In steady use it allocates nothing. */
export interface Vectors {
  readonly height: number
  /** Puts the caption of the words start up to end on top. */
  push(ngrams: CaptionNgrams, start: number, end: number): void
  /** Takes captions off until `height` are left. */
  cut(height: number): void
  /** Words in a caption. */
  words(caption: number): number
  /** Euclidean norm of a caption's vector of order n, 1 to 4. */
  norm(caption: number, n: number): number
  /**
   * Product of the vectors of order n of the top caption and another.
   *
   * @param clipped counts the top caption's n-grams no more often than the other has them
   */
  product(other: number, n: number, clipped: boolean): number
}

/** Weights are the n-gram's count in the caption times ln(documents) - ln(max(1, document frequency)). */
export function createVectors({ ngrams, counts, documents }: DocumentFrequencies): Vectors {
  const logDocuments = Math.log(documents)
  const logCounts = logarithms(counts)
  // Captions one after the other, their n-grams order by order: those of order n of caption c are the entries
  // bounds[5c + n - 1] up to bounds[5c + n].
  let entries = new Int32Array(512)
  let weights = new Float64Array(512)
  let bounds = new Int32Array(64)
  let norms = new Float64Array(64) // of order n at 5c + n
  let lengths = new Int32Array(16)
  let entryOf = new Int32Array(ngrams.size) // by n-gram: its entry in the top caption, if that entry holds it
  let height = 0

  const end = () => (height === 0 ? 0 : bounds[(orders + 1) * height - 1]!)
  const reserve = (length: number) => {
    entryOf = withRoom(entryOf, ngrams.size)
    lengths = withRoom(lengths, height + 1)
    bounds = withRoom(bounds, (orders + 1) * (height + 1))
    entries = withRoom(entries, end() + orders * length)
    if (weights.length < entries.length) weights = copyInto(new Float64Array(entries.length), weights)
    if (norms.length < bounds.length) norms = copyInto(new Float64Array(bounds.length), norms)
  }

  return {
    get height() {
      return height
    },
    push({ orders: numbered }, start, stop) {
      reserve(stop - start)
      // Locals, because V8 reloads and checks captured variables at every use.
      const [grams, tfidf, found] = [entries, weights, entryOf]
      const base = (orders + 1) * height
      let next = end()
      bounds[base] = next
      lengths[height] = stop - start
      for (let n = 1; n <= orders; n++) {
        const numbers = numbered[n - 1]!
        const first = next
        for (let i = start; i + n <= stop; i++) {
          const ngram = numbers[i]!
          const entry = found[ngram]!
          if (entry >= first && entry < next && grams[entry] === ngram) {
            tfidf[entry]!++
          } else {
            found[ngram] = next
            grams[next] = ngram
            tfidf[next++] = 1
          }
        }
        let squares = 0
        for (let entry = first; entry < next; entry++) {
          const weight = tfidf[entry]! * (logDocuments - logCounts[counts[grams[entry]!] ?? 0]!)
          tfidf[entry] = weight
          squares += weight * weight
        }
        bounds[base + n] = next
        norms[base + n] = Math.sqrt(squares)
      }
      height++
    },
    cut(to) {
      height = Math.min(height, to)
    },
    words: (caption) => lengths[caption]!,
    norm: (caption, n) => norms[(orders + 1) * caption + n]!,
    product(other, n, clipped) {
      const [grams, tfidf, found] = [entries, weights, entryOf]
      const top = (orders + 1) * (height - 1) + n
      const first = bounds[top - 1]!
      const last = bounds[top]!
      const stop = bounds[(orders + 1) * other + n]!
      let sum = 0
      for (let entry = bounds[(orders + 1) * other + n - 1]!; entry < stop; entry++) {
        const match = found[grams[entry]!]!
        if (match < first || match >= last || grams[match] !== grams[entry]) continue
        const weight = tfidf[entry]!
        sum += (clipped ? Math.min(tfidf[match]!, weight) : tfidf[match]!) * weight
      }
      return sum
    },
  }
}

/** ln(max(1, count)) of every count there is. */
function logarithms(counts: Int32Array): Float64Array {
  let largest = 1
  for (const count of counts) if (count > largest) largest = count
  return Float64Array.from({ length: largest + 1 }, (_, count) => Math.log(Math.max(1, count)))
}

function copyInto(longer: Float64Array<ArrayBuffer>, array: Float64Array): Float64Array<ArrayBuffer> {
  longer.set(array)
  return longer
}
