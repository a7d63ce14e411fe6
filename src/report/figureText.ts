import type { Metric } from './metrics.ts'

type Shown = Pick<Metric, 'unit' | 'digits'>

/**
 * A stored figure as people read it: ratios as percent, thousands apart by a space; without its unit. Small figures get
 * more digits, so that two that matter can be seen.
 */
export function figureText(value: number, { unit, digits }: Shown): string {
  const scaled = unit === 'ratio' ? value * 100 : value
  const fixed = Math.abs(scaled).toFixed(Math.max(digits, digitsOfSmall(Math.abs(scaled))))
  const sign = scaled < 0 && Number(fixed) !== 0 ? '-' : ''
  return sign + withGaps(fixed)
}

const DIGITS_MAX = 6
/** Below this a value comes from adding doubles, not from what was measured. */
const ROUNDING = 1e-9

function digitsOfSmall(value: number): number {
  if (value < ROUNDING || value >= 10 || Math.abs(value - Math.round(value)) < ROUNDING) return 0
  return Math.min(DIGITS_MAX, 1 - Math.floor(Math.log10(value)))
}

/** Relative differences above this say less than the amounts: 1472 instead of 20 migrations is no "+7260 %". */
const RELATIVE_MAX = 10

/** "+12.3 %"; null where there is nothing to relate to, or no difference, or one too great to be read as percent. */
export function relativeText(ratio: number | null): string | null {
  return ratio === null || ratio === 0 || Math.abs(ratio) >= RELATIVE_MAX ? null : `${signedText(ratio, { unit: 'ratio', digits: 1 })} %`
}

/** With its sign also when it is more, as differences are written. */
export function signedText(value: number, shown: Shown): string {
  const text = figureText(value, shown)
  return value > 0 && Number(text.replaceAll(' ', '')) !== 0 ? `+${text}` : text
}

/** The unit as people read it, of `figureText`. */
export function unitText(unit: Metric['unit']): string {
  switch (unit) {
    case 'ratio': return '%'
    case 'kWh': return 'kWh'
    case 'VM-minutes': return 'VM-min'
    case 'hosts': return 'mean'
    case 'kg': return 'kg'
    // The label names which.
    case 'currency':
    case 'count': return ''
  }
}

function withGaps(fixed: string): string {
  const [whole = '', fraction] = fixed.split('.')
  const apart = whole.length <= 4 ? whole : whole.replace(/\B(?=(\d{3})+$)/g, ' ')
  return fraction === undefined ? apart : `${apart}.${fraction}`
}

const UNITS = [['day', 86_400_000], ['h', 3_600_000], ['min', 60_000], ['s', 1000], ['ms', 1]] as const

/** "6 days 12 h": the two greatest units that matter. */
export function durationText(durationMs: number): string {
  const parts: string[] = []
  let restMs = durationMs
  for (const [unit, unitMs] of UNITS) {
    const count = Math.floor(restMs / unitMs)
    restMs -= count * unitMs
    if (count > 0) parts.push(`${count} ${unit === 'day' && count > 1 ? 'days' : unit}`)
  }
  return parts.length === 0 ? '0 s' : parts.slice(0, 2).join(' ')
}
