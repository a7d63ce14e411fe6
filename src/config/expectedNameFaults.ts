import type { InitialHost, ScenarioEvent, Workload } from '../model/scenario.ts'
import { unknownWord } from './nearest.ts'
import type { Problems } from './problems.ts'
import type { Expectation } from './scenario.ts'

/** Reports expectations about hosts and VMs that the run never has: a misspelt name would match nothing, and "at most none" would be kept. */
export function expectedNameFaults(expect: readonly Expectation[], load: Workload, hosts: readonly InitialHost[], events: readonly ScenarioEvent[], problems: Problems): void {
  if (expect.every(({ events: counted, placed }) => counted === null && placed === null)) return
  const known = {
    VM: new Set<string>([...load.vms.map(({ vm }) => vm.id), ...events.flatMap((event) => (event.kind === 'vmAdd' ? [event.vm.vm.id] : []))]),
    host: new Set<string>([...hosts.map(({ host }) => host.id), ...events.flatMap((event) => (event.kind === 'hostAdd' ? [event.host.host.id] : []))]),
  }
  for (const [at, { entry = at, events: counted, placed }] of expect.entries()) {
    const look = (what: 'VM' | 'host', names: readonly string[], ...path: readonly string[]): void => {
      for (const name of names) if (!known[what].has(name)) problems.add(['expect', entry, ...path], unknownWord(what, name, [...known[what]]))
    }
    look('VM', counted?.filter.vms ?? [], 'events', 'vm')
    look('host', counted?.filter.sources ?? [], 'events', 'source')
    look('host', counted?.filter.targets ?? [], 'events', 'target')
    look('host', counted?.filter.hosts ?? [], 'events', 'host')
    look('VM', placed?.vms ?? [], 'vms')
    look('host', placed?.hosts ?? [], 'on')
  }
}
