/** Several systems in one table: each against the first, by the paired bootstrap. */
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'

const references = Array.from({ length: 40 }, (_, id) => ({
  image_id: id,
  captions: [`a dog number ${id % 7} runs on the beach`, `the dog ${id % 5} is running fast`],
}))
const folder = t.testdir({})
const write = (name: string, records: readonly object[]) =>
  writeFileSync(join(folder, name), records.map((record) => `${JSON.stringify(record)}\n`).join(''))
write('references.jsonl', references)
write(
  'good.jsonl',
  references.map(({ image_id, captions }) => ({ image_id, caption: captions[0] })),
)
write(
  'poor.jsonl',
  references.map(({ image_id }) => ({ image_id, caption: 'a cat on the beach' })),
)
write('few.jsonl', [{ image_id: 1, caption: 'a cat' }])

function m2(...args: string[]) {
  return spawnSync(process.execPath, [join(process.cwd(), 'dist/bin/m2.js'), ...args], {
    cwd: folder,
    encoding: 'utf8',
  })
}
const common = ['--references', 'references.jsonl', '--metrics', 'bleu,cider']

t.test('records say the system, and how it differs from the first', async (t) => {
  const { stdout, stderr, status } = m2('score', 'poor.jsonl', 'good.jsonl', 'poor.jsonl', ...common)
  t.equal(status, 0, stderr)
  const records = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Row) // as the stage writes them
  t.equal(records.length, 15)
  const [first, better, same] = records.filter(({ metric }) => metric === 'CIDEr-D')
  t.same([first?.system, better?.system, same?.system], ['poor.jsonl', 'good.jsonl', 'poor.jsonl'])
  t.equal(first?.against, undefined)
  t.ok(better?.against && better.against.p < 0.01 && better.against.difference > 0, stdout)
  t.equal(same?.against?.p, 1)
  t.match(stderr, /^m2 score: 3 systems\nsystem +BLEU-1/)
  const [alone] = m2('score', 'good.jsonl', ...common).stdout.split('\n')
  t.equal((JSON.parse(alone!) as Row).score, records.find(({ system }) => system === 'good.jsonl')?.score)
})

t.test('tables replace the records', async (t) => {
  const table = (format: string, ...files: string[]) => m2('score', ...files, ...common, '--format', format)
  t.match(table('text', 'poor.jsonl', 'good.jsonl').stdout, /^good +[01]\.\d{4} ±0\.\d{4}\*/m)
  t.match(table('markdown', 'poor.jsonl', 'good.jsonl').stdout, /^\| good \| [01]\.\d{4} ±0\.\d{4}\\\* \|/m)
  t.match(table('latex', 'poor.jsonl', 'good.jsonl').stdout, /^ {2}good & [01]\.\d{4} \$\\pm\$0\.\d{4}\* &/m)
  t.match(table('text', 'good.jsonl').stdout, /^good +\d\.\d{4} /m)
  t.equal(table('text', 'good.jsonl').stdout.split('\n').length, 3, 'no note where nothing is compared')
})

t.test('what does not go together is refused', async (t) => {
  const refused = (...args: string[]) => {
    const { status, stderr } = m2('score', ...args, ...common)
    return `${status} ${stderr}`
  }
  t.match(
    refused('good.jsonl', 'poor.jsonl', '--by', 'domain'),
    /^2 m2 score: --by is for the records of one system/,
  )
  t.match(refused('good.jsonl', '--candidates', 'poor.jsonl'), /^2 m2 score: files to score, --candidates/)
  t.match(refused('good.jsonl', 'few.jsonl'), /^1 m2 score: few\.jsonl has no caption for 39 of 40 images/)
})

interface Row {
  system?: string
  metric: string
  score: number
  against?: { difference: number; p: number }
}
