/** Reads an annotation file whose content is given, for tests. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import { countFindings } from '../../lib/annotations/findings.js'
import { readAnnotations } from '../../lib/annotations/read.js'

/** Writes a file of a test. */
export function write(t: Test, name: string, content: string | Uint8Array | object): string {
  const bytes =
    typeof content === 'string' || content instanceof Uint8Array ? content : JSON.stringify(content)
  const path = join(t.testdirName, name)
  writeFileSync(path, bytes)
  return path
}

/** The images of a file, the notes of its reader, and what it rejected. */
export async function read(file: string, { keepRejected = false, keepGoing = false } = {}) {
  const notes: string[] = []
  const rejected: string[] = []
  const findings = countFindings(file, {
    keepRejected,
    note: (message) => void notes.push(message),
    reject(error) {
      if (!keepGoing) throw error
      rejected.push(error.message)
    },
  })
  const images = []
  for await (const image of readAnnotations(file, findings)) images.push(image)
  findings.tell()
  return {
    notes,
    rejected,
    images,
    captions: images.map(({ image_id, captions }) => [image_id, ...captions.map(({ text }) => text)]),
  }
}
