import { reason } from '../../src/model/result.ts'
import { WHATIF_UNITS, type WhatIfBreak } from '../../src/model/whatif.ts'
import type { ImpossibilityProof } from '../../src/optimize/packingBounds.ts'
import type { Leftover } from '../../src/optimize/packingDecide.ts'
import type { Arrangement } from './arrangement.ts'
import { type Instant, UNITS, resourceOf } from './instant.ts'

const NOUNS = { memory: 'memory', cpu: 'CPU', vcpus: 'vCPUs' } as const

/** An amount of whole units as people read it, with its unit and what it is an amount of. */
function amount(whole: number, dimension: number): string {
  const name = resourceOf(dimension)
  const value = Math.round((whole / UNITS[dimension as 0 | 1 | 2]) * 10) / 10
  return name === 'vcpus' ? `${value} vCPUs` : `${value} ${WHATIF_UNITS[name]} of ${NOUNS[name]}`
}

interface Broken {
  readonly dimension: number | null
  readonly host: number | null
  readonly vm: number | null
  readonly needed: number
  readonly available: number
  readonly code: string
  /** The sentence without its condition, in which hosts fail. */
  readonly text: string
}

/** The break as a value: amounts in the resource's unit, the failed hosts in front of the sentence. */
function breakOf(instant: Instant, failed: Int32Array, broken: Broken): WhatIfBreak {
  const { dimension, host, vm, code, text } = broken
  const unit = dimension === null ? 1 : UNITS[dimension as 0 | 1 | 2]
  const failedHosts = [...failed].map((index) => instant.hosts[index]!.id)
  const needed = broken.needed / unit
  const available = broken.available / unit
  const condition = failedHosts.length === 0 ? '' : failedHosts.length === 1 ? `if ${failedHosts[0]!} fails, ` : `if ${failedHosts.slice(0, -1).join(', ')} and ${failedHosts.at(-1)!} fail, `
  return {
    atMs: instant.atMs, limit: dimension === null ? 'rules' : resourceOf(dimension),
    host: host === null ? null : instant.hosts[host]!.id, vm: vm === null ? null : instant.vms[vm]!.id, failedHosts,
    needed, available, shortage: needed - available, unit: dimension === null ? 'VMs' : WHATIF_UNITS[resourceOf(dimension)],
    reason: reason(code, `${condition}${text}`, { needed, available, shortage: needed - available }),
  }
}

/** A rule that what must stay breaks already. */
export function ruleBreak(instant: Instant, rule: { readonly id: string; readonly text: string; readonly vm: number; readonly host: number; readonly count: number }): WhatIfBreak {
  return breakOf(instant, new Int32Array(0), {
    dimension: null, host: rule.host, vm: rule.vm, needed: rule.count, available: 0, code: 'ruleBroken', text: `rule ${rule.id}: ${rule.text}`,
  })
}

/** What a bound proves, in names and units. */
export function proofBreak(instant: Instant, arrangement: Arrangement, failed: Int32Array, proof: ImpossibilityProof): WhatIfBreak {
  switch (proof.kind) {
    case 'overfull':
      return breakOf(instant, failed, fullestHost(instant, arrangement))
    case 'item':
    case 'group':
      return breakOf(instant, failed, homeless(instant, arrangement, proof.item!, proof))
    case 'sum':
    case 'whole':
      return breakOf(instant, failed, poolShort(arrangement, proof.dimension!, proof))
  }
}

/** What exact search ruled out, shown by the nearest miss. */
export function searchBreak(instant: Instant, arrangement: Arrangement, failed: Int32Array, leftover: Leftover): WhatIfBreak {
  const broken = homeless(instant, arrangement, leftover.item, { kind: 'item', ...leftover })
  return breakOf(instant, failed, { ...broken, code: 'noArrangement', text: `${broken.text}; every other arrangement was tried too` })
}

function fullestHost(instant: Instant, { packing, hostOfBin }: Arrangement): Broken {
  const { dimensions, capacity } = instant
  let worst: Broken | null = null
  let worstRatio = 0
  hostOfBin.forEach((host, bin) => {
    for (let d = 0; d < dimensions; d++) {
      const room = packing.free[bin * dimensions + d]!
      if (room >= 0) continue
      const available = capacity[host * dimensions + d]!
      const needed = available - room
      const ratio = -room / (available + 1)
      if (worst !== null && ratio <= worstRatio) continue
      worstRatio = ratio
      const text = `${instant.hosts[host]!.id} would hold ${amount(needed, d)}, ${amount(available, d)} are allowed: ${amount(-room, d)} too much`
      worst = { dimension: d, host, vm: null, needed, available, code: 'hostOverLimit', text }
    }
  })
  return worst!
}

function homeless(instant: Instant, { packing, hostOfBin, vmsOfItem }: Arrangement, item: number, lack: Pick<ImpossibilityProof, 'kind' | 'dimension' | 'bin' | 'needed' | 'available'>): Broken {
  const members = vmsOfItem[item]!
  const names = members.length === 1 ? instant.vms[members[0]!]!.id : `${members.map((vm) => instant.vms[vm]!.id).join(' and ')} (which must be together)`
  const common = { host: null, vm: members[0]!, needed: lack.needed, available: lack.available }
  if (lack.kind === 'group') return { ...common, dimension: null, code: 'rulesForbid', text: `${lack.needed} VMs, among them ${names}, must be apart, ${lack.available} hosts may take one of them: ${lack.needed - lack.available} too many` }
  if (lack.dimension === null || lack.bin === null) {
    return { ...common, dimension: null, code: 'rulesForbid', text: `no host of ${packing.binCount} is left that rules and maintenance let ${names} run on: ${lack.needed} VMs without a place` }
  }
  const closest = instant.hosts[hostOfBin[lack.bin]!]!.id
  const text = `no host has room for ${names}: ${amount(lack.needed, lack.dimension)} needed, ${closest}, which comes closest, has ${amount(lack.available, lack.dimension)} left: ${amount(lack.needed - lack.available, lack.dimension)} short`
  return { ...common, dimension: lack.dimension, code: 'noRoom', text }
}

function poolShort({ packing, vmsOfItem }: Arrangement, dimension: number, proof: ImpossibilityProof): Broken {
  const { needed, available } = proof
  const whole = proof.kind === 'whole' ? ' (VMs go on a host whole: counted in parts that can be filled)' : ''
  const text = `${vmsOfItem.flat().length} VMs need ${amount(needed, dimension)}, ${packing.binCount} hosts have ${amount(available, dimension)} for them: ${amount(needed - available, dimension)} short${whole}`
  return { dimension, host: null, vm: null, needed, available, code: proof.kind === 'sum' ? 'poolShort' : 'poolShortOfWhole', text }
}
