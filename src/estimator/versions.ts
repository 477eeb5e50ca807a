/** Ordering of dotted version numbers. */

function parts(version: string): number[] {
  return version.split('.').map((part) => Number.parseInt(part, 10) || 0)
}

/** Negative when `a` is older. Missing parts count as zero. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [parts(a), parts(b)]
  for (let index = 0; index < Math.max(left.length, right.length); index++) {
    const difference = (left[index] ?? 0) - (right[index] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}

/** The distinct versions, closest to `wanted` first; of two equally close the newer one. */
export function nearestVersions(versions: string[], wanted: string): string[] {
  const weigh = (version: string): number => {
    const [major = 0, minor = 0, patch = 0] = parts(version)
    return major * 1_000_000 + minor * 1_000 + patch
  }
  const target = weigh(wanted)
  return [...new Set(versions)].sort(
    (a, b) => Math.abs(weigh(a) - target) - Math.abs(weigh(b) - target) || compareVersions(b, a),
  )
}
