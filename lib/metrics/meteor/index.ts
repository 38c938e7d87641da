/** METEOR 1.5 for English: the statistics of a caption against its references. */
import { cacheFolder } from '../../files/cache-folder.js'
import { createAligner } from './aligner.js'
import { parseMeteorData, readMeteorTexts, type MeteorData, type MeteorTexts } from './data.js'
import { createLexicon } from './lexicon.js'
import { createLineReader, type Line } from './line.js'
import { locateMeteor, type Search } from './locate.js'
import { createMatcher, type Module } from './matcher.js'
import { openParaphrases } from './paraphrases/cache.js'
import { createParaphrases, type ParaphraseTable } from './paraphrases/table.js'
import { countMatches, meteorScore, statisticCount } from './score.js'

/** What METEOR runs with. */
export interface MeteorParts {
  /** The modules that run. */
  readonly modules: readonly Module[]
  /** Modules and the identity of their data, as part of a score's signature. */
  readonly signature: string
  /** What is missing and what follows from it, for the person at the terminal; undefined where nothing is. */
  readonly lacks?: string
}

/** METEOR 1.5 for English, with those modules whose data was found. */
export interface Meteor extends MeteorParts {
  /** Statistics per segment. */
  readonly width: number
  /**
   * The statistics of a hypothesis against the reference that it scores best against, the first of several: the 23
   * numbers of the jar's SCORE line, and one that makes rows add up (see score.ts). Both are PTB-tokenized captions.
   *
   * @returns (24); zeros without references
   */
  statistics(hypothesis: string, references: readonly string[]): Float64Array
  /** The score of one segment's statistics, or of the sum of many. */
  score(statistics: ArrayLike<number>): number
}

export interface MeteorOptions extends Search {
  /** Where the index of the paraphrase table is kept; default: m2's folder of caches. */
  cache?: string
  /** Told what takes a while. */
  note?(message: string): void
}

/** METEOR's data as texts, and its paraphrase table, which threads can share. */
export interface MeteorSource {
  readonly data: MeteorTexts
  readonly table?: ParaphraseTable
}

/** Finds METEOR's data. Throws DataError for data that is damaged or is not METEOR's. */
export async function readMeteor(options: MeteorOptions = {}): Promise<MeteorSource> {
  const files = await locateMeteor(options)
  const [data, paraphrases] = await Promise.all([
    files ? readMeteorTexts(files) : { texts: {}, identity: [] },
    files?.paraphrases === undefined
      ? undefined
      : openParaphrases(files.paraphrases, options.cache ?? cacheFolder(options.environment), options.note),
  ])
  if (!paraphrases) return { data }
  const identity = [...data.identity, `paraphrases:${paraphrases.id.slice(0, 8)}`]
  return { data: { ...data, identity }, table: paraphrases.table }
}

/** Finds METEOR's data and prepares METEOR. Throws DataError for data that is damaged or is not METEOR's. */
export async function openMeteor(options: MeteorOptions = {}): Promise<Meteor> {
  const { data, table } = await readMeteor(options)
  return createMeteor(parseMeteorData(data), table)
}

/** Which modules run with these parts of the data. */
export function describeMeteor(
  identity: readonly string[],
  has: { functionWords: boolean; synonyms: boolean; paraphrases: boolean },
): MeteorParts {
  const modules: Module[] = ['exact', 'stem']
  if (has.synonyms) modules.push('synonym')
  if (has.paraphrases) modules.push('paraphrase')
  const missing = [
    ...(has.functionWords ? [] : ['function words (every word counts as a content word)']),
    ...(has.synonyms ? [] : ['synonyms']),
    ...(has.paraphrases ? [] : ['paraphrases']),
  ]
  const lacks = `METEOR runs without ${missing.join(', ')}: its score is not comparable. m2 meteor-data --from pip fetches what is missing.`
  const words = has.functionWords ? [] : ['function-words:none']
  return {
    modules,
    signature: ['meteor:1.5', `modules:${modules.join('+')}`, ...words, ...identity].join('|'),
    ...(missing.length === 0 ? {} : { lacks }),
  }
}

/** METEOR over data that has been read. */
export function createMeteor(data: MeteorData, table?: ParaphraseTable): Meteor {
  const paraphrases = table && createParaphrases(table)
  const lexicon = createLexicon(data.functionWords ?? new Set(), data.synonyms, paraphrases)
  const read = createLineReader(lexicon, data.prefixes, paraphrases)
  const matcher = createMatcher(table)
  const aligner = createAligner()

  return {
    ...describeMeteor(data.identity, {
      functionWords: data.functionWords !== undefined,
      synonyms: data.synonyms !== undefined,
      paraphrases: table !== undefined,
    }),
    width: statisticCount,
    score: meteorScore,
    statistics(hypothesis, references) {
      const line = read(cleanHypothesis(hypothesis))
      let best: Float64Array = new Float64Array(statisticCount)
      let bestScore = -1
      for (const reference of references.flatMap(splitReference)) {
        const statistics = compare(line, read(reference))
        const score = meteorScore(statistics)
        if (score <= bestScore) continue
        best = statistics
        bestScore = score
      }
      return best
    },
  }

  function compare(hypothesis: Line, reference: Line): Float64Array {
    const matches = matcher.match(hypothesis, reference)
    const alignment = aligner.align(matches, reference.words.length, hypothesis.words.length)
    return countMatches(hypothesis, reference, matches, alignment)
  }
}

// `|||` separates the fields of the jar's input. pycocoevalcap takes it out of a hypothesis; in a reference it makes two.

function cleanHypothesis(hypothesis: string): string {
  return hypothesis.replaceAll('|||', '').replaceAll('  ', ' ')
}

function splitReference(reference: string): string[] {
  return reference.split('|||')
}
