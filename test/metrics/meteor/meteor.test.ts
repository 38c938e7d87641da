import * as fc from 'fast-check'
import { join } from 'node:path'
import t from 'tap'
import { openMeteor, type Meteor } from '../../../lib/metrics/meteor/index.js'
import { zipOf } from '../../formats/zip.js'
import { bareEnvironment, smallData, smallParaphrases, tableOf, writeFiles } from './data.js'
import { near } from '../../near.js'

const folder = t.testdir()
const environment = bareEnvironment(folder)
const whole = writeFiles(join(folder, 'whole'), {
  ...smallData,
  'data/paraphrase-en.gz': tableOf(smallParaphrases),
})
const jar = zipOf(Object.entries(smallData).map(([name, text]) => ({ name, data: Buffer.from(text) })))

t.test('without any data METEOR runs with exact and stem, and says so', async (t) => {
  const meteor = await openMeteor({ environment })
  t.same(meteor.modules, ['exact', 'stem'])
  t.match(meteor.lacks, /without function words .*synonyms, paraphrases/)
  t.equal(meteor.signature, 'meteor:1.5|modules:exact+stem|function-words:none')
  const statistics = meteor.statistics('dogs sit', ['a dog sits'])
  t.same([...statistics.subarray(0, 12)], [2, 3, 0, 0, 0, 0, 0, 0, 2, 2, 0, 0])
})

t.test(
  'data is found in a folder, a jar, M2_METEOR, the folder of caches and a virtual environment',
  async (t) => {
    const places = writeFiles(t.testdir(), {
      'jar/meteor-1.5.jar': jar,
      'synonyms/english.synsets': smallData['synonym/english.synsets'],
      'home/m2/meteor/meteor-1.5.jar': jar,
      'venv/lib/python3.11/site-packages/pycocoevalcap/meteor/meteor-1.5.jar': jar,
      'venv/lib/python3.11/site-packages/pycocoevalcap/meteor/data/paraphrase-en.gz':
        tableOf(smallParaphrases),
    })
    const modulesOf = async (options: Parameters<typeof openMeteor>[0]) =>
      (await openMeteor({ cache: join(folder, 'cache'), ...options })).modules.join(' ')
    const upTo = (n: number) => ['exact', 'stem', 'synonym', 'paraphrase'].slice(0, n).join(' ')
    t.equal(await modulesOf({ directory: whole, environment }), upTo(4))
    t.equal(await modulesOf({ directory: join(places, 'jar'), environment }), upTo(3))
    t.equal(await modulesOf({ directory: join(places, 'jar/meteor-1.5.jar'), environment }), upTo(3))
    t.equal(await modulesOf({ directory: join(places, 'synonyms'), environment }), upTo(3))
    t.equal(await modulesOf({ environment: { ...environment, M2_METEOR: whole } }), upTo(4))
    t.equal(
      await modulesOf({ environment: { ...environment, XDG_CACHE_HOME: join(places, 'home') } }),
      upTo(3),
    )
    t.equal(await modulesOf({ environment: { ...environment, VIRTUAL_ENV: join(places, 'venv') } }), upTo(4))
    const alone = await openMeteor({ directory: join(places, 'synonyms'), environment })
    t.match(alone.lacks, /without function words .*, paraphrases/)
    t.match(alone.signature, /function-words:none\|synsets:[0-9a-f]{8}$/)
  },
)

