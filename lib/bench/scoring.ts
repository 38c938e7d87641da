/** Measures scoring, tokenizing and the reward, beside pycocoevalcap and spaCy. */
import { createReadStream, mkdtempSync, rmSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as z from 'zod'
import { createWorld } from '../world/world.js'
import { parseLine } from '../formats/jsonl.js'
import { readLines } from '../formats/lines.js'
import { Lexicon } from '../metrics/captions.js'
import { locateMeteor } from '../metrics/meteor/locate.js'
import { createCiderReward } from '../metrics/reward.js'
import { ptbTokenize } from '../text/ptb/ptb.js'
import type { Benchmark, Case, Settings } from './benchmark.js'
import { pythonLoop, pythonWith, runCommand } from './rival.js'
import { perMetric, reward as rewardProgram, spacy } from './rival-programs.js'

const m2 = fileURLToPath(new URL('../../bin/m2.js', import.meta.url))

/** Images of the fixture world that are scored, and captions of each. */
const [images, perImage] = [5000, 5]

/** `m2 score` as a whole command, beside pycocoevalcap in Python and Java as a whole command. */
export const score: Benchmark = {
  summary: 'm2 score from start to end, in images a second',
  async *cases(settings) {
    yield* withRecords(settings, async function* (file, records) {
      const python = pythonWith(['pycocoevalcap.cider.cider'], settings)
      const meteor = await locateMeteor()
      if (!meteor) settings.note('skipped: METEOR, whose data is not here; see m2 meteor-data')
      for (const metrics of ['bleu,rouge,cider', ...(meteor ? ['bleu,meteor,rouge,cider'] : [])]) {
        const name = meteor && metrics.includes('meteor') ? 'score-meteor' : 'score'
        const common = { shapes: { images: records.length }, unit: 'images', count: records.length }
        const stage = command(process.execPath, [m2, 'score', '--metrics', metrics], file)
        const rival = python && {
          name: `${name}-pycocoevalcap`,
          engine: 'pycocoevalcap',
          ...common,
          beside: [name],
          slow: true,
          ...command(python, ['-c', perMetric, metrics], file),
        }
        yield { name, ...common, ...stage, ...(rival && { rival }) }
      }
    })
  },
}

/** `m2 tokenize` as a whole command, beside spaCy as a whole command. */
export const tokenize: Benchmark = {
  summary: 'm2 tokenize --tokenizer spacy from start to end, in captions a second',
  async *cases(settings) {
    yield* withRecords(settings, async function* (file, records) {
      const count = records.reduce((sum, { captions }) => sum + captions.length, 0)
      const stage = command(process.execPath, [m2, 'tokenize', '--tokenizer', 'spacy'], file)
      const common = { shapes: { captions: count }, unit: 'captions', count }
      const python = pythonWith(['spacy'], settings)
      const rival = python && {
        name: 'tokenize-spacy',
        engine: 'spaCy',
        ...common,
        beside: ['tokenize'],
        slow: true,
        ...command(python, ['-c', spacy], file),
      }
      yield { name: 'tokenize', ...common, ...stage, ...(rival && { rival }) }
    })
  },
}

/** The reward of a step of self-critical training: five hypotheses of fifty images. */
export const reward: Benchmark = {
  summary: 'CIDEr-D of 250 hypotheses against five references each, in hypotheses a second',
  async *cases(settings) {
    yield* withRecords(settings, async function* (file, records) {
      const lexicon = new Lexicon()
      const numbered = records.map(({ captions }) =>
        ptbTokenize(captions).map((words) => words.map((word) => lexicon.number(word))),
      )
      const scorer = createCiderReward({ references: numbered })
      // What people said of the next image, as wrong as a model's samples are at first.
      const hypotheses = numbered.slice(0, 51).map((captions) => captions.map((ids) => Int32Array.from(ids)))
      const common = { shapes: { images: 50, hypotheses: 250 }, unit: 'hypotheses', count: 250 }
      yield {
        name: 'reward',
        ...common,
        async run() {
          for (let image = 0; image < 50; image++)
            for (const ids of hypotheses[image + 1]!) scorer.score(image, ids, 0, ids.length)
        },
        dispose: () => undefined,
      }
      const python = pythonWith(['pycocoevalcap.cider.cider'], settings)
      if (!python) return
      const loop = await pythonLoop(python, ['-c', rewardProgram, file])
      yield { name: 'reward-pycocoevalcap', engine: 'pycocoevalcap', ...common, beside: ['reward'], ...loop }
    })
  },
}

const recordShape = z.looseObject({ caption: z.string().optional(), captions: z.array(z.string()) })
type CaptionsOf = z.infer<typeof recordShape>

/** The records of --records, or those of the fixture world, in a file. */
async function* withRecords(
  { records: given, note }: Settings,
  cases: (file: string, records: readonly CaptionsOf[]) => AsyncIterable<Case>,
): AsyncGenerator<Case> {
  const folder = mkdtempSync(join(tmpdir(), 'm2-bench-'))
  try {
    const file = given ?? join(folder, 'records.jsonl')
    if (!given) await writeWorld(file)
    note(given ? `captions of ${given}` : 'captions of the fixture world')
    const records: CaptionsOf[] = []
    for await (const [number, line] of readLines(createReadStream(file), file))
      records.push(parseLine(line, recordShape, `${file}:${number}`))
    yield* cases(file, records)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

async function writeWorld(file: string): Promise<void> {
  const imageOf = createWorld({ seed: 1, width: 1, noise: 0, captions: perImage + 1 })
  const lines = Array.from({ length: images }, (_, id) => {
    const [caption, ...captions] = imageOf(id).captions
    return JSON.stringify({ image_id: id, caption, captions })
  })
  await writeFile(file, `${lines.join('\n')}\n`)
}

const command = (program: string, args: readonly string[], file: string): Pick<Case, 'run' | 'dispose'> => ({
  run: () => runCommand(program, args, file),
  dispose: () => undefined,
})
