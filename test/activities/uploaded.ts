import type { Uploaded, UploadedDataset } from '../../activities/upload'
import type { RunSite } from '../../src/run-site'

/** Where a run's dataset and code would lie; nothing lies there, so only a scripted job takes it. */
export function uploaded(site: RunSite): Uploaded & { dataset: UploadedDataset } {
  const home = `${site.root}/datasets/k`
  return {
    dataset: {
      trainUri: `${home}/train`,
      validationUri: null,
      testUri: `${home}/test`,
      evaluateCodeUri: `${site.run}/source/evaluate`,
    },
    codeUri: `${site.run}/source/k/sourcedir.tar.gz`,
    modelUri: null,
    note: '',
  }
}
