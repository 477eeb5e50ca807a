import { inParallel } from '../../../../../src/local/sagemaker/jobs/in-parallel'

test('a failure is thrown once nothing is under way any more, and nothing new is begun', async () => {
  const events: string[] = []
  const task = async (name: string): Promise<void> => {
    events.push(`${name} begins`)
    await new Promise((resolve) => setTimeout(resolve, name === 'slow' ? 50 : 1))
    if (name === 'bad') throw new Error('no room')
    events.push(`${name} ends`)
  }
  const all = inParallel({ items: ['bad', 'slow', 'never'], width: 2, task })
  await expect(all).rejects.toThrow('no room')
  expect(events).toEqual(['bad begins', 'slow begins', 'slow ends'])
})

test('every item is done, a few at a time', async () => {
  const done: number[] = []
  let under = 0
  let most = 0
  const task = async (item: number): Promise<void> => {
    most = Math.max(most, ++under)
    await new Promise((resolve) => setTimeout(resolve, 1))
    under--
    done.push(item)
  }
  await inParallel({ items: [1, 2, 3, 4, 5, 6, 7], width: 3, task })
  expect(done.sort()).toEqual([1, 2, 3, 4, 5, 6, 7])
  expect(most).toBe(3)
})
