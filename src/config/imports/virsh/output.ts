/** What a command of virsh printed, or the same as keys: `CPU(s)` -> `32`, `cpu.time` -> `123456`. */
export type VirshOutput = ReadonlyMap<string, string>

/** Reads lines of `key: value` (nodeinfo, freecell, dominfo) or `key=value` (domstats) as they were printed, or a group of such keys. */
export function outputOf(written: string | Readonly<Record<string, string | number | boolean>> | undefined): VirshOutput {
  if (written === undefined) return new Map()
  if (typeof written !== 'string') return new Map(Object.entries(written).map(([key, value]) => [key, String(value)]))
  const found = new Map<string, string>()
  for (const line of written.split('\n')) {
    const [, key, value] = /^\s*([^:=]+?)\s*[:=]\s*(.*?)\s*$/.exec(line) ?? []
    // "Domain: 'web-1'" heads the statistics.
    if (key !== undefined && key !== 'Domain') found.set(key, value!)
  }
  return found
}

/** `8388608 KiB` in MiB; a bare number is in KiB, as everywhere in virsh. Null when it is none. */
export function memoryMib(text: string | undefined): number | null {
  const [, number, unit] = /^(\d+(?:\.\d+)?)\s*(KiB)?$/.exec(text ?? '') ?? []
  return number === undefined ? null : Number(number) / (unit === undefined || unit === 'KiB' ? 1024 : 1)
}

/** A whole number at the beginning: `1400 MHz`, `16`. Null when there is none. */
export function wholeOf(text: string | undefined): number | null {
  const [, number] = /^(\d+)(?:\s|$)/.exec(text ?? '') ?? []
  return number === undefined ? null : Number(number)
}
