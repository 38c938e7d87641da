/** Blocks of a new HDF5 file. */

/** A block that is written front to back, little-endian; bytes that are skipped are zero. */
export class ByteWriter {
  readonly size: number
  readonly #bytes: Uint8Array
  readonly #view: DataView
  #at = 0

  constructor(size: number) {
    this.size = size
    this.#bytes = new Uint8Array(size)
    this.#view = new DataView(this.#bytes.buffer)
  }

  u8(value: number): this {
    this.#view.setUint8(this.#at, value)
    return this.skip(1)
  }

  u16(value: number): this {
    this.#view.setUint16(this.#at, value, true)
    return this.skip(2)
  }

  u32(value: number): this {
    this.#view.setUint32(this.#at, value, true)
    return this.skip(4)
  }

  u64(value: number): this {
    this.#view.setBigUint64(this.#at, BigInt(value), true)
    return this.skip(8)
  }

  /** An address; undefined is the format's "undefined address". */
  address(value: number | undefined): this {
    this.#view.setBigUint64(this.#at, value === undefined ? undefinedAddress : BigInt(value), true)
    return this.skip(8)
  }

  text(ascii: string): this {
    for (const letter of ascii) this.u8(letter.charCodeAt(0))
    return this
  }

  /** The eight bytes in front of the body of a header message. */
  message(type: number, size: number, flags: number): this {
    return this.u16(type).u16(size).u8(flags).skip(3)
  }

  skip(count: number): this {
    this.#at += count
    return this
  }

  done(): Uint8Array {
    return this.#bytes
  }
}

const undefinedAddress = 0xffffffffffffffffn
