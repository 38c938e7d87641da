/** Events of training for TensorBoard, and for the line that a person watches. */
import { createEventFile } from '../formats/tensorboard.js'
import type { TrainingEvent } from './loop.js'

export interface Board {
  add(event: TrainingEvent): Promise<void>
  close(): Promise<void>
}

/** Opens event files of TensorBoard in a directory; undefined without one. */
export async function openBoard(directory: string | undefined): Promise<Board | undefined> {
  if (directory === undefined) return undefined
  const file = await createEventFile(directory)
  return { add: (event) => file.scalars(event.step, scalarsOf(event)), close: () => file.close() }
}

/** Where training is, for the person who watches. */
export function noteOf({ objective, epoch, loss, reward }: TrainingEvent): string {
  const [name, figure] = typeof reward === 'number' ? ['reward', reward] : ['loss', loss]
  const shown = typeof figure === 'number' ? `, ${name} ${figure.toFixed(3)}` : ''
  return `${objective}, epoch ${epoch}${shown}`
}

/** An event's figures by name: `xe/loss`, `scst/reward`, `validation/CIDEr-D`. */
function scalarsOf({ event, objective, ...figures }: TrainingEvent): { [name: string]: number } {
  const group = event === 'epoch' ? 'validation' : objective
  const numbers = Object.entries(figures).filter(
    (entry): entry is [string, number] => typeof entry[1] === 'number',
  )
  return Object.fromEntries(numbers.map(([name, value]) => [`${group}/${name}`, value]))
}
