/** A signal that can be awaited again and again. */
export interface Bell {
  /** Wakes all who wait. */
  ring(): void
  /** Resolves at the next ring. */
  rung(): Promise<void>
}

export function createBell(): Bell {
  let ring!: () => void
  let rung = new Promise<void>((resolve) => (ring = resolve))
  return {
    ring() {
      ring()
      rung = new Promise((resolve) => (ring = resolve))
    },
    rung: () => rung,
  }
}
