/** The value of an IEEE 754 half-precision number, which Node 20 has no typed array for, from its 16 bits. */
export function float16(bits: number): number {
  return values[bits] ?? NaN
}

/** The value of each of the 65,536 bit patterns. */
const values = Float32Array.from({ length: 1 << 16 }, (_, bits) => {
  const sign = bits & 0x8000 ? -1 : 1
  const exponent = (bits >> 10) & 0x1f
  const fraction = bits & 0x3ff
  if (exponent === 0) return sign * fraction * 2 ** -24
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15)
})
