/** A ratio as percent, for text that people read. */
export const percent = (ratio: number): string => `${(100 * ratio).toFixed(ratio < 0.1 ? 1 : 0)} %`

/** So many of something: `counted(1, 'host serves', 'hosts serve')` is "1 host serves". */
export const counted = (count: number, one: string, many: string): string => `${count} ${count === 1 ? one : many}`

/** A length of time in the largest unit that keeps it readable. */
export function duration(durationMs: number): string {
  if (durationMs < 120_000) return `${Math.round(durationMs / 1000)} s`
  if (durationMs < 7_200_000) return `${Math.round(durationMs / 60_000)} min`
  return durationMs < 172_800_000 ? `${(durationMs / 3_600_000).toFixed(1)} h` : `${(durationMs / 86_400_000).toFixed(1)} days`
}

/** Names for a sentence: all of a few, else the first ones and how many more. */
export function listNames(names: readonly string[], shown = 4): string {
  return names.length <= shown ? names.join(', ') : `${names.slice(0, shown).join(', ')} and ${names.length - shown} more`
}

/** A number for people: whole thousands parted by commas, small ones with four significant digits; never with an exponent. */
export function grouped(value: number): string {
  const size = Math.abs(value)
  const decimals = size >= 1000 || Number.isInteger(value) ? 0 : size >= 100 ? 1 : size >= 10 ? 2 : size >= 1 ? 3 : 5
  const [whole, fraction] = value.toFixed(decimals).split('.') as [string, string?]
  const parted = whole.replace(/\B(?=(\d{3})+$)/g, ',')
  const rest = (fraction ?? '').replace(/0+$/, '')
  return rest === '' ? parted : `${parted}.${rest}`
}
