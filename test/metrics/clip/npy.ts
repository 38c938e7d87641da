/** Writes a matrix as .npy. */
export function npy(data: Float32Array, width: number): Buffer {
  const header = `{'descr': '<f4', 'fortran_order': False, 'shape': (${data.length / width}, ${width}), }`
  const text = `${header.padEnd(117)}\n`
  const start = Buffer.from('\x93NUMPY\x01\x00v\x00', 'latin1')
  return Buffer.concat([start, Buffer.from(text, 'latin1'), Buffer.from(data.buffer)])
}
