/** What `npm pack --json` says of the package: up to npm 11 in a list, from npm 12 on by name. */
export interface Packed {
  filename: string
  size: number
  files: { path: string }[]
}

export function packedOf(json: string): Packed {
  const [packed] = Object.values(JSON.parse(json) as Record<string, Packed> | Packed[]) // as npm documents it
  if (!packed) throw new Error(`npm pack packed nothing: ${json}`)
  return packed
}
