import { listNames, percent } from '../model/text.ts'
import type { Placement } from '../policy/place/answer.ts'
import type { RankedHost, RejectedHost } from '../policy/place/rank.ts'
import type { PlaceView } from '../policy/place/view.ts'
import { textTable } from './textTable.ts'

/** Hosts shown one by one; of more, the first so many. */
const RANKED_MAX = 20
const REJECTED_MAX = 20

/** Placements for people: one VM with all hosts, several as a table with the reasons of those that find none. */
export function placementText({ pool, vmCpuMhz }: PlaceView, vms: readonly number[], placements: readonly Placement[], assumptions: readonly string[]): string {
  const assumed = `Assumed: ${assumptions.join(' ')}\n`
  const size = (position: number): string => {
    const { vcpus, memoryMib } = pool.vms[vms[position]!]!
    return `${vcpus} vCPUs, ${(memoryMib / 1024).toFixed(1)} GiB, expected to use ${Math.round(vmCpuMhz[vms[position]!]!)} MHz`
  }
  const [only] = placements
  if (only !== undefined && placements.length === 1) return `${only.vm} (${size(0)}): ${only.host === null ? 'no host can take it' : `best on ${only.host}`}\n\n${rankedText(only.ranked)}${rejectedText(only.rejected)}${assumed}`
  const placed = placements.filter(({ host }) => host !== null)
  const table = textTable(placements.map(({ vm, host, stars }, position) => [vm, host ?? 'no place', stars === null ? '' : starText(stars), size(position)]), [0, 1, 2, 3])
  const left = [...withoutPlace(placements)].map(([text, names]) => `\n${listNames(names)} ${names.length === 1 ? 'finds' : 'find'} no place when the others have theirs:\n${text}`)
  return `${placed.length} of ${placements.length} VMs find a place\n\n${table}\n${left.join('')}${left.length === 0 ? '\n' : ''}${assumed}`
}

/** Names of VMs by the reasons why they find no place. */
function withoutPlace(placements: readonly Placement[]): Map<string, string[]> {
  const names = new Map<string, string[]>()
  for (const { vm, host, rejected } of placements) {
    if (host !== null) continue
    const text = rejectedText(rejected)
    names.set(text, [...(names.get(text) ?? []), vm])
  }
  return names
}

/** Five signs wide: "***+ " is three and a half. */
const starText = (stars: number): string => `${'*'.repeat(Math.floor(stars))}${stars % 1 === 0 ? '' : '+'}`.padEnd(5)

function rankedText(ranked: readonly RankedHost[]): string {
  if (ranked.length === 0) return ''
  const rows = ranked.slice(0, RANKED_MAX).map(({ host, stars, parts }) => [starText(stars), host, `leaves ${percent(parts.cpuFree)} of CPU`, `${percent(parts.memoryFree)} of memory`])
  return `${textTable(rows, [0, 1, 2, 3])}\n${ranked.length > RANKED_MAX ? `... and ${ranked.length - RANKED_MAX} more hosts can take it\n` : ''}\n`
}

/** Hosts with the same reason stand together when there are many. */
function rejectedText(rejected: readonly RejectedHost[]): string {
  if (rejected.length === 0) return ''
  if (rejected.length <= REJECTED_MAX) return `${rejected.map(({ host, reasons }) => `not ${host}: ${reasons.map(({ text, code }) => `${text} [${code}]`).join('; ')}`).join('\n')}\n\n`
  const byCode = new Map<string, RejectedHost[]>()
  for (const one of rejected) for (const { code } of one.reasons) byCode.set(code, [...(byCode.get(code) ?? []), one])
  const lines = [...byCode].map(([code, hosts]) => `not ${hosts.length} hosts [${code}], such as ${hosts[0]!.host}: ${hosts[0]!.reasons.find((why) => why.code === code)!.text}`)
  return `${lines.join('\n')}\n\n`
}
