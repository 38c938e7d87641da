/** The options of the library's functions. Made from the stages' declarations by `make docs`; do not edit. */

/** Of `captions`: Read caption annotations into records, one per image. */
export interface CaptionsOptions {
  /** COCO, Karpathy, nocaps or TextCaps JSON, a JSON list, a Flickr token file or a table with a header; .gz too. */
  files: string | readonly string[]
  /** Keep only the captions whose ids are in these .npy files, in the order of the files. */
  ids?: string | readonly string[] | undefined
  /** Keep the images of these lists of file names or ids, such as Flickr_8k.trainImages.txt. */
  images?: string | readonly string[] | undefined
  /** What to do with an id of --ids or an image of --images that no FILE has. Default: error. */
  missing?: 'error' | 'skip' | undefined
  /** Keep the images of these splits, of files that have splits. */
  split?: string | readonly string[] | undefined
  /** Name the split of the records. */
  nameSplit?: string | undefined
  /** Keep captions that VizWiz marks as rejected or precanned, which its scorer drops. */
  keepRejected?: boolean | undefined
  /** Stop after this many images. */
  limit?: number | undefined
}

/** Of `tokenize`: Split captions into words. */
export interface TokenizeOptions {
  /** Tokenizer: for English spacy for training, ptb for scoring; for other languages words by unicode, or characters: docs/languages.md. Default: spacy. */
  tokenizer?: 'spacy' | 'ptb' | 'unicode' | 'characters' | undefined
  /** Language of the captions, for unicode and characters: zh, ja, ko, de, fr, ...; default: und, any. */
  language?: string | undefined
}

/** Of `features`: Add a reference to the features of each image. */
export interface FeaturesOptions {
  /** HDF5 files with the features of each image; an image is looked up in the first that has it. */
  file: string | readonly string[]
  /** How FILE names the features of an image: '%d_grids', '%s/features', '%d'; default: found by its names, ID_features first. */
  dataset?: string | undefined
  /** Order of the dimensions of a grid, where its shape does not tell. */
  layout?: 'hwc' | 'chw' | undefined
  /** What to do with an image that no FILE has. Default: error. */
  missing?: 'error' | 'skip' | undefined
  /** Keep the first N regions of an image. */
  maxRegions?: number | undefined
  /** Put the values into the records, for pipes between machines. */
  inline?: boolean | undefined
}

/** Of `decode`: Caption images with a model. */
export interface DecodeOptions {
  /** Model directory; several decode as an ensemble, by the mean of their log-probabilities. */
  model: string | readonly string[]
  /** Beams of the search; default: the model's, which is 5 unless it was trained with another. */
  beam?: number | undefined
  /** Most words of a caption; default: the model's, which is 20 unless it was trained with another. */
  maxLength?: number | undefined
  /** Favour longer captions above 0, shorter ones below; default: 0. The alpha of Wu et al. (2016), eq. 14. */
  lengthPenalty?: number | undefined
  /** Split the beams into N groups whose words differ (Vijayakumar et al., 2018). */
  diverse?: number | undefined
  /** Penalty of a word that another group chose, for --diverse; default: 0.5. */
  diversity?: number | undefined
  /** Draw captions at random instead of searching; --n-best sets how many. */
  sample?: boolean | undefined
  /** Draw more evenly above 1, prefer likely words below, for --sample; default: 1. */
  temperature?: number | undefined
  /** Draw from the K likeliest words only, for --sample; default: 0, from all. */
  topK?: number | undefined
  /** Draw from the likeliest words whose probabilities add up to P, for --sample; default: 1. */
  topP?: number | undefined
  /** Seed of the draws, for --sample; default: 1. */
  seed?: number | undefined
  /** Fewest words of a caption, not counting consecutive repeats. Default: 0. */
  minLength?: number | undefined
  /** Use no three consecutive words twice in a caption. */
  blockTrigrams?: boolean | undefined
  /** End no caption on an article or a preposition. */
  noBadEndings?: boolean | undefined
  /** Never use the unknown word. */
  suppressUnk?: boolean | undefined
  /** Add `beams`, the best N captions with the log-probability of each word. */
  nBest?: number | undefined
  /** Add `raw`, the caption with consecutive repeated words kept. */
  raw?: boolean | undefined
  /** Caption every N-th image, from the I-th (0 to N-1); 1/1: all. Default: the rank under mpirun or srun, else all. */
  shard?: string | undefined
  /** Worker threads; default: one per core, up to 4; 1 with --threads. */
  jobs?: number | undefined
  /** Compute engine: onnxruntime, tensorflow (an optional package) or the slow cpu, for comparison. Default: onnxruntime. */
  engine?: 'onnxruntime' | 'tensorflow' | 'cpu' | undefined
  /** Device of the engine. Default: cpu. */
  device?: 'cpu' | 'webgpu' | 'cuda' | undefined
  /** Threads of one operation, for onnxruntime on the CPU; default: one per physical core. */
  threads?: number | undefined
  /** Number format of products: int8 is faster and a little less exact; onnxruntime on the CPU only. Default: float32. */
  precision?: 'float32' | 'int8' | undefined
  /** Images that a worker decodes at once; default: as many as make 80 beams. */
  slots?: number | undefined
  /** Folder that relative paths of feature files start from; default: the current one. */
  base?: string | undefined
}

