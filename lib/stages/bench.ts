/** `m2 bench`: the speed of this machine. */
import { precisions } from '../engine/engine.js'
import { engineOptions } from '../engine/options.js'
import { benchmarks } from '../bench/index.js'
import { defineStage } from '../stage.js'

export default defineStage({
  name: 'bench',
  stops: 'clear',
  positional: {
    what: {
      many: true,
      choices: Object.keys(benchmarks),
      describe: `What to measure: ${Object.keys(benchmarks).join(', ')}; default: all`,
    },
  },
  options: {
    ...engineOptions,
    precision: {
      choices: precisions,
      default: 'float32',
      describe: 'Precision of encode, decode-step and decode',
    },
    images: { type: 'integer', min: 1, default: 10, describe: 'Images per run', metavar: 'N' },
    records: {
      describe:
        'Records with captions and a caption each, for score, tokenize and reward; default: synthetic ones',
      metavar: 'FILE',
    },
    rival: {
      many: 'comma',
      describe:
        'Python interpreters with PyTorch, pycocoevalcap, spaCy or h5py, to compare with; default: $M2_PYTHON, else python3',
      metavar: 'PYTHON',
    },
    ranks: {
      type: 'integer',
      min: 1,
      default: 1,
      describe: 'Processes to start with mpirun, for train; each has --images and --threads of its own',
      metavar: 'N',
    },
    repeats: { type: 'integer', min: 1, default: 10, describe: 'Measured runs of each case', metavar: 'N' },
  },
  examples: [
    ['m2 bench', 'Measure this machine'],
    ['m2 bench xe --threads 4', 'Steps of cross-entropy training on four threads'],
    ['m2 bench train --threads 2 --ranks 2', 'Steps of training in two processes of two threads'],
  ],
  async *run(
    _,
    { what, engine, device, threads, precision, images, records, rival, ranks, repeats },
    context,
  ) {
    const { measureAll, rounded } = await import('../bench/benchmark.js')
    const { isFirstRank, underMpi } = await import('../training/ranks.js')
    if (ranks > 1 && !underMpi(process.env)) {
      const { underMpirun } = await import('../bench/ranks.js')
      const options = { engine, device, threads, images, repeats }
      const args = Object.entries(options).flatMap(([name, value]) =>
        value ? [`--${name}`, String(value)] : [],
      )
      yield* underMpirun(ranks, ['bench', 'train', ...args], (text) => context.note(text))
      return
    }
    const rivals = rival ?? [process.env['M2_PYTHON'] ?? 'python3']
    const note = (text: string) => context.note(text)
    const settings = { engine: { engine, device, threads, precision }, images, records, rivals, note }
    const rates = new Map<string, number>()
    for (const name of what?.length ? what : Object.keys(benchmarks)) {
      const benchmark = await benchmarks[name]!() // one of the choices
      context.note(`${name}: ${benchmark.summary}`)
      for await (const [one, figures] of measureAll(benchmark.cases(settings), repeats)) {
        rates.set(one.name, figures.rate)
        if (!isFirstRank(process.env)) continue
        const ratios = one.beside?.map((name) => [name, rates.get(name)! / figures.rate] as const)
        yield {
          bench: one.name,
          engine: one.engine ?? engine,
          device,
          ...(precision !== 'float32' && { precision }),
          threads: threads ?? 'all',
          shapes: one.shapes,
          unit: one.unit,
          ...(one.compileSeconds === undefined ? {} : { compile_ms: Math.round(one.compileSeconds * 1000) }),
          ...figures,
          ...(ratios && {
            times_as_fast: Object.fromEntries(ratios.map(([name, ratio]) => [name, rounded(ratio)])),
          }),
        }
      }
    }
  },
})
