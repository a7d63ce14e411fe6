/**
 * The one text of a JSON value: keys sorted by code unit, no spaces, numbers as JavaScript writes them (the shortest text
 * that reads back as the same double), text as UTF-8. Equal values have equal bytes, whatever order their keys came in.
 * Source: RFC 8785 (JSON Canonicalization Scheme). Throws on a number that JSON can't hold: such a value has no address.
 */
export function canonicalText(value: unknown): string {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return JSON.stringify(value)
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new Error(`broken invariant: ${value} has no canonical text`)
    return JSON.stringify(value)
  }
  if (Array.isArray(value)) return `[${value.map((item) => canonicalText(item)).join(',')}]`
  const entries = Object.entries(value as Record<string, unknown>).filter(([, item]) => item !== undefined)
  return `{${entries.sort(byKey).map(([key, item]) => `${JSON.stringify(key)}:${canonicalText(item)}`).join(',')}}`
}

const byKey = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number => (a < b ? -1 : 1)

/** The canonical text as UTF-8 bytes. */
export const canonicalBytes = (value: unknown): Uint8Array => new TextEncoder().encode(canonicalText(value))
