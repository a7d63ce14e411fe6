/** Bands of temperature are this far apart in powers of two. */
const BANDS = 64
const FLOOR_SHARE = 0.01

/** What runs have learned: by band (power of two of the temperature) how much of the objective was released in it. */
export type ReleaseProfile = Float64Array

const LOWEST_POWER = -16
export const emptyProfile = (): ReleaseProfile => new Float64Array(BANDS).fill(-1)
export const bandOf = (temperature: number): number => Math.min(BANDS - 1, Math.max(0, Math.floor(Math.log2(temperature)) - LOWEST_POWER))

/**
 * Temperatures from `hot` down to `cold` as a function of progress. Time goes to each band by the square root of what it
 * releases: when a band that gets t steps loses a / t by haste, the sum is least for t in proportion to sqrt(a). Bands
 * nobody has seen count as the mean of those seen; with none seen the cooling is geometric.
 */
export class Cooling {
  private readonly hot: number
  private readonly ends: number[] = []
  private readonly heats: number[] = []

  constructor(hot: number, cold: number, profile: ReleaseProfile) {
    this.hot = hot
    const bands: { readonly lower: number; readonly width: number; readonly released: number }[] = []
    for (let upper = hot; upper > cold; ) {
      const lower = Math.max(cold, 2 ** Math.floor(Math.log2(upper) - 1e-9))
      bands.push({ lower, width: Math.log2(upper / lower), released: profile[bandOf(lower)]! })
      upper = lower
    }
    const seen = bands.filter(({ released }) => released >= 0).map(({ released }) => Math.sqrt(released))
    const mean = seen.length === 0 ? 1 : Math.max(Number.MIN_VALUE, seen.reduce((sum, root) => sum + root, 0) / seen.length)
    const shares = bands.map(({ released, width }) => width * Math.max(FLOOR_SHARE * mean * seen.length, released < 0 ? mean : Math.sqrt(released)))
    const whole = shares.reduce((sum, share) => sum + share, 0)
    let at = 0
    bands.forEach(({ lower }, band) => {
      at += shares[band]! / whole
      this.ends.push(at)
      this.heats.push(lower)
    })
  }

  /** Temperature at a progress of 0 to 1: within a band its logarithm falls evenly. */
  at(progress: number): number {
    let band = 0
    while (band < this.ends.length - 1 && this.ends[band]! < progress) band++
    if (this.ends.length === 0) return this.hot
    const begin = band === 0 ? 0 : this.ends[band - 1]!
    const upper = band === 0 ? this.hot : this.heats[band - 1]!
    const share = Math.min(1, (progress - begin) / Math.max(1e-12, this.ends[band]! - begin))
    return upper * (this.heats[band]! / upper) ** share
  }
}
