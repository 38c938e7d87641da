/** What a Meshed-Memory Transformer is made of: records of the tensors of its layers, which parameters.ts builds. */
import type { Tensor } from '../engine/tfjs.js'

/** A part of the model that dropout tells apart by its place among the reference's names: `encoder.layers.0.mhatt.` */
export interface Module {
  readonly path: string
}

/** W x + b. A record's T is a tensor, or what describes one. */
export interface Linear<T = Tensor> extends Module {
  /** (out, in) */
  readonly weight: T
  /** (out) */
  readonly bias?: T
}

export interface LayerNorm<T = Tensor> {
  /** (d) each */
  readonly gain: T
  readonly bias: T
}

/** W_q, W_k, W_v and W_o of all heads, and the learned slots M_k and M_v, (1, m, heads * width of a head) each. */
export interface MultiHeadAttention<T = Tensor> {
  readonly heads: number
  readonly query: Linear<T>
  readonly key: Linear<T>
  readonly value: Linear<T>
  readonly output: Linear<T>
  readonly memory?: { readonly keys: T; readonly values: T }
}

/** Attention, and the layer normalisation of the AddNorm around it. */
export interface AttentionBlock<T = Tensor> extends Module {
  readonly attention: MultiHeadAttention<T>
  readonly norm: LayerNorm<T>
}

/** U relu(V x + b) + c, and the layer normalisation of the AddNorm around it. */
export interface FeedForward<T = Tensor> extends Module {
  readonly hidden: Linear<T>
  readonly output: Linear<T>
  readonly norm: LayerNorm<T>
}

export interface EncoderLayer<T = Tensor> {
  readonly selfAttention: AttentionBlock<T>
  readonly feedForward: FeedForward<T>
}

export interface DecoderLayer<T = Tensor> {
  readonly selfAttention: AttentionBlock<T>
  /** The same weights for every encoder layer. */
  readonly crossAttention: AttentionBlock<T>
  /** W_i and b_i of each encoder layer's gate alpha_i; none where the connections are one-to-one. */
  readonly gates: readonly Linear<T>[]
  readonly feedForward: FeedForward<T>
}

export interface MeshedMemoryTransformer<T = Tensor> {
  readonly encoder: {
    readonly input: Linear<T>
    readonly norm: LayerNorm<T>
    readonly layers: readonly EncoderLayer<T>[]
  }
  readonly decoder: {
    /** Embeddings of words, (v, d), and of positions, (maxLength + 1, d). */
    readonly words: T
    readonly positions: T
    readonly layers: readonly DecoderLayer<T>[]
    /** Without bias. */
    readonly output: Linear<T>
  }
}
