/**
 * Where the decoder looks while it chooses a word.
 *
 * Shapes: b images, t words of the one caption of each, r regions, h heads, d model width.
 */
import * as tf from '../engine/tfjs.js'
import { decode } from '../model/decoder.js'
import { encode } from '../model/encoder.js'
import type { Observer } from '../model/meshed-attention.js'
import { recordsOf } from '../model/parameters.js'
import type { Model } from '../model/transformer.js'

/**
 * The share of its cross-attention that each word gives each region: the mean over heads and decoder layers. Within a
 * decoder layer, its encoder layers are weighted by their gates alpha, each averaged over its d elements. A word's shares
 * add up to one, over padding too where the model's region mask does not hide it.
 *
 * @param features (b, r, featureWidth)
 * @param words (b, 1, t) int32, what the decoder is shown
 * @returns (b, t, r), the shares of the word that follows each
 */
export function attentionShares(
  { config, parameters }: Model,
  features: tf.Tensor3D,
  words: tf.Tensor3D,
): tf.Tensor3D {
  const { encoder, decoder } = recordsOf(config, parameters)
  const layers: tf.Tensor3D[] = []
  const encoded = encode(encoder, config, features)
  decode(decoder, config, encoded, { words, observe: (seen) => layers.push(layerShares(seen)) })
  return tf.mean(tf.stack(layers), 0) // (b, t, r)
}

/** The shares of one decoder layer, (b, t, r). */
function layerShares({ weights, gates }: Parameters<Observer>[0]): tf.Tensor3D {
  const shares = weights.map((level): tf.Tensor3D => tf.mean(level, 1)) // (b, t, r) each
  if (gates.length === 0) return shares[0]!
  const alphas = gates.map((gate) => tf.reshape(tf.mean(gate, 1), [...shares[0]!.shape.slice(0, 2), 1])) // (b, t, 1) each
  const weighted = sum(shares.map((share, i) => tf.mul(share, alphas[i]!))) // (b, t, r)
  return tf.div(weighted, sum(alphas))
}

const sum = (terms: tf.Tensor[]): tf.Tensor => terms.reduce((total, term) => tf.add(total, term))
