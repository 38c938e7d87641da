/** A small writer of zip archives, for tests. */
export interface ZipEntry {
  name: string
  data: Uint8Array
  /** 0 stored (default), 8 deflated. */
  method?: number
  /** The size unpacked, where it differs. */
  size?: number
  /** Another entry's index, whose bytes stand for this one's. */
  at?: number
}

/** A zip archive, of whatever its entries claim. */
export function zipOf(entries: readonly ZipEntry[]): Uint8Array {
  const parts: Uint8Array[] = []
  const starts: number[] = []
  let length = 0
  const add = (bytes: Uint8Array) => {
    parts.push(bytes)
    length += bytes.length
  }
  for (const [index, entry] of entries.entries()) {
    const shared = entry.at !== undefined && entry.at !== index ? starts[entry.at] : undefined
    starts.push(shared ?? length)
    if (shared !== undefined) continue
    const header = Buffer.alloc(30)
    header.writeUInt32LE(0x04034b50, 0)
    describe(entry, header, 4)
    add(header)
    add(Buffer.from(entry.name))
    add(entry.data)
  }
  const directory = length
  for (const [index, entry] of entries.entries()) {
    const header = Buffer.alloc(46)
    header.writeUInt32LE(0x02014b50, 0)
    describe(entry, header, 6)
    header.writeUInt32LE(starts[index] ?? 0, 42)
    add(header)
    add(Buffer.from(entry.name))
  }
  const end = Buffer.alloc(22)
  end.writeUInt32LE(0x06054b50, 0)
  end.writeUInt16LE(entries.length, 8)
  end.writeUInt16LE(entries.length, 10)
  end.writeUInt32LE(length - directory, 12)
  end.writeUInt32LE(directory, 16)
  add(end)
  return Buffer.concat(parts)
}

/** The fields that the local header and the central directory share: version, flags, method, date, crc, sizes, name. */
function describe(
  { name, data, method = 0, size = data.length }: ZipEntry,
  header: Buffer,
  at: number,
): void {
  header.writeUInt16LE(20, at)
  header.writeUInt16LE(method, at + 4)
  header.writeUInt32LE(data.length, at + 14)
  header.writeUInt32LE(size, at + 18)
  header.writeUInt16LE(Buffer.byteLength(name), at + 22)
}
