import { condition, continueAsNew, defineSignal, setHandler } from '@temporalio/workflow'

/** A sweep that does what it is told: it continues as new, or ends. */
export async function sweep(input: object): Promise<string> {
  let told: 'again' | 'end' | undefined
  setHandler(defineSignal('again'), () => void (told = 'again'))
  setHandler(defineSignal('end'), () => void (told = 'end'))
  await condition(() => told !== undefined)
  if (told === 'again') return continueAsNew<typeof sweep>(input)
  return 'done'
}
