import { freePorts } from '../../../src/local/free-ports'

test('what a process chooses lies close together, as others choose at the same moment elsewhere', async () => {
  const ports = await freePorts(40)
  expect(Math.max(...ports) - Math.min(...ports)).toBeLessThan(200)
})

test('no port is chosen twice, also when nobody listens on it yet, or a part of them is used up', async () => {
  const ports = (await Promise.all(Array.from({ length: 100 }, () => freePorts(4)))).flat()
  expect(new Set(ports).size).toBe(400)
})
