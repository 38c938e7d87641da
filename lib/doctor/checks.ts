/** What this machine can run: one finding for each thing that m2 uses, with the reason where it cannot. */
import { access, constants, statfs } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { devices, type Device, type EngineName } from '../engine/engine.js'
import { messageOf } from '../errors.js'
import { instructionSets, memoryLimit, processorName } from './hardware.js'
import { outputOf } from './program.js'

/** One line of `m2 doctor`. */
export interface Finding {
  /** What was looked at: `engine onnxruntime, device webgpu`. */
  readonly check: string
  readonly ok: boolean
  /** What was found: a version, a number of cores, the place of a file. */
  readonly found?: string
  /** Why it cannot be used, and what to do about it. */
  readonly reason?: string
}

/** Where a check looks: the environment of the process, which tests replace. */
type Environment = Readonly<NodeJS.ProcessEnv>

/**
 * Looks at the machine, one thing after another: Node, processor, memory, room for temporary files, each engine on each of its
 * devices, MPI, Java, METEOR's data, and a browser.
 */
export async function* examine(environment: Environment): AsyncGenerator<Finding> {
  yield node()
  yield await processor()
  yield memory()
  yield await temporaryFiles()
  for (const device of devices) yield await engine('onnxruntime', device)
  for (const device of ['cpu', 'cuda'] as const) yield await engine('tensorflow', device)
  yield await program(
    environment,
    'MPI',
    ['mpirun', '--version'],
    'needed for training in several processes only',
  )
  yield await program(
    environment,
    'Java',
    ['java', '-version'],
    'needed for SPICE and for comparing METEOR with its jar only',
  )
  yield await meteor(environment)
  yield await browser(environment)
}

const oldest = 20

function node(): Finding {
  const { node: found } = process.versions
  const ok = Number(found.split('.')[0]) >= oldest
  return { check: 'Node', ok, found, ...(!ok && { reason: `m2 needs Node ${oldest} or later` }) }
}

async function processor(): Promise<Finding> {
  const { availableParallelism } = await import('node:os')
  const sets = await instructionSets()
  const found = [`${availableParallelism()} cores`, await processorName(), sets.join(' ')]
  return { check: 'processor', ok: true, found: found.filter(Boolean).join(', ') }
}

/** What training the paper's model holds: parameters, gradients and two moments of 38 million numbers, and activations. */
const fullSizeTraining = 3e9

function memory(): Finding {
  const { total, free } = memoryLimit()
  const found = `${gigabytes(total)}, ${gigabytes(free)} of it free`
  const ok = total >= fullSizeTraining
  const reason =
    "training the paper's model takes about 3 GB; --micro-batch and a smaller --batch-size need less"
  return { check: 'memory', ok, found, ...(!ok && { reason }) }
}

/** Packed parameters of the paper's model, twice, as decoding in several threads writes them. */
const packedModel = 400e6

async function temporaryFiles(): Promise<Finding> {
  const check = 'temporary files'
  try {
    const { bavail, bsize } = await statfs(tmpdir())
    const free = bavail * bsize
    const ok = free >= packedModel
    const reason = 'decoding in several threads needs about 400 MB; TMPDIR names another folder'
    return { check, ok, found: `${tmpdir()}, ${gigabytes(free)} free`, ...(!ok && { reason }) }
  } catch (error) {
    return { check, ok: false, reason: `${messageOf(error)}; TMPDIR names another folder` }
  }
}

/** Opens the engine on the device, which runs a trivial graph there, and closes it. */
async function engine(name: EngineName, device: Device): Promise<Finding> {
  const check = `engine ${name}, device ${device}`
  try {
    const { createEngine } = await import('../engine/create.js')
    const opened = await createEngine({ engine: name, device })
    opened.dispose()
    return { check, ok: true, found: await versionOf(name) }
  } catch (error) {
    return { check, ok: false, reason: messageOf(error) }
  }
}

async function versionOf(name: EngineName): Promise<string> {
  if (name !== 'onnxruntime') return 'tfjs-node'
  const { env } = await import('onnxruntime-node')
  return `onnxruntime ${env.versions.node ?? env.versions.common}`
}

async function program(
  environment: Environment,
  check: string,
  command: readonly string[],
  purpose: string,
): Promise<Finding> {
  const said = await outputOf(command, environment)
  const [found = ''] = said?.trim().split('\n') ?? []
  if (said !== undefined) return { check, ok: true, found }
  return { check, ok: false, reason: `no ${command[0]} on the PATH; ${purpose}` }
}

async function meteor(environment: Environment): Promise<Finding> {
  const check = "METEOR's data"
  try {
    const { openMeteor } = await import('../metrics/meteor/index.js')
    const { lacks, modules } = await openMeteor({ environment: { ...environment } })
    return {
      check,
      ok: lacks === undefined,
      found: `modules ${modules.join(', ')}`,
      ...(lacks && { reason: lacks }),
    }
  } catch (error) {
    return { check, ok: false, reason: messageOf(error) }
  }
}

const browsers = ['chromium', 'chromium-browser', 'google-chrome']

async function browser({ CHROMIUM, PATH = '' }: Environment): Promise<Finding> {
  const folders = PATH.split(delimiter)
  const places = browsers.flatMap((name) => folders.map((folder) => join(folder, name)))
  for (const file of CHROMIUM ? [CHROMIUM] : places)
    if (await runs(file)) return { check: 'Chromium', ok: true, found: file }
  return { check: 'Chromium', ok: false, reason: "not found; only m2's own tests of the report need it" }
}

const runs = (file: string): Promise<boolean> =>
  access(file, constants.X_OK).then(
    () => true,
    () => false,
  )

const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(1)} GB`
