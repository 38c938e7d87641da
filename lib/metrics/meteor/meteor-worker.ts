/** The program of a thread of METEOR, which threads.ts starts: some images at a time, answered by their statistics. */
import { workerData } from 'node:worker_threads'
import { answerRequests } from '../../worker.js'
import { parseMeteorData } from './data.js'
import { createMeteor, type MeteorSource } from './index.js'
import { statisticsOf, type MeteorText } from './threads.js'

const { data, table } = workerData as MeteorSource // as threads.ts gives it
const meteor = createMeteor(parseMeteorData(data), table)

answerRequests((images: readonly MeteorText[]) => images.map((image) => statisticsOf(meteor, image)))
