/** Typed arrays that grow. */

/** The array itself where it has room for `length` numbers, else a copy at least twice as long. */
export function withRoom<Numbers extends Int32Array<ArrayBuffer> | Float64Array<ArrayBuffer>>(
  array: Numbers,
  length: number = array.length + 1,
): Numbers {
  if (length <= array.length) return array
  const size = Math.max(length, 2 * array.length)
  const longer = array instanceof Int32Array ? new Int32Array(size) : new Float64Array(size)
  longer.set(array)
  return longer as Numbers // of the array's own type
}
