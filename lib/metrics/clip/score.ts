/** CLIPScore and RefCLIPScore (Hessel et al., EMNLP 2021, section 3), of embeddings. */

/** Rows of equal width: an embedding each. */
export interface Embeddings {
  readonly width: number
  /** (rows, width) */
  readonly data: ArrayLike<number>
}

/** CLIP-S(c, v) = 2.5 max(cos(c, v), 0), for row `row` of both. */
export function clipScore(images: Embeddings, captions: Embeddings, row: number): number {
  return 2.5 * Math.max(cosine(images, row, captions, row), 0)
}

/**
 * RefCLIP-S(c, R, v): the harmonic mean of CLIP-S(c, v) and of the largest cosine of the caption and a reference, where that
 * is positive.
 *
 * @param first of the image's rows in `references`, and the one after its last
 */
export function refClipScore(
  score: number,
  captions: Embeddings,
  row: number,
  references: Embeddings,
  [first, end]: readonly [number, number],
): number {
  let best = 0
  for (let i = first; i < end; i++) best = Math.max(best, cosine(captions, row, references, i))
  return score + best === 0 ? 0 : (2 * score * best) / (score + best)
}

/** The cosine of two rows; 0 where one is all zeros. */
function cosine(a: Embeddings, i: number, b: Embeddings, j: number): number {
  let [dot, aa, bb] = [0, 0, 0]
  for (let k = 0; k < a.width; k++) {
    const [x, y] = [a.data[i * a.width + k]!, b.data[j * b.width + k]!]
    dot += x * y
    aa += x * x
    bb += y * y
  }
  return aa === 0 || bb === 0 ? 0 : dot / Math.sqrt(aa * bb)
}
