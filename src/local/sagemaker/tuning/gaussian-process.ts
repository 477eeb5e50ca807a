/**
 * A Gaussian process with a Matérn 5/2 kernel: from some values of a function, what it may be elsewhere.
 * C. E. Rasmussen and C. K. I. Williams, "Gaussian Processes for Machine Learning" (2006), algorithm 2.1.
 */

export interface Prediction {
  mean: number
  deviation: number
}

/** Share of the values' variance that counts as noise: training twice does not score twice the same. */
const noise = 1e-3

/** Distances, in units of the search space, over which the function changes; the likeliest one is taken. */
const lengths = [0.1, 0.2, 0.4, 0.8, 1.6]

interface Fit {
  length: number
  lower: number[][]
  weights: number[]
  likelihood: number
}

/**
 * `points` are of equal length; at least one is needed.
 *
 * @example
 * const predict = fitGaussianProcess({ points: [[0], [1]], values: [0, 1] })
 * predict([0.5]) // { mean: 0.5, deviation: … }
 */
export function fitGaussianProcess(options: {
  points: readonly (readonly number[])[]
  values: readonly number[]
}): (point: readonly number[]) => Prediction {
  const { points, values } = options
  const centre = mean(values)
  const spread = Math.sqrt(mean(values.map((value) => (value - centre) ** 2))) || 1
  const standard = values.map((value) => (value - centre) / spread)
  const [first, ...others] = lengths.map((length) => fit({ points, standard, length }))
  const best = others.reduce((a, b) => (b.likelihood > a.likelihood ? b : a), first as Fit)

  return (point) => {
    const covariances = points.map((other) => kernel({ a: point, b: other, length: best.length }))
    const solved = solveLower(best.lower, covariances)
    const variance = Math.max(1e-12, 1 - dot(solved, solved))
    return {
      mean: centre + spread * dot(covariances, best.weights),
      deviation: spread * Math.sqrt(variance),
    }
  }
}

function fit(options: {
  points: readonly (readonly number[])[]
  standard: readonly number[]
  length: number
}): Fit {
  const { points, standard, length } = options
  const matrix = points.map((a, row) =>
    points
      .slice(0, row + 1)
      .map((b, column) => kernel({ a, b, length }) + (row === column ? noise : 0)),
  )
  const lower = cholesky(matrix)
  const half = solveLower(lower, standard)
  const logDeterminant = lower.reduce((sum, row, index) => sum + Math.log(row[index] ?? 1), 0)
  return {
    length,
    lower,
    weights: solveUpper(lower, half),
    likelihood: -0.5 * dot(half, half) - logDeterminant,
  }
}

function kernel(options: { a: readonly number[]; b: readonly number[]; length: number }): number {
  const { a, b, length } = options
  const squared = a.reduce((sum, value, index) => sum + (value - (b[index] ?? 0)) ** 2, 0)
  const distance = (Math.sqrt(5) * Math.sqrt(squared)) / length
  return (1 + distance + distance ** 2 / 3) * Math.exp(-distance)
}

/** The lower triangle L with L·Lᵀ = the symmetric matrix, of which only the lower triangle is read. */
function cholesky(matrix: readonly (readonly number[])[]): number[][] {
  const lower: number[][] = []
  for (const [row, cells] of matrix.entries()) {
    const own: number[] = []
    for (const [column, cell] of cells.entries()) {
      const rest = cell - dot(own, lower[column] ?? own, column)
      own.push(row === column ? Math.sqrt(Math.max(rest, 1e-12)) : rest / at(lower, column, column))
    }
    lower.push(own)
  }
  return lower
}

function solveLower(lower: readonly number[][], right: readonly number[]): number[] {
  const solution: number[] = []
  for (const [index, value] of right.entries()) {
    solution.push((value - dot(lower[index] ?? [], solution, index)) / at(lower, index, index))
  }
  return solution
}

/** With the transpose of `lower`. */
function solveUpper(lower: readonly number[][], right: readonly number[]): number[] {
  const solution = [...right]
  for (let index = right.length - 1; index >= 0; index--) {
    let rest = right[index] ?? 0
    for (let below = index + 1; below < right.length; below++) {
      rest -= at(lower, below, index) * (solution[below] ?? 0)
    }
    solution[index] = rest / at(lower, index, index)
  }
  return solution
}

function at(matrix: readonly (readonly number[])[], row: number, column: number): number {
  return matrix[row]?.[column] ?? 1
}

function dot(a: readonly number[], b: readonly number[], length = a.length): number {
  let sum = 0
  for (let index = 0; index < length; index++) sum += (a[index] ?? 0) * (b[index] ?? 0)
  return sum
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
