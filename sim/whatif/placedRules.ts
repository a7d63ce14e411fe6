import { type Instant, NO_HOST } from './instant.ts'

/** A rule that VMs which stay where they are break, or null. `together` and `apart` look at those VMs only. */
export function brokenByPlaced(instant: Instant, stays: (vm: number) => boolean): { readonly id: string; readonly text: string; readonly vm: number; readonly host: number; readonly count: number } | null {
  const { hosts, vms, place, rules } = instant
  const at = new Map(vms.map(({ id }, vm) => [id, vm]))
  for (const rule of rules.rules) {
    const placed = rule.vms.flatMap((id) => at.get(id) ?? []).filter((vm) => place[vm] !== NO_HOST && stays(vm))
    const named = (vm: number): string => `${vms[vm]!.id} is on ${hosts[place[vm]!]!.id}`
    if (rule.kind === 'runOn' || rule.kind === 'keepOff') {
      const wrong = placed.filter((vm) => rule.hosts.includes(hosts[place[vm]!]!.id) === (rule.kind === 'keepOff'))
      const first = wrong[0]
      if (first !== undefined) return { id: rule.id, vm: first, host: place[first]!, count: wrong.length, text: `${named(first)}, ${rule.kind === 'keepOff' ? 'which it is kept off' : `it may run on ${rule.hosts.join(', ')} only`}: ${wrong.length} VMs break it` }
      continue
    }
    if (rule.kind !== 'together' && rule.kind !== 'apart') continue
    const pair = conflicting(instant, placed, rule.kind)
    if (pair !== null) return { id: rule.id, vm: pair[0], host: place[pair[0]]!, count: 2, text: `${named(pair[0])}, ${named(pair[1])}, they must be ${rule.kind}: 2 VMs break it` }
  }
  return null
}

function conflicting({ place }: Instant, placed: readonly number[], kind: 'together' | 'apart'): readonly [number, number] | null {
  const first = placed[0]
  if (kind === 'together') {
    const elsewhere = placed.find((vm) => place[vm] !== place[first!])
    return elsewhere === undefined ? null : [first!, elsewhere]
  }
  const seen = new Map<number, number>()
  for (const vm of placed) {
    const other = seen.get(place[vm]!)
    if (other !== undefined && other !== vm) return [other, vm]
    seen.set(place[vm]!, vm)
  }
  return null
}