/** Of `score`: Score captions by BLEU, METEOR, ROUGE-L, CIDEr-D and SPICE. */
export interface ScoreOptions {
  /** As --candidates; of several systems, each compared with the first by the paired bootstrap. */
  files?: string | readonly string[] | undefined
  /** Captions to score instead of stdin: COCO results or records; .gz too. */
  candidates?: string | undefined
  /** Reference captions, in any format that m2 captions reads, or as records; default: those in the records. */
  references?: string | undefined
  /** Keep references that VizWiz marks as rejected or precanned, which its scorer drops. */
  keepRejected?: boolean | undefined
  /** Score the images that have both a caption and references. */
  intersect?: boolean | undefined
  /** Also score the images of each value of FIELD separately (nocaps: domain). */
  by?: string | undefined
  /** What to compute, by any of its names; cider is CIDEr-D; all is all but SPICE, which --spice adds. Default: bleu,meteor,rouge,cider. */
  metrics?:
    | 'all'
    | 'bleu'
    | 'BLEU'
    | 'BLEU-1'
    | 'BLEU-2'
    | 'BLEU-3'
    | 'BLEU-4'
    | 'meteor'
    | 'METEOR'
    | 'rouge'
    | 'ROUGE-L'
    | 'cider'
    | 'CIDEr-D'
    | 'cider-plain'
    | 'CIDEr'
    | 'spice'
    | 'SPICE'
    | readonly (
        | 'all'
        | 'bleu'
        | 'BLEU'
        | 'BLEU-1'
        | 'BLEU-2'
        | 'BLEU-3'
        | 'BLEU-4'
        | 'meteor'
        | 'METEOR'
        | 'rouge'
        | 'ROUGE-L'
        | 'cider'
        | 'CIDEr-D'
        | 'cider-plain'
        | 'CIDEr'
        | 'spice'
        | 'SPICE'
      )[]
    | undefined
  /** Tokenizer: ptb as coco-caption uses it; none for captions already split by blanks, whose references are the "tokens" of the records where they have them; unicode or characters for languages other than English. Default: ptb. */
  tokenizer?: 'ptb' | 'none' | 'unicode' | 'characters' | undefined
  /** Language of the captions, for unicode and characters: zh, ja, ko, de, fr, ...; default: und, any. */
  language?: string | undefined
  /** Drop words that repeat the one before, as M2's evaluation does; the default for output of m2 decode. */
  collapseRepeats?: boolean | undefined
  /** Keep repeated words, also in output of m2 decode. */
  noCollapseRepeats?: boolean | undefined
  /** CIDEr's document frequencies: a cached pickle, or an annotation file to count them in. */
  df?: string | undefined
  /** METEOR's data; default: what m2 meteor-data set up, else an installed pycocoevalcap. */
  meteor?: string | undefined
  /** SPICE's program, pycocoevalcap/spice of an installed pycocoevalcap; needs Java. */
  spice?: string | undefined
  /** Add 95 % confidence intervals from N bootstrap samples (1000 is usual). Default: 0. */
  bootstrap?: number | undefined
  /** Seed of the bootstrap. Default: 0. */
  seed?: number | undefined
  /** Captions of another system for the same images, to compare with by paired bootstrap. */
  against?: string | undefined
  /** Write the scores of each image to FILE.jsonl or FILE.csv. */
  perImage?: string | undefined
  /** Write the statistics that --merge reads, to score a corpus in shards. */
  statistics?: string | undefined
  /** Score the union of these shards instead of stdin. */
  merge?: string | readonly string[] | undefined
}

/** Of `compare`: Compare scores with a baseline, and fail if one fell. */
export interface CompareOptions {
  /** Metric records to compare with, as JSONL. */
  baseline: string
  /** How far a score may fall, for all metrics or for one; a "tolerance" in a line of BASELINE wins. Default: 1e-6. */
  tolerance?: string | readonly string[] | undefined
  /** Fail on any difference of signatures (but for the version) or numbers of images. */
  strictSignature?: boolean | undefined
  /** Do not fail where tokenizer, repeats, df, eos or modules differ, which change the number. */
  anySignature?: boolean | undefined
  /** Append the table to FILE as Markdown: $GITHUB_STEP_SUMMARY in a GitHub workflow. */
  markdown?: string | undefined
  /** Write a JUnit XML report with one test case for each metric. */
  junit?: string | undefined
  /** Replace BASELINE with these scores, keeping its tolerances. */
  update?: boolean | undefined
}