t.test('a place without METEOR, and a jar that is not its, are refused by name', async (t) => {
  const other = Buffer.from(zipOf([{ name: 'META-INF/MANIFEST.MF', data: Buffer.from('') }]))
  const places = t.testdir({
    empty: {},
    'other.jar': other,
    'not.jar': 'not a zip',
    cut: { 'meteor-1.5.jar': Buffer.from(jar).subarray(0, jar.length / 2) },
    odd: { 'english.synsets': 'no numbers\nhere\n' },
  })
  const refused = async (name: string, message: RegExp) =>
    t.rejects(
      openMeteor({ directory: join(places, name), environment }),
      { name: 'DataError', message },
      name,
    )
  await refused('empty', /expected METEOR's data .*found nothing/)
  await refused('nowhere', /no such file or folder/)
  await refused('other.jar', /expected METEOR's jar with function\/english.words inside/)
  await refused('not.jar', /expected a jar, which is a zip archive/)
  await refused('cut', /expected a jar, which is a zip archive/)
  await refused('odd', /expected synonym\/english.synsets/)
  await t.rejects(openMeteor({ environment: { ...environment, M2_METEOR: join(places, 'empty') } }), {
    name: 'DataError',
    message: /^M2_METEOR: /,
  })
})

t.test('small segments, by hand', async (t) => {
  const meteor = await openSmall()
  // "a dog" stands for "the hound" (paraphrase): a content and a function word on both sides, in one chunk.
  t.same([...meteor.statistics('the hound', ['a dog'])].slice(-8), [1, 1, 1, 1, 1, 2, 2, 1])
  t.equal(meteor.score(meteor.statistics('the hound', ['a dog'])), 0.6)
  t.equal(meteor.score(meteor.statistics('a dog on a mat', ['a dog on a mat'])), 1)
  t.equal(
    meteor.score(meteor.statistics('bird', ['geese'])),
    0.8000000000000002,
    'a synonym, by its base form',
  )
  t.equal(meteor.score(meteor.statistics('', ['a dog'])), 0)
  t.equal(meteor.score(meteor.statistics('a dog', ['', ''])), 0)
  t.equal(meteor.score(meteor.statistics('a dog', [])), 0)

  t.same(meteor.statistics('a dog', ['x', 'y z']).slice(0, 2), [2, 1], 'of equal references the first')
  t.same(meteor.statistics('a dog', ['x', 'dog y', 'a dog']).slice(0, 2), [2, 2])
  t.same(meteor.statistics('a ||| dog', ['a dog']), meteor.statistics('a dog', ['a dog']), '||| is taken out')
  t.same(meteor.statistics('a dog', ['x ||| a dog']), meteor.statistics('a dog', ['x', 'a dog']), 'or splits')
})

t.test('a sum is scored as the jar aggregates: a whole segment has no chunks', async (t) => {
  const meteor = await openSmall()
  const rows = [meteor.statistics('a dog', ['a dog']), meteor.statistics('a cat sat', ['a mat sat'])]
  const sum = rows[0]!.map((value, i) => value + rows[1]![i]!)
  // 5 words each; a, dog, a, sat matched: 2 content and 2 function words of 3 and 2, in two chunks.
  const precision = (0.75 * 2 + 0.25 * 2) / (0.75 * 3 + 0.25 * 2)
  near(t, meteor.score(sum), precision * (1 - 0.6 * (2 / 4) ** 0.2), 1e-12, 'score of the sum')
})

t.test('no text throws or yields NaN, and none scores above 1', async (t) => {
  const meteor = await openSmall()
  const word = fc.constantFrom(
    'a',
    'dog',
    'dogs',
    'the',
    'hound',
    'sits',
    'is',
    'sitting',
    'geese',
    '.',
    "'",
    '-',
  )
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 30 }),
    fc.array(word, { maxLength: 70 }).map((words) => words.join(' ')),
  )
  fc.assert(
    fc.property(text, fc.array(text, { maxLength: 4 }), (hypothesis, references) => {
      const statistics = meteor.statistics(hypothesis, references)
      const score = meteor.score(statistics)
      return (
        statistics.every((value) => Number.isInteger(value) && value >= 0) && score >= 0 && score <= 1 + 1e-12
      )
    }),
    { numRuns: 400 },
  )
  t.pass()
})

const openSmall = (): Promise<Meteor> =>
  openMeteor({ directory: whole, environment, cache: join(folder, 'cache') })
