/** Completion: what is offered for the word being typed, and the scripts in the shells that are here. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, symlinkSync } from 'node:fs'
import { delimiter, join, resolve } from 'node:path'
import t from 'tap'
import { completionScript, completionsOf } from '../../lib/cli/completion.js'

const offered = async (...words: string[]) =>
  (await completionsOf(words))
    .split('\n')
    .filter(Boolean)
    .map((line) => line.split('\t')[0])

t.test('stages, flags and values', async (t) => {
  t.same(await offered('tok'), ['tokenize'])
  t.ok((await offered('')).includes('completion'))
  t.same(await offered('decode', '--eng'), ['--engine'])
  t.ok((await offered('decode', '--')).includes('--keep-going'))
  t.notOk(
    (await offered('decode', '--engine', 'cpu', '--')).includes('--engine'),
    'what is given is not offered',
  )
  t.same(await offered('decode', '--engine', ''), ['onnxruntime', 'tensorflow', 'cpu'])
  t.same(await offered('decode', '--engine', 't'), ['tensorflow'])
  t.same(await offered('decode', '--engine=t'), ['--engine=tensorflow'])
  t.same(await offered('decode', '--engine', '=', 't'), ['tensorflow'], 'as bash splits it')
  t.same(await offered('completion', 'f'), ['fish'])
})

t.test('lists parted by commas', async (t) => {
  t.same(await offered('score', '--metrics', 'bleu,ro'), ['bleu,rouge'])
  t.ok(!(await offered('score', '--metrics', 'bleu,')).includes('bleu,bleu'))
  t.match(await completionsOf(['captions', '--missing', 'e']), 'error\tthe default')
})

t.test('where files are expected nothing is offered, so that the shell offers files', async (t) => {
  for (const words of [
    ['decode', '--model', ''],
    ['captions', ''],
    ['nothing', ''],
    ['score', 'a.json', ''],
  ])
    t.same(await offered(...words), [], words.join(' '))
})

t.test('the shell is the one named, else the one of the session', async (t) => {
  t.equal(completionScript(undefined, { SHELL: '/usr/bin/fish' }), completionScript('fish', {}))
  t.equal(completionScript(undefined, {}), completionScript('bash', {}))
  t.throws(() => completionScript('fsh', {}), /expected bash, zsh, fish; got "fsh"\. Did you mean zsh\?|fish/)
})

const programs: Record<string, string> = {
  bash: `eval "$(m2 completion bash)"
    COMP_WORDS=(m2 score --metrics bleu,ro); COMP_CWORD=3; _m2; printf '%s\\n' "\${COMPREPLY[@]}"
    COMP_WORDS=(m2 decode --engine t); COMP_CWORD=3; _m2; printf '%s\\n' "\${COMPREPLY[@]}"`,
  zsh: `compdef() { : }; _describe() { print -l "\${(@P)2%%:*}" }; _files() { print files }
    eval "$(m2 completion zsh)"
    words=(m2 score --metrics bleu,ro); CURRENT=4; _m2
    words=(m2 decode --engine t); CURRENT=4; _m2`,
  fish: `m2 completion fish | source
    complete -C 'm2 score --metrics bleu,ro' | string split -f 1 \\t
    complete -C 'm2 decode --engine t' | string split -f 1 \\t`,
}
for (const [shell, program] of Object.entries(programs)) {
  const skip = spawnSync(shell, ['-c', 'true']).status !== 0 && `no ${shell}`
  t.test(shell, { skip }, async (t) => {
    const folder = t.testdir({})
    mkdirSync(join(folder, 'bin'))
    symlinkSync(resolve('dist/bin/m2.js'), join(folder, 'bin', 'm2'))
    const { stdout, stderr } = spawnSync(shell, ['-c', program], {
      encoding: 'utf8',
      env: { ...process.env, HOME: folder, PATH: [join(folder, 'bin'), process.env['PATH']].join(delimiter) },
    })
    t.same(stdout.trim().split('\n'), ['bleu,rouge', 'tensorflow'], stderr)
  })
}
