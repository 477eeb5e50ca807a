import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { x as extract } from 'tar'
import { HoldfastError } from '../../errors'
import { cachedFolder } from './cached-folder'
import type { SetUpContext } from './context'
import { demoData } from './pins'
import { pipDownload, removeDownload } from './pip'
import { reviewsCsv } from './reviews-csv'
import { formatBytes } from './require-disk'

const expectedRows = 10_072

const readme = `# Movie-review sentences with human sentiment ratings

\`reviews.csv\` (columns \`text\` and \`label\`) is made of \`movieReviewSnippets_GroundTruth.txt\`, which the
Python package vaderSentiment ${demoData.version} (MIT licence) carries. A sentence is \`positive\` when the mean of
its human ratings (-4 to 4) is above 0 and \`negative\` otherwise; sentences rated nearer to 0 than 0.5
are left out. ${expectedRows} sentences remain.

Hutto, C.J. & Gilbert, E.E. (2014). VADER: A Parsimonious Rule-based Model for Sentiment Analysis of
Social Media Text. Eighth International Conference on Weblogs and Social Media (ICWSM-14). Ann Arbor,
MI, June 2014. The sentences are from reviews on rotten.tomatoes.com, first collected by Pang & Lee (2004).
`

/** The demo's data, ratings by Hutto & Gilbert (2014): the path of reviews.csv. */
export async function getDemoData(context: SetUpContext): Promise<string> {
  const own = context.env['HOLDFAST_DEMO_DATA']
  if (own) return own
  const folder = await cachedFolder({
    context,
    part: 'data',
    name: `demo-data-reviews-${demoData.version}-1`,
    needBytes: 50e6,
    build: async (draft) => {
      context.onProgress(
        `data: fetching rated movie-review sentences (${formatBytes(demoData.bytes)}) …`,
      )
      const sdist = await pipDownload({ context, pin: demoData, folder: draft })
      const resources = `vaderSentiment-${demoData.version}/additional_resources`
      const inner = join('hutto_ICWSM_2014', 'movieReviewSnippets_GroundTruth.txt')
      await extract({ file: sdist, cwd: draft, filter: (path) => path.startsWith(resources) })
      await extract({
        file: join(draft, resources, 'hutto_ICWSM_2014.tar.gz'),
        cwd: draft,
        filter: (path) => path === inner,
      })
      const { csv, rows } = reviewsCsv(await readFile(join(draft, inner)))
      if (rows !== expectedRows) {
        const what = `the rated sentences gave ${rows} rows and ${expectedRows} were expected`
        throw new HoldfastError({ code: 'E_DEMO_DATA', what })
      }
      await writeFile(join(draft, 'reviews.csv'), csv)
      await writeFile(join(draft, 'README.md'), readme)
      for (const name of ['hutto_ICWSM_2014', `vaderSentiment-${demoData.version}`]) {
        await rm(join(draft, name), { recursive: true })
      }
      await removeDownload(draft)
    },
  })
  return join(folder, 'reviews.csv')
}
