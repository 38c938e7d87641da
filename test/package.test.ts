/** The package as npm would publish and install it; nothing is fetched. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, symlinkSync } from 'node:fs'
import { join, resolve } from 'node:path'
import t from 'tap'
import { packedOf } from './packed.js'

t.setTimeout(120_000)

t.test('what is published runs', async (t) => {
  const folder = t.testdir({ node_modules: {} })
  const { stdout } = npm(['pack', '--json', '--ignore-scripts', '--pack-destination', folder])
  const packed = packedOf(stdout)
  const paths = packed.files.map(({ path }) => path)
  t.ok(packed.size < 2_000_000, `${packed.size} bytes are under 2 MB`)
  for (const path of [
    'README.md',
    'LICENSE',
    'dist/bin/m2.js',
    'dist/bin/licenses.txt',
    'dist/bin/chunks/library.js',
    'dist/lib/library/index.d.ts',
    'docs/cli.md',
    'fixtures/published.jsonl',
    'bin/preinstall.mjs',
  ])
    t.ok(paths.includes(path), path)
  t.ok(
    paths.some((path) => path.startsWith('dist/bin/chunks/')),
    'what is loaded when it is needed',
  )
  t.same(
    paths.filter(
      (path) => /^(dist\/test|test|node_modules|runs|\.)/.test(path) || /(?<!\.d)\.ts$|\.map$/.test(path),
    ),
    [],
    'no tests, no sources, nothing of this machine',
  )
  spawnSync('tar', ['-xzf', packed.filename], { cwd: folder })
  const installed = join(folder, 'package')
  mkdirSync(installed, { recursive: true })
  symlinkSync(resolve('node_modules'), join(installed, 'node_modules'))
  const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string } // ours
  t.equal(run([join(installed, 'dist/bin/m2.js'), '--version']).stdout.trim(), version)
  const { status, stderr } = run([
    join(installed, 'dist/bin/m2.js'),
    'synth',
    '--images',
    '3',
    '--out',
    join(folder, 'world'),
  ])
  t.equal(status, 0, stderr)
})

t.test('npm install --global . puts m2 into a bin folder', async (t) => {
  const prefix = t.testdir()
  const { status, stderr } = npm([
    'install',
    '--global',
    '.',
    '--offline',
    '--ignore-scripts',
    '--prefix',
    prefix,
  ])
  t.equal(status, 0, stderr)
  t.match(spawnSync(join(prefix, 'bin', 'm2'), ['--help'], { encoding: 'utf8' }).stdout, /usage: m2 STAGE/)
})

t.test('a Node that is too old is refused in words, and a later one is not', async (t) => {
  // The command reads the version before anything else, so a disguise is enough.
  const as = (version: string) => [
    '--import',
    `data:text/javascript,Object.defineProperty(process.versions,'node',{value:'${version}'})`,
    'dist/bin/m2.js',
    '--help',
  ]
  const old = run(as('18.20.4'))
  t.equal(old.status, 2)
  t.equal(old.stderr, 'm2 needs Node 20 or later; this is Node 18.20.4.\n')
  t.equal(run(as('31.0.0')).status, 0)
})

t.test('the download that would fail is announced before it, with what to type', async (t) => {
  const folder = t.testdir({
    'package.json': '{}',
    'preinstall.mjs': readFileSync('bin/preinstall.mjs', 'utf8'),
    node_modules: {
      'onnxruntime-node': {
        'package.json': '{"name":"onnxruntime-node"}',
        script: {
          'install-metadata.js': 'exports.feeds = { nuget: { index: "http://127.0.0.1:9/index.json" } }', // nothing listens
          'install-utils.js':
            'exports.parseInstallFlag = () => process.env.ONNXRUNTIME_NODE_INSTALL === "skip" ? false : undefined',
        },
      },
    },
  })
  const preinstall = (environment: NodeJS.ProcessEnv) => {
    // npm gives the script variables of its own, which this test, run by npm, may have inherited.
    const { npm_config_local_prefix: _, HTTPS_PROXY: __, https_proxy: ___, ...rest } = process.env
    const env = { ...rest, npm_config_global: 'true', ONNXRUNTIME_NODE_INSTALL: '', ...environment }
    return spawnSync(process.execPath, ['preinstall.mjs'], { cwd: folder, encoding: 'utf8', env })
  }
  t.equal(preinstall({ ONNXRUNTIME_NODE_INSTALL: 'skip' }).status, 0)
  if (`${process.platform}/${process.arch}` !== 'linux/x64') {
    t.pass('nothing is downloaded elsewhere')
    return
  }
  const { status, stderr } = preinstall({})
  t.equal(status, 1)
  t.match(stderr, /127\.0\.0\.1:9 cannot be reached/)
  t.match(stderr, 'ONNXRUNTIME_NODE_INSTALL=skip npm install --global m2-captioning')
})

function run(args: string[]): Spawned {
  return spawnSync(process.execPath, args, { encoding: 'utf8' })
}

function npm(args: string[]): Spawned {
  return spawnSync('npm', args, { encoding: 'utf8' })
}

interface Spawned {
  status: number | null
  stdout: string
  stderr: string
}
