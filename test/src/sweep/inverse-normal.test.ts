import { inverseNormal } from '../../../src/sweep/inverse-normal'

// scipy.special.ndtri
test.each([
  [0.5, 0],
  [0.1, -1.2815515655446004],
  [0.9, 1.2815515655446004],
  [0.975, 1.959963984540054],
  [0.01, -2.3263478740408408],
  [1e-4, -3.7190164854556804],
  [1e-9, -5.9978070150076865],
  [1e-15, -7.941345326170998],
  [0.925, 1.4395314709384563],
  [0.07499, -1.4396021182393162],
])('of all normal values the share %p lies below %p', (share, value) => {
  expect(Math.abs(inverseNormal(share) - value)).toBeLessThan(1e-13 * Math.max(1, Math.abs(value)))
})
