/** A thread of a crew: see crew.ts. */
import { parentPort, workerData } from 'node:worker_threads'
import { work, type AdamMemory, type Task } from './adam-kernel.js'

const { parameters, m, v, gradients, origin } = workerData as AdamMemory<SharedArrayBuffer> // as crew.ts gives it
const memory = {
  parameters: new Float32Array(parameters),
  m: new Float32Array(m),
  v: new Float32Array(v),
  gradients: new Float32Array(gradients),
  origin,
}
parentPort!.on('message', (task: Task) => parentPort!.postMessage(work(memory, task))) // a worker has a port
