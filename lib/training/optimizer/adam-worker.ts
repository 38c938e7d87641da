/** The program of one of Adam's threads; adam-threads.ts starts it. */
import { workerData } from 'node:worker_threads'
import { answerRequests } from '../../worker.js'
import { work, type AdamMemory, type Task } from './adam-in-place.js'

const shared = workerData as AdamMemory<SharedArrayBuffer> // as adam-threads.ts gives it
const memory: AdamMemory = {
  ...shared,
  parameters: new Float32Array(shared.parameters),
  m: new Float32Array(shared.m),
  v: new Float32Array(shared.v),
  gradients: new Float32Array(shared.gradients),
}
answerRequests((task: Task) => work(memory, task))
