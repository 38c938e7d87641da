import type { ModelConfig } from './config.js'

/**
 * The sinusoids that mark positions (Vaswani et al., 2017, section 3.5). Row 0, which no word has, is zero.
 *
 * @returns (maxLength + 1, width), row-major
 */
export function sinusoids({ maxLength, width }: ModelConfig): Float32Array {
  const table = new Float32Array((maxLength + 1) * width)
  for (let position = 1; position <= maxLength; position++)
    for (let i = 0; i < width; i++) {
      const angle = position / 10000 ** ((2 * Math.floor(i / 2)) / width)
      table[position * width + i] = i % 2 ? Math.cos(angle) : Math.sin(angle)
    }
  return table
}
