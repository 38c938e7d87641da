/** The packed package on npm 11 and npm 12, of `M2_NPMS`: installed globally, plain and with the variable, and by npx. */
import { spawnSync, type SpawnSyncReturns } from 'node:child_process'
import { existsSync, mkdirSync, symlinkSync } from 'node:fs'
import { delimiter, dirname, join, resolve } from 'node:path'
import t from 'tap'
import { packedOf } from './packed.js'

t.setTimeout(600_000)

const npms = pathsIn('M2_NPMS')
const skip = npms.length === 0 && 'no npm 11 and 12: pipelines/extras.sh fetches them and sets M2_NPMS'

for (const npm of npms) {
  const node = nodeFor(npm)
  const version = node && spawnSync(node, [npm, '--version'], { encoding: 'utf8' }).stdout.trim()
  t.test(
    `npm ${version ?? npm}`,
    { skip: node ? false : 'no Node that it runs on in M2_NODES' },
    async (t) => {
      const folder = t.testdir({ cache: {} })
      if (!node) return
      const call = caller(node, npm, folder)
      const packed = packedOf(
        call('pack', ['--json', '--ignore-scripts', '--pack-destination', folder]).stdout,
      )
      const tarball = join(folder, packed.filename)
      scoreSomething(folder)
      const score = ['score', '--candidates', 'a.json', '--references', 'world/captions_test.json']

      await t.test('npm install --global, with the variable', async (t) => {
        const prefix = join(folder, 'with')
        const { status, stderr } = call('install', ['--global', '--prefix', prefix, tarball])
        t.equal(status, 0, stderr)
        const m2 = spawnSync(join(prefix, 'bin', 'm2'), score, { cwd: folder, encoding: 'utf8' })
        t.equal(m2.stdout.split('\n').length, 8, m2.stderr)
        const [megabytes] = spawnSync('du', ['-sm', prefix], { encoding: 'utf8' }).stdout.split('\t')
        t.ok(Number(megabytes) < 350, `${megabytes} MB are under 350`)
        t.notOk(existsSync(join(prefix, 'lib/node_modules/m2-captioning/node_modules/@tensorflow')))
      })

      await t.test('npm install --global, plain', async (t) => {
        const prefix = join(folder, 'plain')
        const { status, stderr } = call('install', ['--global', '--prefix', prefix, tarball], {
          ONNXRUNTIME_NODE_INSTALL: '',
        })
        // npm 12 runs no install scripts; npm 11 does, and then a download of CUDA libraries must be possible.
        if (status !== 0) t.match(stderr, 'ONNXRUNTIME_NODE_INSTALL=skip npm install --global m2-captioning')
        else t.ok(existsSync(join(prefix, 'bin', 'm2')))
      })

      await t.test('npx', async (t) => {
        const { stdout, stderr } = call('exec', ['--yes', `--package=${tarball}`, '--', 'm2', ...score])
        t.match(stdout, /"metric":"CIDEr-D"/, stderr)
      })
    },
  )
}
t.test('there are npms to install with', { skip }, async (t) => t.ok(npms.length > 0))

type Call = (
  command: string,
  args: readonly string[],
  environment?: NodeJS.ProcessEnv,
) => SpawnSyncReturns<string>

/** npm with its downloads shared and the rest of its cache, where npx installs, in the folder. */
function caller(node: string, npm: string, folder: string): Call {
  const env = {
    ...process.env,
    PATH: `${dirname(node)}${delimiter}${process.env['PATH']}`,
    ONNXRUNTIME_NODE_INSTALL: 'skip',
    npm_config_loglevel: 'notice', // `npm run --silent` would silence this npm too
  }
  const { stdout } = spawnSync(node, [npm, 'config', 'get', 'cache'], { encoding: 'utf8', env })
  mkdirSync(join(stdout.trim(), '_cacache'), { recursive: true })
  symlinkSync(join(stdout.trim(), '_cacache'), join(folder, 'cache', '_cacache'))
  return (command, args, environment = {}) =>
    spawnSync(node, [npm, command, ...args], {
      cwd: command === 'pack' ? '.' : folder,
      encoding: 'utf8',
      env: { ...env, npm_config_cache: join(folder, 'cache'), ...environment },
    })
}

/** The first Node that npm says it runs on: this one, or one of `M2_NODES`. */
function nodeFor(npm: string): string | undefined {
  return [process.execPath, ...pathsIn('M2_NODES')].find((node) => {
    const { status, stderr } = spawnSync(node, [npm, '--version'], { encoding: 'utf8' })
    return status === 0 && !/does not support/.test(stderr)
  })
}

/** COCO results, and references for them. */
function scoreSomething(folder: string): void {
  const m2 = resolve('dist/bin/m2.js')
  const script = `
    node ${m2} synth --images 20 --val 1 --test 3 --out world
    node ${m2} captions world/captions_test.json | sed 's/"captions":\\["\\([^"]*\\)".*/"caption":"\\1"}/' |
      node ${m2} results > a.json`
  const { status, stderr } = spawnSync('bash', ['-euo', 'pipefail', '-c', script], {
    cwd: folder,
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(stderr)
}

function pathsIn(variable: string): string[] {
  return (process.env[variable] ?? '').split(delimiter).filter((file) => existsSync(file))
}
