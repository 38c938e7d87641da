/** The options of the library's functions. Made from the stages' declarations by `make docs`; do not edit. */

/** Of `captions`: Read caption annotations into records, one an image. */
export interface CaptionsOptions {
  /** COCO, Karpathy, nocaps or TextCaps JSON, or a Flickr token file; .gz too. */
  files: string | readonly string[]
  /** Keep the captions that these .npy files of annotation ids name, in their order. */
  ids?: string | readonly string[] | undefined
  /** What to do about an id of --ids that no FILE has. Default: error. */
  missing?: 'error' | 'skip' | undefined
  /** Keep these splits; where the files have none, name one. */
  split?: string | readonly string[] | undefined
  /** Stop after this many images. */
  limit?: number | undefined
}

/** Of `tokenize`: Split captions into words. */
export interface TokenizeOptions {
  /** Rules: spacy as captions are split for training, ptb as they are for scoring. Default: spacy. */
  tokenizer?: 'spacy' | 'ptb' | undefined
}

/** Of `features`: Say where the features of each image are. */
export interface FeaturesOptions {
  /** HDF5 file with a dataset ID_features of (regions, width) for each image. */
  file: string
  /** What to do about an image that FILE does not have. Default: error. */
  missing?: 'error' | 'skip' | undefined
  /** Keep the first N regions of an image. */
  maxRegions?: number | undefined
  /** Put the values themselves into the records, for pipes that cross machines. */
  inline?: boolean | undefined
}

/** Of `decode`: Caption images with a model. */
export interface DecodeOptions {
  /** Model directory; several decode together, by the mean of their log-probabilities. */
  model: string | readonly string[]
  /** Beams of a search; default: the model's, 5 unless it says otherwise. */
  beam?: number | undefined
  /** Most words of a caption; default: the model's, 20 unless it says otherwise. */
  maxLength?: number | undefined
  /** Add `beams`, the best N captions with the log-probability of each word. */
  nBest?: number | undefined
  /** Add `raw`, the caption with its repeated words. */
  raw?: boolean | undefined
  /** Fewest words of a caption. Default: 0. */
  minLength?: number | undefined
  /** Favour longer captions above 0: alpha of Wu et al. (2016), eq. 14. Default: 0. */
  lengthPenalty?: number | undefined
  /** Say no three words in a row twice in a caption. */
  blockTrigrams?: boolean | undefined
  /** End no caption on an article or a preposition. */
  noBadEndings?: boolean | undefined
  /** Never say the unknown word. */
  suppressUnk?: boolean | undefined
  /** Groups of beams kept apart from each other (Vijayakumar et al., 2018). Default: 1. */
  diverse?: number | undefined
  /** What a word that another group chose costs, for --diverse. Default: 0.5. */
  diversity?: number | undefined
  /** Draw captions at random instead of searching; --n-best says how many. */
  sample?: boolean | undefined
  /** Draw flatter above 1, greedier below, for --sample. Default: 1. */
  temperature?: number | undefined
  /** Draw from the K likeliest words, for --sample; 0: from all. Default: 0. */
  topK?: number | undefined
  /** Draw from the likeliest words of probability P together, for --sample. Default: 1. */
  topP?: number | undefined
  /** Seed of --sample. Default: 1. */
  seed?: number | undefined
  /** Machines that share the images, of --threads each; default: one a core, four at most; one where --threads is given. */
  jobs?: number | undefined
  /** Caption every N-th image, from the I-th (0 to N-1); mpirun and Slurm set it by themselves. */
  shard?: string | undefined
  /** What computes: onnxruntime, tensorflow (an optional peer), or the slow cpu, to compare with. Default: onnxruntime. */
  engine?: 'onnxruntime' | 'tensorflow' | 'cpu' | undefined
  /** Where it computes. Default: cpu. */
  device?: 'cpu' | 'webgpu' | 'cuda' | undefined
  /** Threads of one operation, for onnxruntime on the CPU; default: one a physical core. */
  threads?: number | undefined
  /** What products are computed in: int8 is faster, smaller and a little less exact; for onnxruntime on the CPU. Default: float32. */
  precision?: 'float32' | 'int8' | undefined
  /** Images that a job decodes at once; default: as many as make 80 beams. */
  slots?: number | undefined
}

