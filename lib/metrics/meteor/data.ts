/** METEOR's data, read from the jar or from single files. */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { DataError } from '../../errors.js'
import { readJar } from './jar.js'
import { partNames, parts, type MeteorFiles, type Part } from './locate.js'
import { noPrefixes, type Prefixes } from './normalise.js'
import { readSynonyms, type Synonyms } from './synonyms.js'

/** Those parts of METEOR's data that were found, without the paraphrase table. */
export interface MeteorData {
  readonly functionWords?: ReadonlySet<string>
  readonly prefixes: Prefixes
  readonly synonyms?: Synonyms
  /** What the parts came from: `jar:a833bc01`, or `functionWords:1f9f8cb2` for a single file. */
  readonly identity: readonly string[]
}

/** The same as texts, as the files hold them. */
export interface MeteorTexts {
  readonly texts: Readonly<Partial<Record<Part, string>>>
  readonly identity: readonly string[]
}

/** Throws DataError for a jar without METEOR's data, and for files that are not what their names say. */
export async function readMeteorTexts(files: MeteorFiles): Promise<MeteorTexts> {
  const texts: Partial<Record<Part, string>> = {}
  const identity: string[] = []
  if (files.jar !== undefined) {
    const entries = await readJar(files.jar, Object.values(parts))
    if (entries.size === 0)
      throw new DataError(
        `${files.jar}: expected METEOR's jar with ${parts.functionWords} inside, found none of its data. ` +
          "meteor-1.5.jar lies in pycocoevalcap's folder `meteor`; m2 meteor-data --from pip fetches it.",
      )
    for (const part of partNames) {
      const text = entries.get(parts[part])
      if (text !== undefined) texts[part] = text
    }
    identity.push(`jar:${(await blobId(files.jar)).slice(0, 8)}`)
  }
  for (const part of partNames) {
    const file = files.loose[part]
    if (file === undefined || texts[part] !== undefined) continue
    texts[part] = await readFile(file, 'utf8')
    identity.push(`${part}:${(await blobId(file)).slice(0, 8)}`)
  }
  if (texts.synsets !== undefined && !/^[^\n]+\r?\n *\d{8}/.test(texts.synsets))
    throw new DataError(
      `${files.loose.synsets ?? files.jar}: expected ${parts.synsets}: a word, then a line with the ids of its sets`,
    )
  return { texts, identity }
}

/** Turns METEOR's files into what its modules look up. */
export function parseMeteorData({ texts, identity }: MeteorTexts): MeteorData {
  const { functionWords, prefixes, synsets, exceptions = '' } = texts
  return {
    identity,
    prefixes: prefixes === undefined ? noPrefixes : readPrefixes(prefixes),
    ...(functionWords === undefined
      ? {}
      : { functionWords: new Set(functionWords.split(/\s+/).filter(Boolean)) }),
    ...(synsets === undefined ? {} : { synonyms: readSynonyms(synsets, exceptions) }),
  }
}

/** The id git gives a file's content, by which METEOR's files are recognised. */
export async function blobId(file: string): Promise<string> {
  const hash = createHash('sha1').update(`blob ${(await stat(file)).size}\0`)
  for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 })) hash.update(chunk as Buffer) // no encoding is set
  return hash.digest('hex')
}

function readPrefixes(text: string): Prefixes {
  const always = new Set<string>()
  const numeric = new Set<string>()
  for (const line of text.split(/\r?\n/)) {
    const [word = '', mark] = line.trim().split(/\s+/)
    if (word === '' || word.startsWith('#')) continue
    if (mark === '#NUMERIC_ONLY#') numeric.add(word)
    else always.add(word)
  }
  return { always, numeric }
}
