import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { toyConfig, writeToyFeatures, writeToyModel } from '../decoding/toy-model.js'
import { decode, folder, m2, model, records, recordsOf, run, same } from './decode-command.js'

t.test('bad input is named', async (t) => {
  const [record] = records as [(typeof records)[0]]
  const narrow = { ...record, features: { ...record.features, shape: [1, 7] } }
  const none = { ...record, image_id: 99, features: { shape: [0, 8], dtype: 'float32', data: '' } }
  const fails: [string[], object[], number, RegExp][] = [
    [[], [narrow], 1, /expected features of width 8, got 7/],
    [[], [none], 1, /image 99 has no regions/],
    [[], [{ ...record, constraints: [['dog']] }], 1, /the constraint "dog" is not in the model's vocabulary/],
    [['--beam', '31'], [record], 2, /--beam 31 is more than the vocabulary's 30 words/],
    [['--beam', '5', '--diverse', '2'], [record], 2, /--beam 5 does not divide into 2 groups/],
    [['--n-best', '9'], [record], 2, /--n-best 9 needs at least as wide a --beam/],
    [['--max-length', '12'], [record], 2, /the model's longest caption has 11 words/],
    [['--shard', '2/2'], [record], 2, /--shard: expected I\/N/],
    [['--beam', '2147483648'], [record], 2, /--beam 2147483648 is more than/],
    [
      ['--sample'],
      [{ ...record, constraints: [['bb']] }],
      1,
      /image 0 has constraints, which --sample cannot/,
    ],
    [['--beam', '4', '--diverse', '2'], [{ ...record, constraints: [] }], 1, /which --diverse cannot meet/],
  ]
  for (const [args, given, code, message] of fails) {
    const { status, stderr } = decode(args, given)
    t.equal(status, code, stderr)
    t.match(stderr, message)
  }
  const going = decode(['--keep-going'], [narrow, record, none, records[1]!])
  t.equal(going.status, 1)
  t.same(
    going.decoded.map(({ image_id }) => image_id),
    [0, 1],
  )
  t.match(going.stderr, /"line":1[\s\S]*"line":3/)

  const small = join(folder, 'small')
  await writeToyModel(small, 1, { ...toyConfig, vocabularySize: 20 })
  const mixed = run(['decode', '--model', `${model},${small}`], [record])
  t.equal(mixed.status, 1)
  t.match(mixed.stderr, /has another vocabulary than/)

  const many = await writeToyFeatures(t.testdir(), 9, { most: 9 })
  t.match(decode([], many).stderr, /4 images have more than 5 regions; the model takes the first 5/)
})

t.test('a caption whose log-probability is not finite names image and model', async (t) => {
  const of = (image_id: number, value: number) => {
    const data = Buffer.from(new Float32Array(8).fill(value).buffer).toString('base64')
    return { image_id, features: { shape: [1, 8], dtype: 'float32', data } }
  }
  const given = [of(1, 1), of(2, 3e38), of(3, 1)]
  const stopped = decode(['--n-best', '2'], given)
  t.equal(stopped.status, 1)
  t.match(stopped.stderr, `image 2: ${model} gives its caption a log-probability of NaN, which is not finite`)
  t.same(
    stopped.decoded.map(({ image_id }) => image_id),
    [1],
  )
  const going = decode(['--keep-going'], given)
  t.equal(going.status, 1)
  t.same(
    going.decoded.map(({ image_id }) => image_id),
    [1, 3],
  )
})

t.test('captions come when asked for, though stdin stays open', async (t) => {
  const line = (record: object) => `${JSON.stringify(record)}\n`
  const whole = decode([]).decoded
  for (const args of [[], ['--slots', '16'], ['--jobs', '2'], ['--slots', '40', '--jobs', '2']]) {
    const child = spawn(process.execPath, [m2, 'decode', '--model', model, '--threads', '1', ...args])
    let out = ''
    const answers = async (count: number) => {
      while (out.split('\n').length <= count) {
        const [chunk] = (await once(child.stdout, 'data')) as [Buffer]
        out += chunk.toString()
      }
    }
    child.stdin.write(line(records[0]!))
    await answers(1)
    child.stdin.write(line(records[1]!))
    await answers(2)
    child.stdin.write(records.slice(2).map(line).join(''))
    await answers(records.length)
    child.stdin.end()
    const [code] = (await once(child, 'close')) as [number]
    t.equal(code, 0)
    same(t, recordsOf(out), whole, `one, one and many, ${args.join(' ')}`)
  }
})

t.test('captions of the records before a bad one come out', async (t) => {
  const bad = { image_id: 99 }
  for (const args of [[], ['--jobs', '2', '--slots', '2']]) {
    const { decoded, status, stderr } = decode(args, [...records, bad])
    t.equal(status, 1)
    t.match(stderr, /stdin:24: features: expected/)
    t.equal(decoded.length, records.length)
  }
})

t.test('the configuration is named where its defaults do not fit', async (t) => {
  const folder = t.testdir()
  await writeToyModel(folder)
  const file = join(folder, 'config.json')
  const config: { decode: object } = JSON.parse(await readFile(file, 'utf8'))
  for (const [change, message] of [
    [
      { beam: 2147483648 },
      /config\.json: decode\.beam is 2147483648, more than the vocabulary's 30 words; --beam/,
    ],
    [
      { maxLength: 99 },
      /config\.json: decode\.maxLength is 99, and the model's longest caption has 11 words/,
    ],
  ] as const) {
    await writeFile(file, JSON.stringify({ ...config, decode: { ...config.decode, ...change } }))
    const { status, stderr } = run(['decode', '--model', folder], records)
    t.equal(status, 1)
    t.match(stderr, message)
  }
})

t.test('before the first best model the newest one is named', async (t) => {
  const folder = t.testdir()
  await writeToyModel(join(folder, 'last'))
  for (const args of [
    ['decode', '--model', folder],
    ['explain', '--model', folder],
    ['export', folder, '--onnx', join(folder, 'x')],
  ]) {
    // prettier-ignore
    const { status, stderr } = run(args)
    t.equal(status, 1)
    t.match(stderr, `The run has no best model yet; ${join(folder, 'last')} holds its newest one`)
  }
})

t.test('a reader that has had enough is no error', async (t) => {
  const input = records.map((record) => JSON.stringify(record)).join('\n')
  const { stdout, stderr } = spawnSync(
    'bash',
    [
      '-c',
      `"${process.execPath}" "${m2}" decode --model "${model}" --threads 1 | head -n 1; echo "\${PIPESTATUS[0]}"`,
    ],
    { input, encoding: 'utf8' },
  )
  const [first = '', status] = stdout.trim().split('\n')
  t.match(JSON.parse(first), { image_id: 0 })
  t.equal(status, '0', stderr)
})