/** Of `train`: Train a model: cross-entropy, then self-critical training. */
export interface TrainOptions {
  /** Records to train on; default: stdin. */
  examples?: string | undefined
  /** Folder for the best model; the last checkpoint goes to last/, the log to log.jsonl. */
  out: string
  /** Vocabulary: JSON of m2 vocab, or the reference's vocab.pkl. */
  vocab: string
  /** Records to validate on after each epoch; the model with the best CIDEr-D is kept. */
  val?: string | undefined
  /** Folder that relative paths of feature files start from; default: the current one. */
  base?: string | undefined
  /** Cut captions that are longer than the model's maximum of 53 words. */
  cutCaptions?: boolean | undefined
  /** Cross-entropy (xe), self-critical training (scst), or one after the other. Default: xe,scst. */
  objective?: 'xe' | 'scst' | readonly ('xe' | 'scst')[] | undefined
  /** Seed of initial weights, order and dropout. Default: 1. */
  seed?: number | undefined
  /** Epochs without a new best before an objective ends. Default: 5. */
  patience?: number | undefined
  /** Beams in sampling and validation. Default: 5. */
  beam?: number | undefined
  /** Most words of a caption in sampling and validation. Default: 20. */
  maxLength?: number | undefined
  /** Encode an image once for all its captions, or once for each as in the reference's batches. Default: images. */
  batching?: 'images' | 'captions' | undefined
  /** Captions in a batch. Default: 50. */
  batchSize?: number | undefined
  /** Captions of one image in a batch; an image with more gives others in other epochs. Default: 5. */
  captionsPerImage?: number | undefined
  /** Captions computed at once; gradients are added up over the batch, which saves memory. */
  microBatch?: number | undefined
  /** Largest norm of the gradients; default: no limit. */
  clip?: number | undefined
  /** Most epochs of cross-entropy. Default: 100. */
  xeEpochs?: number | undefined
  /** Factor of the learning rate of cross-entropy, which follows Noam's schedule. Default: 1. */
  rate?: number | undefined
  /** Warm-up steps of Noam's schedule. Default: 10000. */
  warmup?: number | undefined
  /** Label smoothing of cross-entropy. Default: 0. */
  labelSmoothing?: number | undefined
  /** Most epochs of self-critical training. Default: 100. */
  scstEpochs?: number | undefined
  /** Learning rate of self-critical training. Default: 0.000005. */
  scstRate?: number | undefined
  /** Images in a batch of self-critical training. Default: 10. */
  scstImages?: number | undefined
  /** What a sample's reward is compared with: the beams' mean, greedy decoding, or the other beams' mean. Default: mean. */
  baseline?: 'mean' | 'greedy' | 'leave-one-out' | undefined
  /** Whether <eos> counts as a word in rewards; none is the reference, which favours unfinished sentences. Default: none. */
  rewardEos?: 'none' | 'append' | undefined
  /** What counts as a document in the reward's document frequencies: a caption, as in the reference, or an image. Default: caption. */
  rewardDocuments?: 'caption' | 'image' | undefined
  /** Width of the model, d; default: 512, or --from's, as for all options of this group. */
  width?: number | undefined
  /** Attention heads; default: 8. */
  heads?: number | undefined
  /** Layers of the encoder, and of the decoder; default: 3. */
  layers?: number | undefined
  /** Hidden width of the feed-forward blocks; default: 4 times the width. */
  hiddenWidth?: number | undefined
  /** Memory slots of each encoder layer; default: 40. */
  memorySlots?: number | undefined
  /** Regions that each image is padded or cut to; default: 50, or the most that an image has, up to 1024. */
  regions?: number | undefined
  /** Share of values that dropout sets to zero; default: 0.1. */
  dropout?: number | undefined
  /** true (default) hides padded regions from attention; reference hides none, as the reference does. */
  regionMask?: 'true' | 'reference' | undefined
  /** Encoder layers that each decoder layer attends to: all (meshed, default), or the one at its own level. */
  connections?: 'meshed' | 'one-to-one' | undefined
  /** How encoder layers are weighed; default: sigmoid. */
  gates?: 'sigmoid' | 'softmax' | undefined
  /** Continue the run in --out where it stopped. */
  resume?: boolean | undefined
  /** Start from the weights and the shape of this model directory. */
  from?: string | undefined
  /** Steps between two checkpoints within an epoch. Default: 1000. */
  saveEvery?: number | undefined
  /** Stop, saved, after this many steps of the run. */
  maxSteps?: number | undefined
  /** Stop, saved, after this many minutes. */
  maxMinutes?: number | undefined
  /** Compute engine: onnxruntime, tensorflow (an optional package) or the slow cpu, for comparison. Default: onnxruntime. */
  engine?: 'onnxruntime' | 'tensorflow' | 'cpu' | undefined
  /** Device of the engine. Default: cpu. */
  device?: 'cpu' | 'webgpu' | 'cuda' | undefined
  /** Threads of one operation, for onnxruntime on the CPU; default: one per physical core. */
  threads?: number | undefined
  /** Steps between two lines of the log. Default: 10. */
  logEvery?: number | undefined
  /** Write event files for TensorBoard. */
  tensorboard?: string | undefined
  /** Let --vocab differ from that of --from: words in both keep their weights, others start fresh. */
  newVocab?: boolean | undefined
  /** Replace the run or the model in --out. */
  overwrite?: boolean | undefined
}
