import { lossOf } from './loss.ts'

/** How matured losses become weights. */
export interface BlendSettings {
  /** Weight = (least loss / loss)^power. */
  readonly power: number
  /** What was learned on another trace counts as so many origins of the series' own. */
  readonly priorOrigins: number
  /** The series' own losses lose half their say in so many origins. */
  readonly halfLifeOrigins: number
  /** Share of the weighted median in the result; the rest is the weighted mean. */
  readonly medianShare: number
  /** A member whose weight is multiplied, where evidence is thin by nature; null: none. */
  readonly preferred: { readonly name: string; readonly factor: number } | null
}

/** One output (the expected value or a quantile of one horizon) of one series at rising origins. */
export interface BlendInput {
  /** Names of members, and what each said at each origin (NaN = nothing). */
  readonly names: readonly string[]
  readonly said: readonly Float32Array[]
  /** Which members are simple: one of them is what the blend is held against. */
  readonly isSimple: readonly boolean[]
  /** Mean loss of each member on another trace, or null; only their ratios count. */
  readonly priorLosses: Float64Array | null
  /** What came true at each origin (NaN = never known), and the first origin from which that is known. */
  readonly truths: Float32Array
  readonly maturesAt: Int32Array
  /** Null: an expected value, judged by absolute loss; else the level of a quantile, judged by pinball loss. */
  readonly level: number | null
  /** Losses below this don't differ. */
  readonly lossFloor: number
  readonly settings: BlendSettings
}

export interface Blended {
  readonly values: Float32Array
  /** Sum over origins of each member's weight. */
  readonly weights: Float64Array
  /** Origins at which the simple method was used, as the blend had stopped being better. */
  readonly fallbackCount: number
}

/** The blend is left when its matured loss is this much above the simple method's, and taken again when it is below it. */
const LEAVE_ABOVE = 1.3
const ORIGINS_TO_LEAVE = 48

/**
 * Blends members by their matured losses on this very series, origin after origin: no member is judged by what was not
 * yet known. The blend itself is judged too, against the simple member that is best at the time, and is not used
 * while it does worse (with hysteresis). Source of the weights: last-known-loss averaging as in Bates & Granger 1969.
 */
export function blendSeries(input: BlendInput): Blended {
  const judge = new Judge(input)
  const { truths, maturesAt, settings } = input
  const values = new Float32Array(truths.length).fill(Number.NaN)
  const simple = new Float32Array(truths.length).fill(Number.NaN)
  const weights = new Float64Array(input.said.length)
  const own = new BlendRecord(0.5 ** (1 / settings.halfLifeOrigins))
  let matured = 0
  let fallbackCount = 0
  const pure = new Float32Array(truths.length)
  for (let origin = 0; origin < truths.length; origin++) {
    for (; matured < origin && maturesAt[matured]! <= origin; matured++) {
      if (Number.isNaN(truths[matured])) continue
      judge.mature(matured)
      own.mature(lossOf(truths[matured]!, pure[matured]!, input.level), lossOf(truths[matured]!, simple[matured]!, input.level))
    }
    pure[origin] = judge.combine(origin)
    simple[origin] = judge.bestSimple(origin)
    const usesSimple = own.usesSimple && !Number.isNaN(simple[origin])
    values[origin] = usesSimple ? simple[origin]! : pure[origin]!
    if (usesSimple) fallbackCount++
    judge.addWeights(weights)
  }
  return { values, weights, fallbackCount }
}

/** The blend's own record against the simple method. */
class BlendRecord {
  usesSimple = false
  readonly #decay: number
  #blend = 0
  #simple = 0
  #count = 0

  constructor(decay: number) {
    this.#decay = decay
  }

  mature(blendLoss: number, simpleLoss: number): void {
    if (Number.isNaN(blendLoss) || Number.isNaN(simpleLoss)) return
    this.#blend = this.#blend * this.#decay + blendLoss
    this.#simple = this.#simple * this.#decay + simpleLoss
    this.#count++
    if (this.#count < ORIGINS_TO_LEAVE) return
    this.usesSimple = this.usesSimple ? this.#blend > this.#simple : this.#blend > this.#simple * LEAVE_ABOVE
  }
}

/** Discounted losses of the members and the weights that follow from them. */
class Judge {
  readonly #input: BlendInput
  readonly #decay: number
  readonly #losses: Float64Array
  readonly #counts: Float64Array
  readonly #priors: Float64Array
  readonly #favours: Float64Array
  readonly #weights: Float64Array
  readonly #order: number[] = []

