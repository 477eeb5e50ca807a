import { type FaultKind, faultNames } from './dataset-row'

/** Places listed per kind of fault. */
const placesShown = 5

/** Counts faults by kind and keeps the first places of each. */
export class FaultLog {
  /** Rows with at least one fault. */
  rows = 0
  private readonly kinds = new Map<FaultKind, { count: number; places: string[] }>()

  constructor(private readonly where: string) {}

  /** Runs the checks of one row; answers whether it is valid. */
  watch(line: number, check: (add: (kind: FaultKind, detail?: string) => void) => void): boolean {
    let valid = true
    check((kind, detail) => {
      valid = false
      const entry = this.kinds.get(kind) ?? { count: 0, places: [] }
      this.kinds.set(kind, entry)
      entry.count += 1
      if (entry.places.length < placesShown) {
        entry.places.push(`${this.where}:${line}${detail ? ` ${detail}` : ''}`)
      }
    })
    if (!valid) this.rows += 1
    return valid
  }

  counts(): Partial<Record<FaultKind, number>> {
    return Object.fromEntries([...this.kinds].map(([kind, { count }]) => [kind, count]))
  }

  /** `empty text: 2 (reviews.csv:3, reviews.csv:9); missing label: 1 (reviews.csv:4)` */
  describe(): string {
    return [...this.kinds]
      .map(([kind, { count, places }]) => {
        const more = count > places.length ? `, and ${count - places.length} more` : ''
        return `${faultNames[kind]}: ${count} (${places.join(', ')}${more})`
      })
      .join('; ')
  }
}
