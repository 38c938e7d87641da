/** The command as a process: what happens to its pipes, its disk and its signals. */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import t from 'tap'

const m2 = resolve('dist/bin/m2.js')
const folder = t.testdir()
t.setTimeout(300_000)

/** Runs a script in which `m2` is the command. */
function bash(script: string, env: NodeJS.ProcessEnv = {}) {
  return spawnSync('bash', ['-c', `m2() { '${process.execPath}' '${m2}' "$@"; }\n${script}`], {
    cwd: folder,
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], HOME: folder, LC_ALL: 'C.UTF-8', ...env },
  })
}

const tokens = Array.from({ length: 5000 }, (_, i) => `{"image_id":${i},"tokens":[["word${i}"]]}\n`).join('')
writeFileSync(join(folder, 'tokens.jsonl'), tokens)

t.test('names of JavaScript are not names of stages or options', async (t) => {
  for (const name of ['toString', 'constructor', '__proto__', 'hasOwnProperty', 'valueOf'])
    for (const words of [name, `help ${name}`, `score --${name} 1`]) {
      const { status, stderr } = bash(`m2 ${words}`)
      t.equal(status, 2, words)
      t.match(stderr, /^m2( score)?: unknown (stage|option) /, words)
    }
  writeFileSync(join(folder, 'config.json'), '{"toString": 1}')
  t.match(bash('m2 score --config config.json < /dev/null').stderr, /unknown option "toString"/)
  writeFileSync(join(folder, 'one.jsonl'), '{"image_id":1,"caption":"a dog","captions":["a dog"]}\n')
  const { status, stderr } = bash('m2 score --metrics bleu --by constructor < one.jsonl')
  t.equal(status, 1, stderr)
  t.match(stderr, /--by constructor: .* image 1 has none/)
})

t.test('a reader that has had enough is not an error', async (t) => {
  for (const script of ['m2 --help | head -c 0', 'm2 decode --help | true', 'm2 --version | true'])
    t.match(bash(`${script}; echo "\${PIPESTATUS[0]}"`), { stdout: /^0\n$/, stderr: '' }, script)
  t.match(bash('m2 vocab --min-freq 1 < tokens.jsonl | true; echo "${PIPESTATUS[0]}"'), {
    stdout: /^0\n$/,
    stderr: '',
  })
  t.equal(bash('m2 nothing 2>&1 >/dev/null | true; echo "${PIPESTATUS[0]}"').stdout, '2\n')
})

t.test('a disk that fills up within the last write is an error', async (t) => {
  // A limit of 8 or 16 kB on files: the system takes the first part of the write.
  const { status, stderr } = bash('ulimit -f 16; m2 vocab --min-freq 1 < tokens.jsonl > vocab.json')
  t.equal(status, 1)
  t.match(stderr, /m2 vocab: cannot write to stdout: EFBIG/)
  t.ok(statSync(join(folder, 'vocab.json')).size > 0, 'the first part fitted')
  if (existsSync('/dev/full'))
    t.match(bash('m2 --help > /dev/full'), { status: 1, stderr: /cannot write to stdout: ENOSPC/ })
})

t.test('without records nothing is written in the place of what is there', async (t) => {
  const good = join(folder, 'good')
  for (const stage of ['results --out good', 'report --out good', 'pack --out good']) {
    writeFileSync(good, 'good')
    const { status, stderr } = bash(`m2 features /nowhere < one.jsonl 2>/dev/null | m2 ${stage}`)
    t.equal(status, 1, stage)
    t.match(stderr, /there are no records on stdin, so nothing is written/, stage)
    t.equal(readFileSync(good, 'utf8'), 'good', stage)
  }
  for (const stage of ['vocab', 'results'])
    t.match(bash(`m2 ${stage} < /dev/null`), { status: 1, stdout: '' })
  t.match(bash('m2 results --allow-empty < /dev/null'), { status: 0, stdout: '[]\n' })
  t.match(bash('m2 tokenize < /dev/null'), { status: 0, stdout: '', stderr: '' }, 'a filter of nothing')
})

t.test('a directory is not a stream of records', async (t) => {
  t.match(bash('m2 tokenize < .'), {
    status: 1,
    stderr: /cannot read stdin: expected a file or a pipe, got a directory/,
  })
})

t.test('escape sequences of data do not reach the terminal', async (t) => {
  const id = JSON.stringify('\u001b[31mred\u009b\u202e')
  writeFileSync(join(folder, 'escapes.jsonl'), `{"image_id":${id},"caption":"a"}\n`.repeat(2))
  for (const options of ['', '--keep-going']) {
    const { stderr } = bash(`m2 score --metrics bleu ${options} < escapes.jsonl`)
    t.match(stderr, /\\u001b\[31mred\\u009b\\u202e/, options)
    // oxlint-disable-next-line no-control-regex -- these are what must not be there
    t.notMatch(stderr, /[\x1b\x9b\u202e]/, options)
  }
})

t.test('a misspelt variable is noted, and one of another stage is not', async (t) => {
  const run = (env: NodeJS.ProcessEnv) => bash('m2 results --allow-empty < /dev/null', env).stderr
  t.equal(
    run({ M2_MIN_FREK: '3' }),
    'm2 results: M2_MIN_FREK is not the variable of any option, and is ignored. Did you mean M2_MIN_FREQ?\n',
  )
  t.equal(run({ M2_MIN_FREQ: '3', M2_METEOR: 'x', M2_KEEP_GOING: '1' }), '')
})

t.test('a signal ends a long computation', async (t) => {
  const words = Array.from({ length: 1500 }, (_, i) => `w${i % 700}`).join(' ')
  const record = JSON.stringify({ image_id: 1, caption: words, captions: [words] })
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    const child = spawn(process.execPath, [m2, 'score', '--metrics', 'bleu', '--bootstrap', '1000000'])
    child.stdin.on('error', () => undefined)
    child.stdin.end(Array.from({ length: 400 }, (_, i) => record.replace(':1,', `:${i},`)).join('\n'))
    child.stdout.resume()
    setTimeout(() => child.kill(signal), 1500)
    const [code, killedBy] = (await once(child, 'close')) as [number | null, string | null]
    t.same([code, killedBy], [null, signal], signal)
  }
})
