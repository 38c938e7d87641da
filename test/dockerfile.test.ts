/** The Dockerfile, built where Docker runs; elsewhere read: what it names is there. */
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'

t.setTimeout(600_000)

const text = readFileSync('Dockerfile', 'utf8')
const instructions = text
  .replaceAll(/^#.*\n/gm, '')
  .replaceAll(/\\\n\s*/g, '')
  .split('\n')
  .filter((line) => line.trim() !== '')
const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as { name: string; bin: object } // ours

t.test('it names what is there', async (t) => {
  for (const line of instructions) t.match(line, /^(FROM|ENV|WORKDIR|COPY|RUN|USER|ENTRYPOINT) \S/, line)
  const images = [...text.matchAll(/^FROM (\S+)/gm)].map(([, image]) => image!)
  for (const image of images) t.match(image, /^node:(2[0-9])-slim$/, image)
  t.match(text, `COPY --from=build /m2/${manifest.name}-*.tgz`)
  t.match(text, `node_modules/${'onnxruntime-node'}/bin/napi-v6`)
  const libraries = 'node_modules/onnxruntime-node/bin/napi-v6'
  t.ok(existsSync(join(libraries, 'linux', 'x64')) && existsSync(join(libraries, 'linux', 'arm64')))
  t.same(Object.keys(manifest.bin), [JSON.parse(/^ENTRYPOINT (.*)$/m.exec(text)![1]!)[0]])
  const ignored = readFileSync('.dockerignore', 'utf8').trim().split('\n')
  for (const folder of ['node_modules', 'dist', '.git']) t.ok(ignored.includes(folder), folder)
})

t.test('the command that keeps one platform keeps this one', async (t) => {
  const [, command] = /(find \. .* \{\} \+)/.exec(instructions.join('\n')) ?? []
  const folder = t.testdir({
    linux: { x64: { a: '' }, arm64: { a: '' } },
    darwin: { arm64: { a: '' } },
    win32: { x64: { a: '' } },
  })
  t.equal(spawnSync('bash', ['-c', command!], { cwd: folder }).status, 0)
  const { stdout } = spawnSync('bash', ['-c', 'find . -type f'], { cwd: folder, encoding: 'utf8' })
  t.same(stdout.trim().split('\n'), [`./linux/${process.arch}/a`])
})

const docker = spawnSync('docker', ['info'], { encoding: 'utf8' })
t.test('it builds', { skip: docker.status !== 0 && 'no Docker that runs' }, async (t) => {
  const { status, stderr } = spawnSync('docker', ['build', '--tag', 'm2-test', '.'], { encoding: 'utf8' })
  t.equal(status, 0, stderr)
})
