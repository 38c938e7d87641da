/** A user's own CLIP as a pair of ONNX graphs: photographs and texts to embeddings. */
import type { InferenceSession, Tensor } from 'onnxruntime-node'
import { DataError, messageOf } from '../../errors.js'
import { readClipWords } from './words.js'

export interface ClipFiles {
  /** `pixel_values` (n, 3, size, size) to embeddings (n, width). */
  readonly image: string
  /** `input_ids` (n, 77), and `attention_mask` where it asks for it, to embeddings (n, width). */
  readonly text: string
  /** merges.txt of CLIP's byte-pair encoding. */
  readonly merges: string
}

/** The embedding of one photograph, and of one text. */
export interface Clip {
  image(photo: string): Promise<Float32Array>
  text(caption: string): Promise<Float32Array>
}

/** Means and deviations of red, green and blue, of CLIP's training images. */
const mean = [0.48145466, 0.4578275, 0.40821073]
const deviation = [0.26862954, 0.26130258, 0.27577711]

export async function openClip({ image, text, merges }: ClipFiles): Promise<Clip> {
  process.env['ORT_DISABLE_TELEMETRY'] ??= '1' // as lib/engine/onnxruntime/session.ts says
  const ort = (await import('onnxruntime-node')).default
  const open = async (file: string) => {
    try {
      return await ort.InferenceSession.create(file)
    } catch (error) {
      throw new DataError(`${file}: expected an ONNX graph of CLIP: ${messageOf(error)}`)
    }
  }
  const [images, texts, encode] = await Promise.all([open(image), open(text), readClipWords(merges)])
  const size = sizeOf(images)
  return {
    async image(photo) {
      const pixels = new ort.Tensor('float32', await pixelsOf(photo, size), [1, 3, size, size])
      return embedding(await images.run({ [images.inputNames[0]!]: pixels }), image)
    },
    async text(caption) {
      const { ids, end } = encode(`A photo depicts ${caption}`) // the paper's prompt
      const feeds: Record<string, Tensor> = {}
      for (const input of texts.inputMetadata) {
        const values = input.name.includes('mask') ? ids.map((_, i) => Number(i <= end)) : ids
        feeds[input.name] =
          input.isTensor && input.type === 'int32'
            ? new ort.Tensor('int32', Int32Array.from(values), [1, values.length])
            : new ort.Tensor('int64', BigInt64Array.from(values, BigInt), [1, values.length])
      }
      return embedding(await texts.run(feeds), text)
    },
  }
}

function sizeOf({ inputMetadata: [input] }: InferenceSession): number {
  const size = input?.isTensor ? Number(input.shape[2]) : NaN
  return Number.isInteger(size) && size > 0 ? size : 224
}

/** The output with one row of numbers: of several (hidden states, pooled) the one that is named as embeddings. */
function embedding(outputs: InferenceSession.OnnxValueMapType, file: string): Float32Array {
  const flat = Object.entries(outputs).filter(([, value]) => 'dims' in value && value.dims.length === 2)
  const [, found] = flat.find(([name]) => name.includes('embeds')) ?? flat[0] ?? []
  if (!found || !('data' in found) || !(found.data instanceof Float32Array))
    throw new DataError(
      `${file}: expected an output of float32 (1, width), got ${Object.keys(outputs).join(', ')}`,
    )
  return found.data
}

/** A photograph as CLIP takes it: the shorter side to `size`, bicubic, the middle cut out, normalised; (3, size, size). */
export async function pixelsOf(photo: string, size: number): Promise<Float32Array> {
  const { default: sharp } = await import('sharp')
  let bytes
  try {
    const resized = sharp(photo)
      .rotate()
      .toColourspace('srgb')
      .removeAlpha()
      .resize(size, size, { fit: 'cover', kernel: 'cubic' })
    bytes = await resized.raw().toBuffer()
  } catch (error) {
    throw new DataError(`${photo}: expected a photograph: ${messageOf(error)}`)
  }
  const channels = bytes.length / (size * size)
  return Float32Array.from({ length: 3 * size * size }, (_, i) => {
    const channel = Math.floor(i / (size * size))
    const value = bytes[(i % (size * size)) * channels + Math.min(channel, channels - 1)]!
    return (value / 255 - mean[channel]!) / deviation[channel]!
  })
}
