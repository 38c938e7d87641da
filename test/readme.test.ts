import { existsSync, readFileSync } from 'node:fs'
import t from 'tap'
import { makeSmallDemo, runIn } from './small-demo.js'

/**
 * Every `sh` block of the README runs, in order and in one folder, as a reader would after `make demo`; the model is
 * one that was trained for a few steps only. What is too heavy, or not for a test, is listed here with its reason, and
 * a command that is in neither place fails.
 */
const elsewhere: readonly [command: RegExp, reason: string][] = [
  [/^make (demo|test|build)$/, 'CI runs it (.ci/run)'],
  [/^npm install --global \.$/, 'installs; test/package.test.ts does so into a folder of its own'],
  [
    /^npm pack$|^ONNXRUNTIME_NODE_INSTALL=skip npm install /,
    'installs; test/install.test.ts does so on npm 11 and 12',
  ],
  [/^make (coco|evaluate) /, 'days; test/pipelines.test.ts runs them small'],
  [/^make (photos|features) /, 'needs photographs; test/detection/pipeline.test.ts runs it small'],
  [/^m2 detector /, 'needs weights, or downloads; test/stages/detector.test.ts'],
  [/^m2 bench /, 'measures; test/bench runs it'],
]

t.setTimeout(600_000)

const readme = readFileSync('README.md', 'utf8')
const blocks = [...readme.matchAll(/^```sh\n(.*?)^```/gms)].map(([, block]) => block!) // the group is not optional
const folder = t.testdir({})

t.test('every command of the README runs', async (t) => {
  makeSmallDemo(folder)
  // A model that has hardly learned may be worse than the one before: the README's comparison is of the demo's.
  runIn(folder, `sed -i.bak 's/"score":[^,]*/"score":0/' runs/demo/xe.scores.jsonl`)
  t.ok(blocks.length > 10, 'the README has its tour')
  for (const block of blocks) {
    const here = commandsOf(block).filter((command) => !elsewhere.some(([known]) => known.test(command)))
    if (here.length === 0) continue
    const { status, stderr } = runIn(folder, here.join('\n'))
    t.equal(status, 0, here[0]!, { stderr })
  }
})

t.test('what runs elsewhere is in the README', async (t) => {
  const all = blocks.flatMap(commandsOf)
  for (const [known, reason] of elsewhere)
    t.ok(
      all.some((command) => known.test(command)),
      `${String(known)}: ${reason}`,
    )
})

t.test('every stage is in the README, and every file that it names is here', async (t) => {
  const { stages } = await import('../lib/stages/index.js')
  for (const name of Object.keys(stages)) t.match(readme, `| \`${name}\``, name)
  for (const [, path] of readme.matchAll(/\]\((?!https?:)([^)#]+)\)/g)) t.ok(existsSync(path!), path!)
  for (const [, path] of readme.matchAll(/`((?:test|pipelines|lib|fixtures|docs)\/[\w./-]+)`/g))
    t.ok(existsSync(path!), path!)
})

/** The commands of a block: lines, together where one goes on in the next. */
function commandsOf(block: string): string[] {
  return block
    .replaceAll(/\\\n\s*/g, '')
    .replaceAll(/\|\n\s*/g, '| ')
    .split('\n')
    .filter((line) => line.trim() !== '')
}
