/** Sessions of ONNX Runtime. */
import { availableParallelism, loadavg } from 'node:os'
import { join } from 'node:path'
import ort from 'onnxruntime-node'
import { DataError, messageOf } from '../../errors.js'
import type { HostTensor } from '../../tensor.js'
import type { Device } from '../engine.js'
import { failure } from './failure.js'

// Since 1.29 ONNX Runtime reports what it runs to its maker, unless this is set before its first session.
process.env['ORT_DISABLE_TELEMETRY'] ??= '1'

export interface SessionOptions {
  readonly device: Device
  readonly threads?: number | undefined
  /** Outputs that stay on the device, for later runs to read there. */
  readonly onDevice?: readonly string[]
}

/** A tensor as sessions take it: in host memory, or where an earlier run left it on the device. */
export type Operand = HostTensor | ort.Tensor

/**
 * Whether other programs use the cores when this one starts. Threads that spin while they wait make a step a quarter shorter
 * on an idle machine and three times as long on a busy one, where they have to sleep instead.
 */
const busy = loadavg()[0]! > availableParallelism() / 2

/**
 * @param model its bytes, or the file that {@link packModel} wrote
 * @throws DataError where memory runs out
 */
export async function openSession(
  name: string,
  model: Uint8Array | string,
  { device, threads, onDevice = [] }: SessionOptions,
): Promise<ort.InferenceSession> {
  try {
    return await ort.InferenceSession.create(model as string, {
      executionProviders: device === 'cpu' ? ['cpu'] : [device, 'cpu'],
      // Patterns would reserve the peak of all tensors at once, a third more than the arena needs.
      enableMemPattern: false,
      graphOptimizationLevel: typeof model === 'string' ? 'disabled' : 'all', // a packed file is optimised already
      logSeverityLevel: 3,
      extra: { session: { intra_op: { allow_spinning: busy ? '0' : '1' } } },
      ...(threads === undefined ? {} : { intraOpNumThreads: threads }),
      ...(onDevice.length > 0 && {
        preferredOutputLocation: Object.fromEntries(
          onDevice.map((output) => [output, 'gpu-buffer' as const]),
        ),
      }),
    })
  } catch (error) {
    throw failure(name, error)
  }
}

/**
 * Writes a model to a folder as ONNX Runtime would compute it on this machine's CPU: its graph optimised, its constants
 * packed, in files that sessions map instead of reading.
 *
 * @returns the file to open
 * @throws DataError where the folder has no room
 */
export async function packModel(name: string, model: Uint8Array | string, folder: string): Promise<string> {
  const file = join(folder, `${name}.onnx`)
  try {
    const session = await ort.InferenceSession.create(model as string, {
      graphOptimizationLevel: 'all',
      logSeverityLevel: 3,
      intraOpNumThreads: 1,
      optimizedModelFilePath: file,
      extra: {
        session: {
          optimized_model_external_initializers_file_name: `${name}.data`,
          save_external_prepacked_constant_initializers: '1',
        },
      },
    })
    await session.release()
    return file
  } catch (error) {
    throw new DataError(
      `${name}: the parameters could not be packed in ${folder}, which needs room for twice their size ` +
        `(${messageOf(error).split(' : ').at(-1)!.trim()}). ` +
        'TMPDIR names another folder; --jobs 1 needs none.',
      { cause: error },
    )
  }
}

/**
 * Runs a session.
 *
 * @param fetches where each output is written; null leaves that to ONNX Runtime, on the device where it stays there
 * @returns all outputs
 * @throws DataError where memory runs out, or the device is lost
 */
export async function runSession(
  name: string,
  session: ort.InferenceSession,
  feeds: Readonly<Record<string, Operand>>,
  fetches: Readonly<Record<string, Operand | null>>,
): Promise<Readonly<Record<string, ort.Tensor>>> {
  try {
    const results = (await session.run(wrapAll(feeds), wrapAll(fetches))) as Record<string, ort.Tensor> // graphs here give tensors alone
    return results
  } catch (error) {
    throw failure(name, error)
  }
}

/**
 * Runs a graph whose results have shapes that only the run tells. Results that are not numbers of float32 or int32 are
 * left out.
 *
 * @throws DataError where memory runs out
 */
export async function runForShapes(
  name: string,
  session: ort.InferenceSession,
  feeds: Readonly<Record<string, HostTensor>>,
): Promise<Record<string, HostTensor>> {
  try {
    const results = Object.entries(await session.run(wrapAll(feeds)))
    return Object.fromEntries(
      results.flatMap(([key, { data, dims }]): [string, HostTensor][] => {
        if (data instanceof Float32Array) return [[key, { dtype: 'float32', data, shape: dims }]]
        return data instanceof Int32Array ? [[key, { dtype: 'int32', data, shape: dims }]] : []
      }),
    )
  } catch (error) {
    throw failure(name, error)
  }
}

/**
 * Runs a trivial graph on the device, so that a missing driver is found before any work is done.
 *
 * @throws DataError saying what the device needs
 */
export async function checkDevice(device: Device, probe: Uint8Array): Promise<void> {
  if (device === 'cpu') return
  ort.env.logLevel = 'fatal' // errors are thrown as well
  try {
    const session = await openSession('probe', probe, { device })
    await session.release()
  } catch (error) {
    throw new DataError(
      `no ${device} to compute on: ${needs[device]} (${messageOf(error).split('was false. ').at(-1)?.trim()})`,
      {
        cause: error,
      },
    )
  }
}

const needs = {
  webgpu: 'it needs a graphics card with a Vulkan, Metal or Direct3D 12 driver.',
  cuda:
    'it needs an NVIDIA driver, CUDA 12, cuDNN 9, and onnxruntime-node with its CUDA libraries: ' +
    'ONNXRUNTIME_NODE_INSTALL=cuda12 npm rebuild onnxruntime-node.',
}

/** Views of host memory, nothing copied; what is on the device, and null, as they are. */
function wrapAll<T extends Operand | null>(tensors: Readonly<Record<string, T>>) {
  return Object.fromEntries(
    Object.entries(tensors).map(([name, tensor]) => [
      name,
      tensor && 'shape' in tensor ? wrap(tensor) : tensor,
    ]),
  ) as Record<string, ort.Tensor | Extract<T, null>> // null only where it was given
}

const wrap = ({ dtype, data, shape }: HostTensor): ort.Tensor =>
  dtype === 'int32'
    ? new ort.Tensor('int32', data, shape)
    : new ort.Tensor('float32', data as Float32Array, shape) // the other type that engines compute with
