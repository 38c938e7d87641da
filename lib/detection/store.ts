/** Regions in an HDF5 file of the reference's layout, photograph by photograph, that an interrupted run goes on with. */
import { resolve } from 'node:path'
import { DataError } from '../errors.js'
import { openGrowingFile } from '../formats/hdf5/growing-file.js'
import type { FeatureReference, ImageId } from '../records.js'
import type { Regions, SelectionOptions } from './detector.js'
import { readDetectorConfig } from './folder.js'
import { datasetsOf } from './regions-record.js'

export interface RegionStore {
  /**
   * The record of a photograph that is already in the file; undefined if it is not.
   *
   * @throws DataError where the id stands for another photograph
   */
  find(id: ImageId, path: string): Promise<{ readonly record: object } | undefined>
  /**
   * Adds a photograph's regions.
   *
   * @param record what its record says beside them
   * @returns that, and where the features are
   * @throws DataError where the disk is full; the regions before stay
   */
  add(id: ImageId, path: string, regions: Regions, record: object): Promise<object>
  /** Makes the file whole. */
  close(): Promise<void>
  /** Leaves it as far as it has come. */
  leave(): Promise<void>
}

export interface StoreOptions extends SelectionOptions {
  readonly resume: boolean
  readonly rotate: boolean
}

/**
 * @param detector its folder: resuming a file with another detector is refused
 * @throws DataError where the file cannot be written, or was begun otherwise
 */
export async function openStore(out: string, detector: string, options: StoreOptions): Promise<RegionStore> {
  const { resume, rotate, select, minRegions, maxRegions, confidence } = options
  const made = {
    detector: await readDetectorConfig(detector),
    '--select': select,
    '--min-regions': minRegions,
    '--max-regions': maxRegions,
    '--confidence': confidence,
    '--rotate': rotate,
  }
  const file = await openGrowingFile(out, { resume, made })
  return {
    async find(id, path) {
      const note = await file.note(String(id))
      if (!note) return undefined
      if ('path' in note && note.path === path && 'record' in note) return { record: Object(note.record) }
      throw new DataError(
        `${out} has image ${id} of ${'path' in note ? String(note.path) : 'another file'}, not of ${path}; ` +
          'ids must differ, or the files be the same',
      )
    },
    async add(id, path, regions, record) {
      const features: FeatureReference = {
        file: resolve(out),
        dataset: `${id}_features`,
        shape: [regions.count, regions.width],
      }
      const whole = { ...record, features }
      await file.add(String(id), datasetsOf(String(id), regions), { path, record: whole })
      return whole
    },
    close: () => file.close(),
    leave: () => file.leave(),
  }
}
