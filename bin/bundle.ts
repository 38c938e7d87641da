/**
 * Gathers what tsc compiled file by file into the few files of the command and of the library: dist/bin/m2.js, and
 * beside it the library's entries and a chunk for whatever is loaded when it is needed. Node then starts in half the time. Packages listed as dependencies are loaded from
 * where npm installed them; of the others, devDependencies, what is used goes into the bundle, and their licenses along.
 */
import { chmodSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { build } from 'esbuild'
import { bundledTfjs } from './bundled-tfjs.js'
import { licensesOf } from './licenses.js'
import { manifestOf } from './manifest.js'

const { dependencies, peerDependencies } = manifestOf('.')

const { metafile } = await build({
  entryPoints: {
    m2: 'bin/m2.ts',
    'chunks/library': 'lib/library/index.ts',
    'chunks/library-metrics': 'lib/library/metrics.ts',
    'chunks/library-tokenizers': 'lib/library/tokenizers.ts',
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
  mainFields: ['module', 'main'], // tfjs as modules, of which what is not used is left out
  plugins: [bundledTfjs],
  // What was CommonJS asks for Node's own modules.
  banner: {
    js: "import{createRequire as $createRequire}from'node:module';const require=$createRequire(import.meta.url);",
  },
  metafile: true,
  logLevel: 'warning',
})
for (const file of readdirSync('dist/bin/chunks'))
  if (!(`dist/bin/chunks/${file}` in metafile.outputs)) rmSync(`dist/bin/chunks/${file}`)
chmodSync('dist/bin/m2.js', 0o755)
writeFileSync('dist/bin/licenses.txt', licensesOf(Object.keys(metafile.inputs)))
