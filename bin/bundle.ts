/**
 * Gathers what tsc compiled file by file into the few files of the command: dist/bin/m2.js, and beside it a chunk for
 * whatever is loaded when it is needed. Node then starts in half the time. Packages listed as dependencies are loaded from
 * where npm installed them; of the others, devDependencies, what is used goes into the bundle, and their licenses along.
 */
import { chmodSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'

const { dependencies, peerDependencies } = manifestOf('.')

const { metafile } = await build({
  entryPoints: {
    m2: 'bin/m2.ts',
    // Threads begin with a file.
    'chunks/adam-worker': 'lib/training/optimizer/adam-worker.ts',
    'chunks/decode-worker': 'lib/decoding/workers/decode-worker.ts',
    'chunks/meteor-worker': 'lib/metrics/meteor/meteor-worker.ts',
  },
  outdir: 'dist/bin',
  chunkNames: 'chunks/[name]-[hash]', // as deep as lib/*/*.ts, whose paths to other files must hold
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  external: Object.keys({ ...dependencies, ...peerDependencies }),
  metafile: true,
  logLevel: 'warning',
})
for (const file of readdirSync('dist/bin/chunks'))
  if (!(`dist/bin/chunks/${file}` in metafile.outputs)) rmSync(`dist/bin/chunks/${file}`)
chmodSync('dist/bin/m2.js', 0o755)
writeFileSync('dist/bin/licenses.txt', bundledPackages().map(licenseOf).join('\n'))

function bundledPackages(): string[] {
  const names = Object.keys(metafile.inputs).flatMap(
    (file) => /^node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1] ?? [],
  )
  return [...new Set(names)].sort()
}

function licenseOf(name: string): string {
  const folder = join('node_modules', name)
  const file = readdirSync(folder).find((file) => /^licen[sc]e/i.test(file))
  if (!file) throw new Error(`${folder} has no license to go with it`)
  return `${name} ${manifestOf(folder).version}\n\n${readFileSync(join(folder, file), 'utf8')}`
}

interface Manifest {
  version: string
  dependencies: Readonly<Record<string, string>>
  peerDependencies: Readonly<Record<string, string>>
}

function manifestOf(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest // npm's format
}
