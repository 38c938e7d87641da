import { bucketOf, partOf, type Batch } from './batches.js'
import { crossEntropyInputs, readFeatures, written } from './objectives/inputs.js'
import type { Run } from './run.js'
import type { Sharing } from './shares.js'
import type { Part } from './optimizer/optimizer.js'

/** This rank's share of a batch, its features read. */
export interface Share {
  readonly index: number
  readonly batch: Batch
  /** (images of a part, regions, featureWidth) */
  readonly features: Float32Array
}

/** This rank's non-empty parts of a batch, their features read. */
export async function readShares(
  batch: Batch,
  { images, parts, first, own }: Sharing,
  { examples, reader, config }: Pick<Run, 'examples' | 'reader' | 'config'>,
): Promise<Share[]> {
  const shares: Share[] = []
  for (let index = first; index < first + own; index++) {
    const part = partOf(batch, index, parts, images)
    if (part.images.length === 0) break
    const wanted = part.images.map((image) => examples[image]!.features)
    const features = await readFeatures(reader, wanted, Math.ceil(images / parts), config)
    shares.push({ index, batch: part, features })
  }
  return shares
}

/**
 * The inputs of cross-entropy for the parts of a batch, and the words of the whole batch that its loss is a mean over.
 * Every part is as long as the longest caption of the batch needs.
 */
export function crossEntropyParts(
  shares: readonly Share[],
  batch: Batch,
  { images, parts }: Sharing,
  { examples, config }: Pick<Run, 'examples' | 'config'>,
  seed: number,
): { parts: Part[]; words: number; captions: number } {
  const lengths = batch.images.flatMap((image, i) =>
    batch.captions[i]!.map((caption) => examples[image]!.captions[caption]!.length + 1),
  )
  const share = Math.ceil(images / parts)
  const sizes = {
    images: share,
    captions: Math.max(...batch.captions.map(({ length }) => length)),
    length: bucketOf(Math.max(...lengths), config.maxLength),
  }
  return {
    words: lengths.reduce((sum, length) => sum + length, 0),
    captions: lengths.length,
    parts: shares.map(({ index, batch, features }) => {
      const targets = batch.images.map((image, i) =>
        batch.captions[i]!.map((caption, row) => written(examples[image]!.captions[caption]!, row)),
      )
      const inputs = crossEntropyInputs(config, sizes, features, targets, { first: index * share, seed })
      return { sizes, inputs }
    }),
  }
}
