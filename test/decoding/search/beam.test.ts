import fc from 'fast-check'
import t from 'tap'
import { beamSearch, type BeamOptions } from '../../../lib/decoding/search/beam.js'
import { constrainedBanks, diverseBanks, plainBanks } from '../../../lib/decoding/search/banks.js'
import { compileRules } from '../../../lib/decoding/search/rules.js'
import { sampling } from '../../../lib/decoding/search/sampling.js'
import { decode } from '../../../lib/decoding/batching/scheduler.js'
import type { Hypothesis, Search } from '../../../lib/decoding/search/search.js'
import { near } from '../../near.js'
import { toyLogProbs, toyRunner } from '../toy.js'

const vocabulary = 12
const maxLength = 8

async function* range(count: number, first = 0) {
  for (let i = first; i < first + count; i++) yield i
}

async function run(
  count: number,
  slots: number,
  perRow: number,
  newSearch: (image: number) => Search,
  { first = 0, runners = 1, ahead = 8 } = {},
): Promise<Hypothesis[][]> {
  const side = Array.from({ length: runners }, () => toyRunner(slots, newSearch(0).rows, vocabulary, perRow))
  const results: Hypothesis[][] = []
  for await (const { image, hypotheses } of decode(range(count, first), side, newSearch, { ahead })) {
    if (image !== first + results.length) throw new Error(`image ${image} out of order`)
    results.push(hypotheses)
  }
  return results
}

/** The search as the reference runs it: all steps, every candidate sorted. */
function exhaustive(image: number, beam: number): { ids: number[]; score: number }[] {
  let beams: { ids: number[]; score: number }[] = [{ ids: [], score: 0 }]
  for (let step = 0; step < maxLength; step++) {
    const candidates = beams.flatMap(({ ids, score }) => {
      if (ids.includes(3)) return [{ ids, score }]
      const next = toyLogProbs(image, ids, vocabulary)
      return Array.from(next, (logProb, word) => ({
        ids: [...ids, word],
        score: Math.fround(score + logProb),
      }))
    })
    beams = candidates.sort((a, b) => b.score - a.score).slice(0, beam)
  }
  return beams
}

const plain = (beam: number, nBest = beam, more: Partial<BeamOptions> = {}) =>
  beamSearch({ banks: plainBanks(beam), vocabularySize: vocabulary, maxLength, nBest, ...more })

t.test('beam search finds what the full-length search over all candidates finds', async (t) => {
  for (const beam of [1, 3, 5]) {
    const results = await run(30, 4, beam, () => plain(beam))
    results.forEach((hypotheses, image) => {
      const expected = exhaustive(image, beam)
      t.same(
        hypotheses.map((h) => h.ids),
        expected.map((e) => e.ids),
        `image ${image}, beam ${beam}`,
      )
      t.same(
        hypotheses.map((h) => h.logProb),
        expected.map((e) => e.score),
      )
      for (const { wordLogProbs, logProb } of hypotheses)
        near(
          t,
          wordLogProbs.reduce((a, b) => a + b),
          logProb,
          1e-5,
        )
    })
  }
})

t.test('stopping early for the best one changes nothing but the number of steps', async (t) => {
  const whole = await run(40, 1, 5, () => plain(5))
  const early = await run(40, 1, 5, () => plain(5, 1))
  t.same(
    early.map(([best]) => best),
    whole.map(([best]) => best),
  )
  const steps = async (nBest: number) => {
    const runner = toyRunner(1, 5, vocabulary, 5)
    for await (const _ of decode(range(40), [runner], () => plain(5, nBest)));
    return runner.steps
  }
  t.ok((await steps(1)) < (await steps(5)))
})

/** The beams of a search over all steps and candidates, ranked with a length penalty; ended ones keep their length. */
function penalized(image: number, beam: number, alpha: number): { ids: number[]; priority: number }[] {
  let beams = [{ ids: [] as number[], score: 0, priority: 0 }]
  for (let step = 0; step < maxLength; step++) {
    const candidates = beams.flatMap((one) => {
      if (one.ids.includes(3)) return [one]
      const next = toyLogProbs(image, one.ids, vocabulary)
      return Array.from(next, (logProb, word) => {
        const score = Math.fround(one.score + logProb)
        return { ids: [...one.ids, word], score, priority: score / ((5 + step + 1) / 6) ** alpha }
      })
    })
    beams = candidates.sort((a, b) => b.priority - a.priority).slice(0, beam)
  }
  return beams
}

t.test('a length penalty of any sign finds what the full-length search finds', async (t) => {
  for (const lengthPenalty of [-4, -1, -0.3, 0.5, 2])
    for (const nBest of [1, 3]) {
      const results = await run(40, 4, 3, () => plain(3, nBest, { lengthPenalty }))
      results.forEach((hypotheses, image) =>
        t.same(
          hypotheses.map(({ ids }) => ids),
          penalized(image, 3, lengthPenalty)
            .slice(0, nBest)
            .map(({ ids }) => ids),
          `alpha ${lengthPenalty}, image ${image}`,
        ),
      )
    }
})