/** Of `score`: Score captions by BLEU, METEOR, ROUGE-L, CIDEr-D and SPICE. */
export interface ScoreOptions {
  /** What to compute; cider is CIDEr-D, and --spice adds spice. Default: bleu,meteor,rouge,cider. */
  metrics?:
    | 'bleu'
    | 'meteor'
    | 'rouge'
    | 'cider'
    | 'cider-plain'
    | 'spice'
    | readonly ('bleu' | 'meteor' | 'rouge' | 'cider' | 'cider-plain' | 'spice')[]
    | undefined
  /** Captions to score, COCO results or records, in place of stdin; .gz too. */
  candidates?: string | undefined
  /** Reference captions, in any format m2 captions reads, or records; default: those in the records. */
  references?: string | undefined
  /** Score the images that have both a caption and references. */
  intersect?: boolean | undefined
  /** Rules: ptb as coco-caption splits words, none where blanks part them already. Default: ptb. */
  tokenizer?: 'ptb' | 'none' | undefined
  /** Drop words that repeat the one before, as M2's evaluation does; the default for output of m2 decode, where --no-collapse-repeats keeps them. */
  collapseRepeats?: boolean | undefined
  /** Keep repeated words in output of m2 decode too. */
  noCollapseRepeats?: boolean | undefined
  /** Where METEOR's data lies; default: what m2 meteor-data set up, or an installed pycocoevalcap. */
  meteor?: string | undefined
  /** Where SPICE's program lies, pycocoevalcap/spice of an installed pycocoevalcap; needs Java. */
  spice?: string | undefined
  /** Also score the images of each value of FIELD apart (nocaps: domain). */
  by?: string | undefined
  /** CIDEr's document frequencies, of a cached pickle or of the captions in an annotation file. */
  df?: string | undefined
  /** Add 95 % confidence intervals from N bootstrap samples (1000 is usual). Default: 0. */
  bootstrap?: number | undefined
  /** Seed of the bootstrap. Default: 0. */
  seed?: number | undefined
  /** Compare with these captions of the same images, by the paired bootstrap. */
  against?: string | undefined
  /** Write every image's scores to FILE.jsonl or FILE.csv. */
  perImage?: string | undefined
  /** Write what --merge takes, to score a corpus in shards. */
  statistics?: string | undefined
  /** Score the union of shards, in place of stdin. */
  merge?: string | readonly string[] | undefined
}

/** Of `compare`: Compare scores with a baseline, and fail where one fell. */
export interface CompareOptions {
  /** Metric records to compare with, as JSONL. */
  baseline: string
  /** How far a score may fall, for all metrics or for one; "tolerance" in a line of the baseline wins. Default: 1e-6. */
  tolerance?: string | readonly string[] | undefined
  /** Fail, not only warn, where signatures (but for the version) or numbers of images differ. */
  strictSignature?: boolean | undefined
  /** Write a JUnit XML report, a test case a metric. */
  junit?: string | undefined
  /** Write BASELINE anew with these scores, keeping its tolerances. */
  update?: boolean | undefined
}

