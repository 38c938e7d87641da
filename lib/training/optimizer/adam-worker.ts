/** A thread of a crew: see crew.ts. */
import { parentPort, workerData } from 'node:worker_threads'
import { work, type AdamMemory, type Task } from './adam-in-place.js'

const shared = workerData as AdamMemory<SharedArrayBuffer> // as crew.ts gives it
const memory = {
  ...shared,
  parameters: new Float32Array(shared.parameters),
  m: new Float32Array(shared.m),
  v: new Float32Array(shared.v),
  gradients: new Float32Array(shared.gradients),
}
parentPort!.on('message', (task: Task) => parentPort!.postMessage(work(memory, task))) // a worker has a port