t.test('continuous batching gives what one image at a time gives', async (t) => {
  const { forbids, strikes } = compileRules(
    { suppressUnk: true, blockTrigrams: true, minLength: 3, badEndings: new Set([5, 6]) },
    maxLength,
  )
  const searches: Record<string, () => Search> = {
    plain: () => plain(5, 2),
    penalty: () => plain(3, 1, { lengthPenalty: 0.7 }),
    rules: () => plain(4, 4, { forbids }),
    diverse: () => plain(6, 6, { banks: diverseBanks(6, 3, 0.5) }),
    constrained: () => plain(2, 1, { banks: constrainedBanks(2, [[4, 5], [7]]) }),
  }
  for (const [name, search] of Object.entries(searches)) {
    const perRow = Math.min(vocabulary, 8 + strikes)
    const alone: Hypothesis[][] = []
    for (let image = 0; image < 17; image++)
      alone.push(...(await run(1, 1, perRow, search, { first: image })))
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 0, max: 20 }),
        async (slots, runners, ahead) => {
          const together = await run(17, slots, perRow, search, { runners, ahead })
          return JSON.stringify(together) === JSON.stringify(alone)
        },
      ),
      { numRuns: 8 },
    )
    t.pass(name)
  }
})

t.test('rules hold in every caption', async (t) => {
  const { forbids } = compileRules(
    { suppressUnk: true, blockTrigrams: true, minLength: 3, badEndings: new Set([5, 6]) },
    maxLength,
  )
  const results = await run(40, 4, vocabulary, () => plain(5, 5, { forbids }))
  for (const { ids, ended } of results.flat()) {
    t.notOk(ids.includes(0), 'no unknown word')
    if (ended) {
      t.ok(ids.length > 3, 'at least three words')
      t.notOk([5, 6].includes(ids.at(-2)!), 'no hanging word')
    }
    const trigrams = ids.slice(2).map((_, i) => ids.slice(i, i + 3).join())
    t.equal(new Set(trigrams).size, trigrams.length, 'no trigram twice')
  }
})

t.test('the shortest captions have the words that were asked for, repeats not counted', async (t) => {
  const blanks = new Set([8])
  const { forbids } = compileRules({ minLength: 6, blanks }, maxLength)
  const results = await run(40, 4, vocabulary, () => plain(5, 5, { forbids }))
  for (const { ids } of results.flat()) {
    const printed = ids.filter((id, i) => id !== 3 && id !== ids[i - 1] && !blanks.has(id))
    t.ok(printed.length >= 6, `${ids.join()}: ${printed.length} words`)
  }
})

t.test('no caption ends badly, not even where it is cut', async (t) => {
  const badEndings = new Set([4, 5, 6, 7, 9, 10])
  const blanks = new Set([8])
  for (const length of [1, 2, 4]) {
    const { forbids } = compileRules({ badEndings, blanks }, length)
    const results = await run(40, 4, vocabulary, () => plain(3, 3, { forbids, maxLength: length }))
    const cut = results.flat().filter(({ ended }) => !ended)
    t.ok(cut.length > 0, `captions cut at ${length} words`)
    for (const { ids } of results.flat()) {
      const last = ids.findLast((id) => id !== 3 && !blanks.has(id))
      t.notOk(badEndings.has(last ?? -1), ids.join())
    }
  }
})

t.test('a constrained search meets its constraints and prefers the likeliest way to', async (t) => {
  const constraints = [[4, 5], [7], [8]]
  const results = await run(20, 3, 5, () => plain(3, 1, { banks: constrainedBanks(3, constraints) }))
  for (const [best] of results) {
    const met = constraints.filter((words) => words.some((word) => best!.ids.includes(word))).length
    t.ok(met >= 2, `meets ${met} of 3`)
  }
})

t.test('diverse groups differ more than beams do', async (t) => {
  const firstWords = (results: Hypothesis[][]) =>
    results.reduce((sum, hypotheses) => sum + new Set(hypotheses.map(({ ids }) => ids[0])).size, 0)
  const beams = await run(30, 4, 6, () => plain(6))
  const groups = await run(30, 4, vocabulary, () => plain(6, 6, { banks: diverseBanks(6, 6, 2) }))
  t.ok(firstWords(groups) > firstWords(beams))
})

t.test('sampling draws from the distribution it is given', async (t) => {
  const counts = new Float64Array(vocabulary)
  const expected = toyLogProbs(0, [], vocabulary).map(Math.exp)
  let state = 1
  const random = () => (state = (state * 48271) % 2147483647) / 2147483647
  const options = {
    samples: 1,
    vocabularySize: vocabulary,
    maxLength,
    temperature: 1,
    topK: 0,
    topP: 1,
    random,
  }
  const draws = 4000
  for (let i = 0; i < draws; i++) {
    const search = sampling(options)
    search.advance({
      ids: new Int32Array(),
      logProbs: new Float32Array(),
      perRow: 0,
      all: toyLogProbs(0, [], vocabulary),
    })
    counts[search.words[0]!]!++
  }
  // chi-squared with 11 degrees of freedom: above 31.3 in one case of a thousand
  const chiSquared = counts.reduce(
    (sum, count, word) => sum + (count - draws * expected[word]!) ** 2 / (draws * expected[word]!),
    0,
  )
  t.ok(chiSquared < 31.3, `chi-squared ${chiSquared}`)

  const best = await run(10, 3, 1, () => plain(1))
  const cold = await run(10, 3, 1, () => sampling({ ...options, temperature: 1e-3 }))
  const only = await run(10, 3, 1, () => sampling({ ...options, topK: 1 }))
  const nucleus = await run(10, 3, 1, () => sampling({ ...options, topP: 1e-6 }))
  for (const greedy of [cold, only, nucleus])
    t.same(
      greedy.map(([h]) => h!.ids),
      best.map(([h]) => h!.ids),
    )
})
