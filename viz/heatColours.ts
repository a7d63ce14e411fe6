import { interpolateRgbBasis, rgb } from 'd3'
import { HOST_STATES } from '../src/model/run.ts'

export type Theme = 'light' | 'dark'
type HostState = (typeof HOST_STATES)[number]
type Colour = readonly [red: number, green: number, blue: number]

/** Utilization from 0 to 0.8 in blues, above it to orange and red: where a host has no room left, it stands out. */
const STOPS: Readonly<Record<Theme, { readonly cool: readonly string[]; readonly hot: readonly string[] }>> = {
  light: { cool: ['#d5e6f1', '#9cc5e0', '#5a9fcb', '#2873ac', '#0f4a80'], hot: ['#0f4a80', '#c4652a', '#d6371f'] },
  dark: { cool: ['#15303f', '#1c4c68', '#2a7199', '#4b9ccb', '#8ecbef'], hot: ['#8ecbef', '#f0a35a', '#ff6a4d'] },
}

/** Set apart from utilization by hue, and those that matter most by hatching as well. */
export const STATE_COLOURS: Readonly<Record<Theme, Readonly<Record<Exclude<HostState, 'on'>, string>>>> = {
  light: { off: '#e9e7e2', poweringOn: '#f0b429', poweringOff: '#c9a45a', failed: '#1d2329', entering: '#b58fd6', maintenance: '#8457b3' },
  dark: { off: '#22262b', poweringOn: '#f0b429', poweringOff: '#97763a', failed: '#f4f1ea', entering: '#8e6bb3', maintenance: '#a47bd1' },
}

export const HATCHED: readonly HostState[] = ['failed', 'entering', 'maintenance']

const HOT_FROM = 0.8

/** CSS colour of a utilization; 1 and above are the hottest. */
export function utilizationColour(theme: Theme, utilization: number): string {
  const { cool, hot } = STOPS[theme]
  if (utilization <= HOT_FROM) return interpolateRgbBasis([...cool])(Math.max(0, utilization / HOT_FROM))
  return interpolateRgbBasis([...hot])(Math.min(1, (utilization - HOT_FROM) / (1 - HOT_FROM)))
}

/** Colour of each utilization byte, at `steps` a unit. */
export function utilizationPalette(theme: Theme, steps: number): readonly Colour[] {
  return Array.from({ length: 255 }, (_, byte) => components(utilizationColour(theme, byte / steps)))
}

/** Colour of each index into HOST_STATES but the first. */
export function statePalette(theme: Theme): readonly Colour[] {
  return HOST_STATES.map((state) => (state === 'on' ? [0, 0, 0] : components(STATE_COLOURS[theme][state])))
}

export function components(css: string): Colour {
  const { r, g, b } = rgb(css)
  return [r, g, b]
}
