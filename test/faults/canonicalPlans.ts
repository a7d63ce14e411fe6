import type { CanonicalPlan } from '../../sim/faults/run.ts'
import type { Machine } from '../../sim/faults/machine.ts'
import { hostId, stepId, vmId } from '../../src/model/ids.ts'
import type { Step } from '../../src/model/plan.ts'
import type { HostMode } from '../../src/model/pool.ts'

type Wanted = CanonicalPlan['wanted'][number]

let steps = 0
const given = (atMs: number, draft: object): Wanted => ({ kind: 'step', atMs, step: { ...draft, id: stepId(`c${steps++}`), after: [], estimateMs: 1000, reason: { code: 'test', text: 'test', numbers: {} } } as unknown as Step })
const migrate = (atMs: number, vm: string, source: string, target: string): Wanted => given(atMs, { kind: 'migrate', vm: vmId(vm), source: hostId(source), target: hostId(target) })
const power = (atMs: number, kind: 'powerOn' | 'powerOff', host: string): Wanted => given(atMs, { kind, host: hostId(host) })
const stop = (atMs: number, kind: 'shutdownVm' | 'suspendVm', vm: string, source: string): Wanted => given(atMs, { kind, vm: vmId(vm), source: hostId(source) })
const start = (atMs: number, kind: 'startVm' | 'resumeVm', vm: string, target: string): Wanted => given(atMs, { kind, vm: vmId(vm), target: hostId(target) })
const mode = (atMs: number, host: string, to: HostMode): Wanted => ({ kind: 'mode', atMs, host: hostId(host), mode: to })

const places = (machine: Machine): string => machine.world.vms.map(({ id, places: at }) => `${id}@${at.map((host) => host.id).join('+')}`).join(' ')

/** Every VM runs, exactly once. */
const allRun = (machine: Machine): string | null => (machine.world.vms.every(({ places: at }) => at.length === 1) ? null : `VMs are lost or double: ${places(machine)}`)

/** VMs are v0 on h0, v1 on h1 and so on round the hosts. */
export const CANONICAL_PLANS: readonly CanonicalPlan[] = [
  { name: 'one migration', hosts: 3, vms: 3, wanted: [migrate(0, 'v0', 'h0', 'h1')], expected: allRun },
  { name: 'one migration on Xen', hosts: 3, vms: 3, xen: true, wanted: [migrate(0, 'v0', 'h0', 'h1')], expected: allRun },
  { name: 'a chain of migrations', hosts: 3, vms: 3, wanted: [migrate(0, 'v0', 'h0', 'h1'), migrate(60_000, 'v1', 'h1', 'h2'), migrate(120_000, 'v0', 'h1', 'h0')], expected: allRun },
  { name: 'two migrations at once', hosts: 4, vms: 4, wanted: [migrate(0, 'v0', 'h0', 'h1'), migrate(0, 'v2', 'h2', 'h3')], expected: allRun },
  { name: 'an empty host goes off', hosts: 4, vms: 3, wanted: [power(0, 'powerOff', 'h3')], expected: allRun },
  { name: 'a host is emptied and goes off', hosts: 3, vms: 3, wanted: [migrate(0, 'v2', 'h2', 'h0'), power(60_000, 'powerOff', 'h2')], expected: allRun },
  { name: 'off and on again', hosts: 4, vms: 3, wanted: [power(0, 'powerOff', 'h3'), power(120_000, 'powerOn', 'h3'), migrate(240_000, 'v0', 'h0', 'h3')], expected: allRun },
  { name: 'into maintenance and back', hosts: 3, vms: 3, wanted: [mode(0, 'h1', 'maintenance'), migrate(1000, 'v1', 'h1', 'h0'), mode(120_000, 'h1', 'available'), migrate(140_000, 'v1', 'h0', 'h1')], expected: allRun },
  { name: 'a VM is suspended and resumed elsewhere in time', hosts: 3, vms: 3, wanted: [stop(0, 'suspendVm', 'v0', 'h0'), start(120_000, 'resumeVm', 'v0', 'h0')] },
  { name: 'a VM is shut down and started on another host', hosts: 3, vms: 3, wanted: [stop(0, 'shutdownVm', 'v1', 'h1'), start(120_000, 'startVm', 'v1', 'h2')] },
]
