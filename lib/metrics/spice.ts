/** SPICE, computed by its authors' Java program. */
import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join, resolve } from 'node:path'
import * as z from 'zod'
import { DataError, codeOf, messageOf } from '../errors.js'
import { exists } from '../files/read.js'

/** A caption and its references, as text; tokenized text in coco-caption. */
export interface SpiceItem {
  readonly image_id: number | string
  readonly hypothesis: string
  readonly references: readonly string[]
}

export interface SpiceScores {
  /** Mean F-score over the images: what coco-caption prints. */
  score: number
  /** F-score of each item, in their order. */
  perImage: Float64Array
}

/**
 * SPICE (Anderson et al., ECCV 2016) by its authors' program, which m2 does not carry: it needs Java and Stanford's
 * parser. An image whose caption and references hold no objects at all scores 0; coco-caption's mean would be NaN.
 *
 * @param directory holds spice-1.0.jar and lib/, as in coco-caption's `pycocoevalcap/spice`, parser models among them
 * @param java the program to run; default: that of JAVA_HOME, else of PATH
 * @throws DataError where Java or a jar is not there, or the program fails
 */
export async function spice(
  directory: string,
  items: readonly SpiceItem[],
  { java = javaOf(process.env['JAVA_HOME']), signal }: { java?: string; signal?: AbortSignal } = {},
): Promise<SpiceScores> {
  await checkJars(directory)
  const perImage = new Float64Array(items.length)
  if (items.length === 0) return { score: 0, perImage }
  const work = await mkdtemp(join(tmpdir(), 'm2-spice-'))
  try {
    const [input, output] = [join(work, 'input.json'), join(work, 'output.json')]
    // Images are numbered, since ids may repeat.
    const pairs = items.map(({ hypothesis, references }, i) => ({
      image_id: i,
      test: hypothesis,
      refs: references,
    }))
    await writeFile(input, JSON.stringify(pairs))
    const cache = resolve(directory, 'cache')
    const caching = (await exists(cache)) ? ['-cache', cache] : []
    const said = await runJava(
      java,
      directory,
      [input, '-out', output, ...caching, '-subset', '-silent'],
      signal,
    )
    for (const { image_id, scores } of await readScores(output, said)) perImage[image_id] = scores.All.f ?? 0
  } finally {
    await rm(work, { recursive: true, force: true })
  }
  return { score: perImage.reduce((sum, f) => sum + f, 0) / items.length, perImage }
}

const jars = ['spice-1.0.jar', 'lib/stanford-corenlp-3.6.0.jar', 'lib/stanford-corenlp-3.6.0-models.jar']

async function checkJars(directory: string): Promise<void> {
  const found = await Promise.all(jars.map((jar) => exists(join(directory, jar))))
  const missing = jars.filter((_, i) => !found[i])
  if (missing.length > 0)
    throw new DataError(
      `SPICE: ${directory} has no ${missing.join(' and no ')}. Expected the folder pycocoevalcap/spice of an installed ` +
        'pycocoevalcap (pip install pycocoevalcap), with the jars of Stanford CoreNLP 3.6.0 and of its models in lib/',
    )
}

/** Runs the scorer; returns what it wrote on stderr and stdout. */
async function runJava(
  java: string,
  directory: string,
  argv: string[],
  signal?: AbortSignal,
): Promise<string> {
  const classPath = ['spice-1.0.jar', 'lib/*'].map((jar) => join(resolve(directory), jar)).join(delimiter)
  const child = spawn(java, [...javaOptions, '-cp', classPath, 'edu.anu.spice.SpiceScorer', ...argv], {
    cwd: directory,
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(signal ? { signal } : {}),
  })
  let said = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (bytes) => (said = `${said}${bytes}`.slice(-20_000)))
  const [code, killedBy] = await new Promise<[number | null, string | null]>((settle, reject) => {
    child.on('error', (error) =>
      reject(
        codeOf(error) === 'ENOENT'
          ? new DataError(`SPICE needs Java, and there is no ${java}: install one (8 to 14) or set JAVA_HOME`)
          : error,
      ),
    )
    child.on('close', (code, killedBy) => settle([code, killedBy]))
  })
  if (code !== 0)
    throw new DataError(`SPICE: ${java} ended with ${killedBy ?? `code ${code}`}: ${reasonOf(said)}`)
  return said
}

/**
 * As coco-caption's, and what opens the library's own classes to the scorer's serializer: Java 9 and later close them,
 * Java 8 does not know the option.
 */
const javaOptions = [
  '-Xmx8G',
  '-XX:+IgnoreUnrecognizedVMOptions',
  ...['io', 'lang', 'math', 'net', 'text', 'time', 'util', 'util.concurrent'].map(
    (name) => `--add-opens=java.base/java.${name}=ALL-UNNAMED`,
  ),
]

const results = z.array(
  z.object({ image_id: z.number().int(), scores: z.object({ All: z.object({ f: z.number().nullable() }) }) }),
)

/** The scorer reports most errors on stderr and exits with 0, without any output. */
async function readScores(file: string, said: string): Promise<z.infer<typeof results>> {
  let text
  try {
    text = await readFile(file, 'utf8')
  } catch {
    throw new DataError(`SPICE gave no scores: ${reasonOf(said)}`)
  }
  try {
    return results.parse(JSON.parse(text))
  } catch (error) {
    throw new DataError(`SPICE gave scores that cannot be read: ${messageOf(error)}`)
  }
}

function reasonOf(said: string): string {
  if (/scriptEngine" is null/.test(said))
    return (
      'this Java has no JavaScript engine, which SPICE needs to write its scores. Take Java 8 to 14 (JAVA_HOME), or put ' +
      'nashorn-core and the asm jars it depends on into lib/'
    )
  const lines = said.trim().split('\n')
  const error = lines.findIndex((line) => /error|exception/i.test(line))
  return (
    (error < 0 ? lines.slice(-3) : lines.slice(error, error + 3)).map((line) => line.trim()).join(' ') ||
    'no message'
  )
}

const javaOf = (home: string | undefined) => (home ? join(home, 'bin', 'java') : 'java')
