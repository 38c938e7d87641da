/** Damage to bytes, the same for the same random numbers. */
import type { Random } from '../../lib/random.js'

/** Values that parsers trip over: no bits, all bits, signs, sizes beyond any memory. */
const telling = [0, 1, 0x7f, 0x80, 0xff]

/** Copies bytes with one to eight changes: bits, bytes, runs, cuts, repeats, and numbers of text. */
export function mutate(seed: Uint8Array, random: Random): Uint8Array {
  let bytes = Buffer.from(seed)
  for (let changes = 1 + random.below(8); changes > 0 && bytes.length > 0; changes--) {
    const at = random.below(bytes.length)
    const length = 1 + random.below(Math.min(64, bytes.length - at))
    switch (random.below(8)) {
      case 0:
        bytes[at]! ^= 1 << random.below(8)
        break
      case 1:
        bytes[at] = random.pick(telling)
        break
      case 2:
        bytes.fill(random.pick(telling), at, at + length)
        break
      case 3:
        bytes = bytes.subarray(0, at)
        break
      case 4:
        bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + length)])
        break
      case 5: {
        const run = bytes.subarray(at, at + length)
        const times = Array.from({ length: 1 + random.below(20) }, () => run)
        bytes = Buffer.concat([bytes.subarray(0, at), ...times, bytes.subarray(at)])
        break
      }
      case 6: {
        const number = random.pick([
          '-1',
          '1e999',
          '9007199254740993',
          '99999999999',
          'NaN',
          '"',
          '[',
          '{',
          'null',
        ])
        bytes = Buffer.concat([bytes.subarray(0, at), Buffer.from(number), bytes.subarray(at)])
        break
      }
      default:
        bytes.copy(bytes, random.below(bytes.length), at, at + length)
    }
  }
  return bytes
}
