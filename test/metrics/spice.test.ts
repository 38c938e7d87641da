import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { DataError } from '../../lib/errors.js'
import { spice } from '../../lib/metrics/spice.js'

const jars = {
  'spice-1.0.jar': '',
  lib: { 'stanford-corenlp-3.6.0.jar': '', 'stanford-corenlp-3.6.0-models.jar': '' },
}
const items = [
  { image_id: 7, hypothesis: 'a dog', references: ['a dog runs', 'the dog'] },
  { image_id: 7, hypothesis: '', references: ['a cat'] },
  { image_id: 'x', hypothesis: 'a "cat"\n|||', references: ['a cat'] },
]

/** A folder of jars beside a `java` that keeps its arguments and input, and writes what `body` says. */
function fake(t: Test, body: string) {
  const directory = t.testdir({
    ...jars,
    'package.json': '{"type":"commonjs"}',
    java: `#!/usr/bin/env node
const { readFileSync, writeFileSync } = require('node:fs')
const argv = process.argv.slice(2)
writeFileSync('argv.json', JSON.stringify(argv))
const at = argv.indexOf('edu.anu.spice.SpiceScorer')
const input = JSON.parse(readFileSync(argv[at + 1], 'utf8'))
writeFileSync('seen.json', JSON.stringify(input))
const answer = (value) => writeFileSync(argv[argv.indexOf('-out') + 1], typeof value === 'string' ? value : JSON.stringify(value))
${body}`,
  })
  const java = join(directory, 'java')
  return { directory, java }
}

const run = async ({ directory, java }: { directory: string; java: string }) => {
  const { chmodSync } = await import('node:fs')
  chmodSync(java, 0o755)
  return spice(directory, items, { java })
}

t.test('asks the scorer as coco-caption does, and takes the mean of its F-scores', async (t) => {
  const program = fake(
    t,
    `answer(input.map(({ image_id }) => ({ image_id, scores: { All: { f: [0.5, 0, null][image_id] } } })).reverse())`,
  )
  const { score, perImage } = await run(program)
  t.equal(score, 0.5 / 3)
  t.strictSame([...perImage], [0.5, 0, 0], 'in the order of the items; no score is 0')
  const seen = JSON.parse(readFileSync(join(program.directory, 'seen.json'), 'utf8'))
  t.strictSame(
    seen,
    items.map(({ hypothesis, references }, i) => ({ image_id: i, test: hypothesis, refs: references })),
  )
  const argv: string[] = JSON.parse(readFileSync(join(program.directory, 'argv.json'), 'utf8'))
  t.ok(argv.includes('-subset') && argv.includes('-silent') && !argv.includes('-cache'))
  const input = argv[argv.indexOf('edu.anu.spice.SpiceScorer') + 1] ?? ''
  t.notOk(existsSync(input), 'leaves no temporary file')
})

t.test('says what is missing', async (t) => {
  const empty = t.testdir({})
  await t.rejects(spice(empty, items), {
    name: 'DataError',
    message: /no spice-1.0.jar and no lib\/stanford.*pip install/,
  })
  const partial = t.testdir({ 'spice-1.0.jar': '', lib: { 'stanford-corenlp-3.6.0.jar': '' } })
  await t.rejects(spice(partial, items), { message: /has no lib\/stanford-corenlp-3.6.0-models.jar\./ })
  const whole = t.testdir(jars)
  await t.rejects(spice(whole, items, { java: '/nowhere/java' }), {
    message: /needs Java.*\/nowhere\/java.*JAVA_HOME/,
  })
})

t.test('says why the scorer failed', async (t) => {
  const failures: [string, RegExp][] = [
    [
      `console.error('Loading\\nException in thread "main" java.lang.OutOfMemoryError'); process.exit(3)`,
      /code 3.*OutOfMemory/,
    ],
    [`console.error('Error: Could not score batched file input')`, /no scores.*Could not score/],
    [`console.error('Error: Cannot invoke because "scriptEngine" is null')`, /Java 8 to 14.*nashorn/],
    [`answer('[{"image_id": 0')`, /cannot be read/],
    [`answer([{ image_id: 0, scores: {} }])`, /cannot be read/],
    [`process.kill(process.pid, 'SIGKILL')`, /SIGKILL/],
  ]
  for (const [body, message] of failures) {
    const failure = run(fake(t, body))
    await t.rejects(failure, message)
    await t.rejects(failure, DataError)
  }
})

t.test('nothing to score starts nothing', async (t) => {
  t.match(await spice(t.testdir(jars), [], { java: '/nowhere/java' }), { score: 0 })
})
