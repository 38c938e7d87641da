// Turns the events of m2 train into short lines to read: m2 train ... | node pipelines/watch.mjs
import { createInterface } from 'node:readline'

const lines = {
  step: ({ step, loss, reward, captions_per_s }) =>
    reward === undefined
      ? `step ${step}: loss ${loss.toFixed(3)}, ${Math.round(captions_per_s)} captions/s`
      : `step ${step}: reward ${reward.toFixed(3)}, ${Math.round(captions_per_s)} captions/s`,
  epoch: (event) =>
    `epoch ${event.epoch}, ${event.objective}: validation loss ${event.val_loss?.toFixed(3)}, CIDEr-D ${event['CIDEr-D']?.toFixed(3)}`,
  switch: ({ to }) => `the best model goes on to ${to}`,
  done: ({ reason }) => `done: ${reason}`,
}

for await (const line of createInterface({ input: process.stdin })) {
  const event = JSON.parse(line)
  const say = lines[event.event]
  if (say) process.stdout.write(`${Math.round(event.seconds).toString().padStart(6)} s  ${say(event)}\n`)
}
