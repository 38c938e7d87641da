/** `m2 clip-score`: how well captions fit their photographs, and their references, by CLIP. */
import { dirname, join } from 'node:path'
import * as z from 'zod'
import { DataError, UsageError } from '../errors.js'
import type { Embeddings } from '../metrics/clip/score.js'
import { imageId, type MetricRecord } from '../records.js'
import { defineStage } from '../stage.js'
import { version } from '../version.js'

const input = z.looseObject({
  image_id: imageId,
  caption: z.string(),
  captions: z.array(z.string()).optional(),
  references: z.array(z.string()).optional(),
  file_name: z.string().optional(),
})
type Captioned = z.infer<typeof input>

export default defineStage({
  name: 'clip-score',
  input,
  options: {
    imageModel: {
      metavar: 'FILE',
      describe: 'ONNX graph of the image encoder: pixel_values to image_embeds',
    },
    textModel: { metavar: 'FILE', describe: 'ONNX graph of the text encoder: input_ids to text_embeds' },
    merges: { metavar: 'FILE', describe: "merges.txt of CLIP's words; default: beside --text-model" },
    photos: { metavar: 'DIR', default: '.', describe: "Folder of the photographs, the records' file_name" },
    imageEmbeddings: {
      metavar: 'NPY',
      describe: 'Instead of models: embeddings of the images, a row a record',
    },
    captionEmbeddings: { metavar: 'NPY', describe: 'Embeddings of the captions, a row a record' },
    referenceEmbeddings: {
      metavar: 'NPY',
      describe: 'Embeddings of all references, in the order of the records',
    },
  },
  examples: [
    [
      'm2 clip-score --image-model clip/vision.onnx --text-model clip/text.onnx --photos val2014 < captions.jsonl',
      'CLIPScore, and RefCLIPScore where the records have references',
    ],
    [
      'm2 clip-score --image-embeddings v.npy --caption-embeddings c.npy < captions.jsonl',
      'Of embeddings made elsewhere',
    ],
  ],
  async *run(records, options, context) {
    const { clipScore, refClipScore } = await import('../metrics/clip/score.js')
    const all: Captioned[] = []
    for await (const record of records) all.push(record)
    if (all.length === 0) throw new DataError('stdin: expected captions to score, found none')
    const counts = all.map((record) => referencesOf(record).length)
    const [name, embeddings] = await (options.imageModel === undefined && options.textModel === undefined
      ? read(options, all.length, sum(counts))
      : encode(options, all, (image) => context.note(`${image} of ${all.length} images`)))
    const { images, captions, references } = embeddings

    const scores = all.map((_, row) => clipScore(images, captions, row))
    const signature = `embeddings:${name}|version:${version()}`
    yield metric('CLIPScore', scores, signature)
    if (references && counts.every((count) => count > 0)) {
      let end = 0
      const withReferences = scores.map((score, row) =>
        refClipScore(score, captions, row, references, [end, (end += counts[row]!)]),
      )
      yield metric('RefCLIPScore', withReferences, signature)
    }
  },
})

interface ClipOptions {
  imageModel?: string | undefined
  textModel?: string | undefined
  merges?: string | undefined
  photos: string
  imageEmbeddings?: string | undefined
  captionEmbeddings?: string | undefined
  referenceEmbeddings?: string | undefined
}
interface All {
  images: Embeddings
  captions: Embeddings
  references?: Embeddings | undefined
}

const referencesOf = ({ captions, references = captions }: Captioned) => references ?? []
const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0)
const metric = (name: string, scores: readonly number[], signature: string): MetricRecord => ({
  metric: name,
  score: sum(scores) / scores.length,
  n: scores.length,
  signature: `${name}|${signature}`,
})

/** Embeddings from files. */
async function read(options: ClipOptions, images: number, references: number): Promise<[string, All]> {
  const { parseNpy } = await import('../formats/npy.js')
  const { readWhole } = await import('../files/read.js')
  const { imageEmbeddings, captionEmbeddings, referenceEmbeddings } = options
  if (imageEmbeddings === undefined || captionEmbeddings === undefined)
    throw new UsageError(
      'CLIPScore needs --image-model and --text-model, or --image-embeddings and --caption-embeddings',
    )
  const rows = async (file: string, expected: number, width?: number): Promise<Embeddings> => {
    const { shape, values } = parseNpy(await readWhole(file), file)
    const [found, size = 0] = shape
    if (shape.length !== 2 || found !== expected || (width !== undefined && width !== size))
      throw new DataError(
        `${file}: expected shape (${expected}, ${width ?? 'width'}), got (${shape.join(', ')})`,
      )
    return { width: size, data: values }
  }
  const of = await rows(imageEmbeddings, images)
  const captions = await rows(captionEmbeddings, images, of.width)
  if (referenceEmbeddings === undefined) return ['npy', { images: of, captions }]
  return ['npy', { images: of, captions, references: await rows(referenceEmbeddings, references, of.width) }]
}

/** Embeddings by the user's CLIP. */
async function encode(
  { imageModel, textModel, merges, photos }: ClipOptions,
  all: readonly Captioned[],
  told: (images: number) => void,
): Promise<[string, All]> {
  if (imageModel === undefined || textModel === undefined)
    throw new UsageError('CLIP is a pair: --image-model and --text-model')
  const { openClip } = await import('../metrics/clip/encoders.js')
  const { blobId } = await import('../metrics/meteor/data.js')
  const files = {
    image: imageModel,
    text: textModel,
    merges: merges ?? join(dirname(textModel), 'merges.txt'),
  }
  const clip = await openClip(files)
  const [images, captions, references]: [Float32Array[], Float32Array[], Float32Array[]] = [[], [], []]
  for (const [i, record] of all.entries()) {
    if (record.file_name === undefined)
      throw new DataError(
        `image ${record.image_id}: expected "file_name", its photograph in --photos; got none`,
      )
    images.push(await clip.image(join(photos, record.file_name)))
    captions.push(await clip.text(record.caption))
    for (const reference of referencesOf(record)) references.push(await clip.text(reference))
    if ((i + 1) % 1000 === 0) told(i + 1)
  }
  const joined = (rows: readonly Float32Array[]): Embeddings => {
    const width = rows[0]?.length ?? 0
    return {
      width,
      data: Float32Array.from(
        { length: rows.length * width },
        (_, i) => rows[Math.floor(i / width)]![i % width]!,
      ),
    }
  }
  const ids = await Promise.all([imageModel, textModel].map(async (file) => (await blobId(file)).slice(0, 8)))
  return [
    `onnx:${ids.join('+')}`,
    { images: joined(images), captions: joined(captions), references: joined(references) },
  ]
}
