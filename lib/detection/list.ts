/** Which photographs there are, and the ids by which they are known. */
import { readdir, stat } from 'node:fs/promises'
import { extname, join, resolve, sep } from 'node:path'
import { DataError } from '../errors.js'
import { cannotRead } from '../files/refusal.js'
import { imageOfFile, type ImageId } from '../records.js'

export interface ListedPhotograph {
  readonly image_id: ImageId
  readonly file_name: string
}

const extensions = new Set(['.jpg', '.jpeg', '.png', '.webp', '.tif', '.tiff', '.gif'])

/**
 * The photographs of files and folders as they were named; of a folder, the files in it that have a photograph's extension,
 * by name.
 *
 * @throws DataError for a name that is not there, or a folder without photographs
 */
export async function listPhotographs(names: readonly string[]): Promise<ListedPhotograph[]> {
  const files: string[] = []
  for (const name of names) {
    const found = await stat(name).catch((error: unknown) => {
      throw cannotRead(name, error)
    })
    if (!found.isDirectory()) {
      files.push(name)
      continue
    }
    const inside = (await readdir(name)).filter((file) => extensions.has(extname(file).toLowerCase())).sort()
    if (inside.length === 0)
      throw new DataError(`${name}: expected photographs (${[...extensions].join(', ')}) in it, got none`)
    files.push(...inside.map((file) => join(name, file)))
  }
  return withIds(files)
}

/**
 * An id for each file. COCO's names give COCO's numbers (COCO_val2014_000000391895.jpg and 000000391895.jpg are 391895); any
 * other file is known by its name without the extension. Files that would share an id are told apart by their extension, or
 * by as many folders as that takes: `a:1`, `b:1`. A file that is named twice counts once.
 */
export function withIds(files: readonly string[]): ListedPhotograph[] {
  const byPath = new Map(files.map((file) => [resolve(file), file]))
  const shared = new Map<ImageId, string[]>()
  for (const path of byPath.keys())
    shared.set(imageOfFile(path), [...(shared.get(imageOfFile(path)) ?? []), path])
  const ids = new Map<string, ImageId>()
  for (const [id, paths] of shared)
    if (paths.length === 1) ids.set(paths[0]!, id)
    else for (const [path, long] of longIds(paths)) ids.set(path, long)
  return [...byPath].map(([path, file_name]) => ({ image_id: ids.get(path)!, file_name }))
}

/** Ids of files that a short one does not tell apart. */
function longIds(paths: readonly string[]): [string, string][] {
  const parts = paths.map((path) => path.split(sep))
  const deepest = Math.max(...parts.map(({ length }) => length))
  for (let depth = 1; depth < deepest; depth++) {
    const ids = parts.map((steps) => steps.slice(-depth).join(':'))
    if (new Set(ids).size === ids.length) return paths.map((path, i) => [path, ids[i]!])
  }
  return paths.map((path, i) => [path, parts[i]!.join(':')])
}
