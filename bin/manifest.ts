/** A package's package.json, as far as the bundle needs it. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

export interface Manifest {
  version: string
  license: string
  dependencies: Readonly<Record<string, string>>
  peerDependencies: Readonly<Record<string, string>>
}

export function manifestOf(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest // npm's format
}
