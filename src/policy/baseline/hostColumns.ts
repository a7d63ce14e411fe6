import type { Host } from '../../model/pool.ts'

/** What is fixed about hosts, in columns; a *kind* is a set of hosts that differ in nothing that the search looks at. */
export interface HostColumns {
  readonly hosts: readonly Host[]
  readonly capacityMhz: Float64Array
  readonly coreMhz: Float64Array
  readonly kind: Int32Array
  /** Hosts of each kind by index. */
  readonly members: readonly Int32Array[]
  /** Of each kind: power at utilization 0, 0.1, ..., 1, and the slope from each point to the next per percent point. */
  readonly pointW: Float64Array
  readonly slopeW: Float64Array
}

const SEGMENTS = 10
export const POINTS = SEGMENTS + 1

export function hostColumns(hosts: readonly Host[]): HostColumns {
  const kinds: Host[] = []
  const kind = Int32Array.from(hosts, (host) => kindOf(kinds, host))
  const members = kinds.map((_, one) => Int32Array.from(hosts.keys()).filter((host) => kind[host] === one))
  const pointW = new Float64Array(kinds.length * POINTS)
  const slopeW = new Float64Array(kinds.length * POINTS)
  kinds.forEach(({ power: { curveW } }, one) => {
    for (let point = 0; point < POINTS; point++) {
      pointW[one * POINTS + point] = curveW[point]!
      slopeW[one * POINTS + point] = point === SEGMENTS ? 0 : (curveW[point + 1]! - curveW[point]!) / SEGMENTS
    }
  })
  return { hosts: hosts.slice(), capacityMhz: Float64Array.from(hosts, ({ capacity }) => capacity.cpuMhz), coreMhz: Float64Array.from(hosts, ({ coreMhz, performanceFactor }) => coreMhz * performanceFactor), kind, members, pointW, slopeW }
}

/** Index of the host's kind among those found so far; a new one is added. */
function kindOf(kinds: Host[], host: Host): number {
  const found = kinds.findIndex(({ capacity, coreMhz, performanceFactor, power }) =>
    capacity.cpuMhz === host.capacity.cpuMhz && coreMhz === host.coreMhz && performanceFactor === host.performanceFactor && (power === host.power || power.curveW.every((watts, point) => watts === host.power.curveW[point])))
  return found === -1 ? kinds.push(host) - 1 : found
}

/** Whether the columns are of these hosts. */
export function areOf({ hosts }: HostColumns, others: readonly Host[]): boolean {
  if (hosts.length !== others.length) return false
  for (let host = 0; host < hosts.length; host++) if (hosts[host] !== others[host]) return false
  return true
}

/** The same doubles as `powerAtW` of the model, from the tables of a kind. */
export function powerOfKindW({ pointW, slopeW }: HostColumns, kind: number, utilization: number): number {
  if (utilization >= 1) return pointW[kind * POINTS + SEGMENTS]!
  const scaled = utilization * SEGMENTS
  const low = Math.floor(scaled)
  const at = kind * POINTS + low
  return low === scaled ? pointW[at]! : pointW[at]! + slopeW[at]! * (utilization - low / SEGMENTS) * (SEGMENTS * SEGMENTS)
}