  constructor(input: BlendInput) {
    const { said, settings, priorLosses, names } = input
    this.#input = input
    this.#decay = 0.5 ** (1 / settings.halfLifeOrigins)
    this.#losses = new Float64Array(said.length)
    this.#counts = new Float64Array(said.length)
    this.#weights = new Float64Array(said.length)
    this.#priors = relativeLosses(priorLosses, said.length)
    this.#favours = Float64Array.from(names, (name) => (settings.preferred?.name === name ? settings.preferred.factor : 1))
  }

  mature(origin: number): void {
    const { said, truths, level } = this.#input
    const truth = truths[origin]!
    for (let member = 0; member < said.length; member++) {
      const value = said[member]![origin]!
      if (Number.isNaN(value)) continue
      this.#losses[member] = this.#losses[member]! * this.#decay + lossOf(truth, value, level)
      this.#counts[member] = this.#counts[member]! * this.#decay + 1
    }
  }

  /** Weighs the members that answer at this origin, and combines what they say; NaN when none does. */
  combine(origin: number): number {
    const total = this.#weigh(origin)
    if (total === 0) return Number.NaN
    const { medianShare } = this.#input.settings
    const mean = this.#mean(origin)
    return medianShare === 0 ? mean : mean + medianShare * (this.#median(origin) - mean)
  }

  /** What the simple member with the greatest weight says. Call after `combine`. */
  bestSimple(origin: number): number {
    const { isSimple, said } = this.#input
    let best = -1
    for (let member = 0; member < said.length; member++) if (isSimple[member] && this.#weights[member]! > (best < 0 ? 0 : this.#weights[best]!)) best = member
    return best < 0 ? Number.NaN : said[best]![origin]!
  }

  addWeights(sums: Float64Array): void {
    for (let member = 0; member < sums.length; member++) sums[member] = sums[member]! + this.#weights[member]!
  }

  #weigh(origin: number): number {
    const { said, settings: { power, priorOrigins } } = this.#input
    const scale = this.#leastOwnLoss()
    let least = Number.POSITIVE_INFINITY
    for (let member = 0; member < said.length; member++) {
      const loss = Number.isNaN(said[member]![origin]) ? Number.POSITIVE_INFINITY : this.#meanLoss(member, scale, priorOrigins)
      this.#weights[member] = loss
      if (loss < least) least = loss
    }
    let total = 0
    for (let member = 0; member < said.length; member++) {
      const loss = this.#weights[member]!
      const weight = loss === Number.POSITIVE_INFINITY ? 0 : (least / loss) ** power * this.#favours[member]!
      this.#weights[member] = weight
      total += weight
    }
    if (total > 0) for (let member = 0; member < said.length; member++) this.#weights[member] = this.#weights[member]! / total
    return total
  }

  /** Own mean loss, with the prior's ratio on the scale of this series counted in. */
  #meanLoss(member: number, scale: number, priorOrigins: number): number {
    const { lossFloor } = this.#input
    const evidence = this.#counts[member]! + priorOrigins
    return evidence === 0 ? lossFloor : (this.#losses[member]! + priorOrigins * scale * this.#priors[member]!) / evidence + lossFloor
  }

  #leastOwnLoss(): number {
    let least = Number.POSITIVE_INFINITY
    for (let member = 0; member < this.#losses.length; member++) {
      const count = this.#counts[member]!
      if (count > 0 && this.#losses[member]! < least * count) least = this.#losses[member]! / count
    }
    return least === Number.POSITIVE_INFINITY ? 1 : least
  }

  #mean(origin: number): number {
    let sum = 0
    for (let member = 0; member < this.#weights.length; member++) if (this.#weights[member]! > 0) sum += this.#weights[member]! * this.#input.said[member]![origin]!
    return sum
  }

  #median(origin: number): number {
    const { said } = this.#input
    const order = this.#order
    order.length = 0
    for (let member = 0; member < said.length; member++) if (this.#weights[member]! > 1e-9) order.push(member)
    order.sort((left, right) => said[left]![origin]! - said[right]![origin]! || left - right)
    let below = 0
    for (const member of order) {
      below += this.#weights[member]!
      if (below >= 0.5) return said[member]![origin]!
    }
    return said[order[order.length - 1]!]![origin]!
  }
}

/** Losses over the least of them; 1 for all without a prior. A member that the prior does not know is as bad as the worst. */
function relativeLosses(losses: Float64Array | null, count: number): Float64Array {
  const relative = new Float64Array(count).fill(1)
  if (losses === null) return relative
  const least = losses.reduce((low, loss) => (loss > 0 && loss < low ? loss : low), Number.POSITIVE_INFINITY)
  const most = losses.reduce((high, loss) => (loss > high ? loss : high), 0)
  if (least === Number.POSITIVE_INFINITY) return relative
  return relative.map((_, member) => (Number.isNaN(losses[member]) ? most : losses[member]!) / least)
}
