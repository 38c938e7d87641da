/** `m2 meteor-data`: METEOR's data, set up. */
import * as z from 'zod'
import { defineStage } from '../stage.js'

export default defineStage({
  name: 'meteor-data',
  stops: 'clear',
  input: z.looseObject({}),
  reads: () => false,
  options: {
    from: {
      required: true,
      describe:
        'Source: a directory, an installed pycocoevalcap or its jar; or pip, which downloads pycocoevalcap',
      metavar: 'PATH|pip',
    },
    out: {
      describe:
        "Directory to put it in; default: m2's folder among the user's caches, where m2 score finds it",
      metavar: 'DIR',
    },
  },
  examples: [
    ['m2 meteor-data --from pip', 'Download METEOR and use it from now on'],
    [
      'm2 meteor-data --from site-packages/pycocoevalcap --out meteor',
      'Keep it beside an experiment: M2_METEOR=meteor',
    ],
  ],
  async *run(_, { from, out }, { note }) {
    const { stat } = await import('node:fs/promises')
    const { blobId } = await import('../metrics/meteor/data.js')
    const { fetchMeteor } = await import('../metrics/meteor/fetch.js')
    const { cacheFolder } = await import('../files/cache-folder.js')
    const { filesOf, meteorFolder } = await import('../metrics/meteor/locate.js')
    const { openMeteor } = await import('../metrics/meteor/index.js')

    const folder = out ?? meteorFolder()
    if (from === 'pip') note('downloading pycocoevalcap with pip (104 MB)')
    await fetchMeteor(from, folder, (directory) => openMeteor({ directory, note }))

    const { jar, loose, paraphrases } = filesOf(folder)
    const files = []
    for (const file of [jar, ...Object.values(loose), paraphrases])
      if (file !== undefined) {
        const blob = await blobId(file)
        files.push({
          file,
          size: (await stat(file)).size,
          blob,
          known: known.some((id) => blob.startsWith(id)),
        })
      }
    const meteor = await openMeteor({ directory: folder, note })
    if (meteor.lacks !== undefined) note(meteor.lacks)
    yield {
      directory: folder,
      files,
      modules: meteor.modules,
      signature: meteor.signature,
      cache: cacheFolder(),
    }
  },
})

// Git's ids of METEOR 1.5's own files, as coco-caption and pycocoevalcap carry them: the jar, the paraphrases.
const known = ['a833bc01', '88033c84']
