/** The metrics as their definitions read, over strings: slow, plain, and the oracle of random corpora. */
export interface Item {
  hypothesis: string
  references: string[]
}

const grams = (text: string, n: number) => {
  const words = text.split(' ').filter(Boolean)
  const counts = new Map<string, number>()
  for (let i = 0; i + n <= words.length; i++) {
    const gram = words.slice(i, i + n).join(' ')
    counts.set(gram, (counts.get(gram) ?? 0) + 1)
  }
  return counts
}
const wordCount = (text: string) => text.split(' ').filter(Boolean).length

export function naiveBleu(items: readonly Item[]): number[] {
  const sum = (f: (item: Item) => number) => items.reduce((total, item) => total + f(item), 0)
  const test = sum(({ hypothesis }) => wordCount(hypothesis))
  const reference = sum(({ hypothesis, references }) => {
    const distance = (length: number) => Math.abs(length - wordCount(hypothesis))
    return references.map(wordCount).sort((a, b) => distance(a) - distance(b) || a - b)[0]!
  })
  let product = 1
  return [1, 2, 3, 4].map((n) => {
    const correct = sum(({ hypothesis, references }) =>
      [...grams(hypothesis, n)].reduce(
        (total, [gram, count]) =>
          total + Math.min(count, Math.max(...references.map((text) => grams(text, n).get(gram) ?? 0))),
        0,
      ),
    )
    const guess = sum(({ hypothesis }) => Math.max(0, wordCount(hypothesis) - n + 1))
    product *= (correct + 1e-15) / (guess + 1e-9)
    const ratio = (test + 1e-15) / (reference + 1e-9)
    return product ** (1 / n) * (ratio < 1 ? Math.exp(1 - 1 / ratio) : 1)
  })
}

export function naiveRouge({ hypothesis, references }: Item): number {
  const common = (a: string[], b: string[]): number => {
    const table = Array.from({ length: a.length + 1 }, () => Array.from({ length: b.length + 1 }, () => 0))
    for (let i = 1; i <= a.length; i++)
      for (let j = 1; j <= b.length; j++)
        table[i]![j] =
          a[i - 1] === b[j - 1] ? table[i - 1]![j - 1]! + 1 : Math.max(table[i - 1]![j]!, table[i]![j - 1]!)
    return table[a.length]![b.length]!
  }
  const words = hypothesis.split(' ')
  const lengths = references.map((text) => [common(words, text.split(' ')), text.split(' ').length] as const)
  const precision = Math.max(...lengths.map(([length]) => length / words.length))
  const recall = Math.max(...lengths.map(([length, of]) => length / of))
  return precision && recall ? (2.44 * precision * recall) / (recall + 1.44 * precision) : 0
}

export function naiveCider(items: readonly Item[], variant: 'CIDEr-D' | 'CIDEr'): number[] {
  const orders = [1, 2, 3, 4]
  const documents = new Map<string, number>()
  for (const { references } of items)
    for (const gram of new Set(
      orders.flatMap((n) => references.flatMap((text) => [...grams(text, n).keys()])),
    ))
      documents.set(gram, (documents.get(gram) ?? 0) + 1)
  const vector = (text: string, n: number) =>
    new Map(
      [...grams(text, n)].map(([gram, count]) => [
        gram,
        count * (Math.log(items.length) - Math.log(Math.max(1, documents.get(gram) ?? 0))),
      ]),
    )
  const norm = (v: Map<string, number>) => Math.sqrt([...v.values()].reduce((sum, x) => sum + x * x, 0))
  const bigrams = (text: string) => Math.max(0, wordCount(text) - 1)
  return items.map(({ hypothesis, references }) => {
    let total = 0
    for (const n of orders)
      for (const reference of references) {
        const [h, r] = [vector(hypothesis, n), vector(reference, n)]
        let product = 0
        for (const [gram, weight] of h) {
          const other = r.get(gram) ?? 0
          product += (variant === 'CIDEr-D' ? Math.min(weight, other) : weight) * other
        }
        const delta = bigrams(hypothesis) - bigrams(reference)
        const penalty = variant === 'CIDEr-D' ? Math.exp(-(delta ** 2) / 72) : 1
        if (norm(h) * norm(r) > 0) total += (product / (norm(h) * norm(r))) * penalty
      }
    return (10 * total) / 4 / references.length
  })
}
