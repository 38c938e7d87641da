/** The progress bar on stderr. */
import { createRequire } from 'node:module'
import type { Progress } from '../stage.js'

/** @param total what 100 % is, if known */
export function createProgress(unit: string, total?: number): Progress {
  if (!process.stderr.isTTY) return { advance: () => undefined, stop: () => undefined }
  // Loaded where it draws: m2 --help is quicker without it.
  const { Presets, SingleBar } = createRequire(import.meta.url)(
    'cli-progress',
  ) as typeof import('cli-progress')
  const started = performance.now()
  let done = 0
  const format =
    total === undefined
      ? `{value} ${unit}  {rate}/s  {note}`
      : `{bar} {percentage}%  {value}/{total} ${unit}  {rate}/s  {eta_formatted} left  {note}`
  const bar = new SingleBar(
    { format, stream: process.stderr, hideCursor: true, clearOnComplete: true, etaBuffer: 100 },
    Presets.shades_classic,
  )
  bar.start(total ?? 0, 0, { rate: '-', note: '' })
  return {
    advance(count = 1, note) {
      done += count
      const rate = done / ((performance.now() - started) / 1000)
      bar.update(done, {
        rate: rate < 10 ? rate.toFixed(1) : rate.toFixed(0),
        ...(note !== undefined && { note }),
      })
    },
    stop: () => bar.stop(),
  }
}
