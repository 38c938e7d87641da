/** Something to wait for again and again. */
export function createBell() {
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
