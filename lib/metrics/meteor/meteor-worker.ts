/** A thread of METEOR: is given images, some at a time, and answers with their statistics (meteor-threads.ts). */
import { parentPort, workerData } from 'node:worker_threads'
import { parseMeteorData } from './data.js'
import { createMeteor, type MeteorSource } from './index.js'
import type { MeteorText } from './threads.js'

const { data, table } = workerData as MeteorSource // as the thread's maker gives it
const { statistics } = createMeteor(parseMeteorData(data), table)

parentPort?.on('message', (images: readonly MeteorText[]) => {
  parentPort?.postMessage(images.map(({ hypothesis, references }) => statistics(hypothesis, references)))
})
