/** Zip archives whose directory is not trusted. */
import { Readable } from 'node:stream'
import yauzl from 'yauzl'

/** Fills a buffer from a position of the archive, and returns the number of bytes that were there. */
export type ReadAt = (buffer: Buffer, position: number) => Promise<number>

/**
 * Opens an archive. Positions that its directory gives are checked here: the library hands them on as they are, and Node then
 * throws where nobody can catch it.
 *
 * @param size of the archive in bytes
 */
export const openZip = (read: ReadAt, size: number) =>
  yauzl.fromRandomAccessReaderPromise(new CheckedReader(read, size), size, {
    lazyEntries: true,
    autoClose: false,
  })

class CheckedReader extends yauzl.RandomAccessReader {
  readonly #read: ReadAt
  readonly #size: number

  constructor(read: ReadAt, size: number) {
    super()
    this.#read = read
    this.#size = size
  }

  override read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
    callback: (error: Error | null) => void,
  ): void {
    if (!(position >= 0 && position + length <= this.#size))
      return void setImmediate(
        callback,
        new Error(`its directory points to byte ${position} of ${this.#size}`),
      )
    this.#read(buffer.subarray(offset, offset + length), position).then(
      (count) => callback(count < length ? new Error('it ends early') : null),
      (error: Error) => callback(error),
    )
  }

  override _readStreamForRange(start: number, end: number): Readable {
    const read = this.#read
    const piece = 1 << 16
    return Readable.from(
      (async function* () {
        for (let at = start; at < end; at += piece) {
          const bytes = Buffer.alloc(Math.min(piece, end - at))
          if ((await read(bytes, at)) < bytes.length) throw new Error('it ends early')
          yield bytes
        }
      })(),
    )
  }
}
