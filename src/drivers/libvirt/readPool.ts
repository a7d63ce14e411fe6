import type { HostId } from '../../model/ids.ts'
import type { LiveHost } from '../../model/livePool.ts'
import type { SeenVm } from '../../execute/protocol/effects.ts'
import { type Definition, definitionOf, hostTraitsOf, seesHostCpu } from './definition.ts'
import { libvirtHostOf } from './inventory.ts'
import type { DomainXml, HostCounters, LookedHost, NodeFacts } from './messages.ts'
import type { LibvirtProcess } from './process.ts'
import { isControlDomain, memoryForVmsMibOf, seenVmsOf } from './seen.ts'

const CALL_MS = 20_000

export interface DefinedVm extends SeenVm {
  /** Null: its definition could not be read. */
  readonly definition: (Definition & { readonly seesHostCpu: boolean }) | null
}

/** A host as it describes itself. */
export interface ReadHost {
  readonly host: LiveHost
  readonly facts: NodeFacts
  readonly traits: ReturnType<typeof hostTraitsOf>
  /** Held by the hypervisor's own domain. */
  readonly controlMib: number
  readonly vms: readonly DefinedVm[]
  readonly notes: readonly string[]
}

export interface SilentHost {
  readonly host: LiveHost
  readonly failure: string
}

/** Reads a host: what it is, and its VMs with their definitions. One that does not answer is told as silent. */
export async function readHost(process: LibvirtProcess, host: LiveHost): Promise<ReadHost | SilentHost> {
  const { address } = libvirtHostOf(host)
  const options = { timeoutMs: CALL_MS }
  const facts = await process.call(address, 'facts', null, options)
  if (!facts.ok) return { host, failure: facts.failure.text }
  const [looked, xmls] = [await process.call(address, 'look', null, options), await process.call(address, 'xml', { uuid: null, inactive: false }, options)]
  if (!looked.ok) return { host, failure: looked.failure.text }
  if (!xmls.ok) return { host, failure: xmls.failure.text }
  return hostFrom(host, facts.value, looked.value, xmls.value)
}

function hostFrom(host: LiveHost, facts: NodeFacts, looked: LookedHost, xmls: readonly DomainXml[]): ReadHost {
  const notes: string[] = []
  const xmlOf = new Map(xmls.map(({ uuid, xml }) => [uuid, xml]))
  const vms = seenVmsOf(host.driver, looked).map((vm): DefinedVm => ({ ...vm, definition: readDefinition(xmlOf.get(vm.uuid), vm, notes) }))
  return { host, facts, traits: hostTraitsOf(facts.capabilitiesXml), controlMib: looked.domains.some(isControlDomain) ? facts.memoryKib / 1024 - memoryForVmsMibOf(looked) : 0, vms, notes }
}

function readDefinition(xml: string | undefined, { vm }: SeenVm, notes: string[]): DefinedVm['definition'] {
  try {
    return xml === undefined ? null : { ...definitionOf(xml), seesHostCpu: seesHostCpu(xml) }
  } catch (error) {
    notes.push(`the definition of ${vm} can't be read (${error instanceof Error ? error.message : String(error)}): it is left where it is`)
    return null
  }
}

/** Counters of hosts at one time, side by side; those that do not answer are missing. */
export async function readCounters(process: LibvirtProcess, hosts: readonly LiveHost[]): Promise<ReadonlyMap<HostId, HostCounters>> {
  const answers = await Promise.all(hosts.map(async (host) => [host.id, await process.call(libvirtHostOf(host).address, 'counters', null, { timeoutMs: CALL_MS })] as const))
  return new Map(answers.flatMap(([id, answer]) => (answer.ok ? [[id, answer.value] as const] : [])))
}
