/** Weights of a detector, as any program saved them. */
import { readCaffemodel } from '../../formats/caffemodel.js'
import { readPickledArrays } from '../../formats/pickle/arrays.js'
import { readSafetensors } from '../../formats/safetensors.js'
import { readStateDict } from '../../formats/torch/file.js'
import { readFully, withFile } from '../../files/read.js'
import type { HostTensors } from '../../tensor.js'
import { fromCaffe } from './caffe.js'

export interface DetectorWeights {
  readonly weights: HostTensors
  /** Whether they are Caffe's, which come with settings of their own. */
  readonly caffe: boolean
}

/**
 * Reads safetensors, a pickle of numpy arrays, PyTorch's state_dict, or a .caffemodel.
 *
 * @throws DataError where the file is none of them, or damaged
 */
export async function readDetectorWeights(file: string): Promise<DetectorWeights> {
  if (file.endsWith('.caffemodel'))
    return { weights: fromCaffe(await readCaffemodel(file), file), caffe: true }
  if (file.endsWith('.safetensors')) return { weights: await readSafetensors(file), caffe: false }
  const pickled = file.endsWith('.pkl') && !(await isZip(file))
  return { weights: await (pickled ? readPickledArrays(file) : readStateDict(file)), caffe: false }
}

/** torch.save writes zip archives under any name. */
const isZip = (file: string) =>
  withFile(file, async (handle) => {
    const start = new Uint8Array(4)
    await readFully(handle, start, 0)
    return start.join() === '80,75,3,4'
  })