/** Of `train`: Train a model: cross-entropy, then self-critical training. */
export interface TrainOptions {
  /** Records to train on; default: stdin. */
  examples?: string | undefined
  /** Directory for the best model; the last one, to resume from, in last/, the log in log.jsonl. */
  out: string
  /** Vocabulary: JSON of m2 vocab, or the reference's vocab.pkl. */
  vocab: string
  /** Records to validate on after each epoch; the best CIDEr-D is kept. */
  val?: string | undefined
  /** What to train by: cross-entropy, self-critical training, or one after the other. Default: xe,scst. */
  objective?: 'xe' | 'scst' | readonly ('xe' | 'scst')[] | undefined
  /** Go on where the run in --out was stopped. */
  resume?: boolean | undefined
  /** Begin with the weights of this model directory. */
  from?: string | undefined
  /** Seed of weights, order and dropout. Default: 1. */
  seed?: number | undefined
  /** Encode an image once for its captions, or once for each as the reference's batches do. Default: images. */
  batching?: 'images' | 'captions' | undefined
  /** Captions of a batch. Default: 50. */
  batchSize?: number | undefined
  /** Captions of an image in a batch; the others come in other epochs. Default: 5. */
  captionsPerImage?: number | undefined
  /** Captions computed at once, the gradients of several added up: less memory. */
  microBatch?: number | undefined
  /** Most epochs of cross-entropy. Default: 100. */
  xeEpochs?: number | undefined
  /** Most epochs of self-critical training. Default: 100. */
  scstEpochs?: number | undefined
  /** Epochs without a new best before an objective ends. Default: 5. */
  patience?: number | undefined
  /** Stop, saved, after this many steps of the run. */
  maxSteps?: number | undefined
  /** Stop, saved, after this many minutes. */
  maxMinutes?: number | undefined
  /** Factor of cross-entropy's rate, Noam's schedule. Default: 1. */
  rate?: number | undefined
  /** Steps of Noam's warm-up. Default: 10000. */
  warmup?: number | undefined
  /** Label smoothing of cross-entropy. Default: 0. */
  labelSmoothing?: number | undefined
  /** Largest norm of the gradients; default: any. */
  clip?: number | undefined
  /** Rate of self-critical training. Default: 0.000005. */
  scstRate?: number | undefined
  /** Images of a batch of self-critical training. Default: 10. */
  scstImages?: number | undefined
  /** What a sample's reward is compared with: the beams' mean, greedy decoding, the other beams. Default: mean. */
  baseline?: 'mean' | 'greedy' | 'leave-one-out' | undefined
  /** Whether <eos> is a word of the reward; none is the reference, which favours unfinished sentences. Default: none. */
  rewardEos?: 'none' | 'append' | undefined
  /** What is a document of the reward's document frequencies: a caption, as in the reference, or an image. Default: caption. */
  rewardDocuments?: 'caption' | 'image' | undefined
  /** Beams of a search, in sampling and validation. Default: 5. */
  beam?: number | undefined
  /** Most words of a caption, in sampling and validation. Default: 20. */
  maxLength?: number | undefined
  /** Cut captions longer than the model's maximum of 53 words. */
  cutCaptions?: boolean | undefined
  /** d: width of the model. Default: 512. */
  width?: number | undefined
  /** Heads of attention. Default: 8. */
  heads?: number | undefined
  /** Layers of the encoder and of the decoder. Default: 3. */
  layers?: number | undefined
  /** Hidden width of the feed-forward blocks; default: 4 widths. */
  hiddenWidth?: number | undefined
  /** Memory slots of an encoder layer. Default: 40. */
  memorySlots?: number | undefined
  /** Regions that images are padded or cut to. Default: 50. */
  regions?: number | undefined
  /** Mask of regions: true hides the padded ones, reference none, as the reference does. Default: true. */
  regionMask?: 'true' | 'reference' | undefined
  /** Encoder layers that a decoder layer attends to. Default: meshed. */
  connections?: 'meshed' | 'one-to-one' | undefined
  /** How encoder layers are weighed. Default: sigmoid. */
  gates?: 'sigmoid' | 'softmax' | undefined
  /** Share of values that dropout drops. Default: 0.1. */
  dropout?: number | undefined
  /** Steps between two lines of the log. Default: 10. */
  logEvery?: number | undefined
  /** Steps between two checkpoints within an epoch. Default: 1000. */
  saveEvery?: number | undefined
  /** Write event files for TensorBoard. */
  tensorboard?: string | undefined
  /** What computes: onnxruntime, tensorflow (an optional peer), or the slow cpu, to compare with. Default: onnxruntime. */
  engine?: 'onnxruntime' | 'tensorflow' | 'cpu' | undefined
  /** Where it computes. Default: cpu. */
  device?: 'cpu' | 'webgpu' | 'cuda' | undefined
  /** Threads of one operation, for onnxruntime on the CPU; default: one a physical core. */
  threads?: number | undefined
}
