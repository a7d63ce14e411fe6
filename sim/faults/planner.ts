import type { SeenHost } from '../../src/execute/protocol/effects.ts'
import { isActive, isServingHost } from '../../src/execute/protocol/sight.ts'
import type { ExecutorState } from '../../src/execute/protocol/state.ts'
import { stepsUnderWay } from '../../src/execute/protocol/state.ts'
import { type HostId, type VmId, stepId, vmId } from '../../src/model/ids.ts'
import type { Step, StepOutcome } from '../../src/model/plan.ts'
import type { HostMode } from '../../src/model/pool.ts'
import type { Rng } from '../../src/model/random.ts'
import { reason } from '../../src/model/result.ts'

/** What a controller would want next. */
export type Wanted = { readonly kind: 'step'; readonly step: Step } | { readonly kind: 'mode'; readonly host: HostId; readonly mode: HostMode }

/** A step without its id and reason. */
type Draft =
  | { readonly kind: 'migrate'; readonly vm: VmId; readonly source: HostId; readonly target: HostId }
  | { readonly kind: 'startVm' | 'resumeVm'; readonly vm: VmId; readonly target: HostId }
  | { readonly kind: 'shutdownVm' | 'suspendVm'; readonly vm: VmId; readonly source: HostId }
  | { readonly kind: 'powerOn' | 'powerOff'; readonly host: HostId }

interface Away {
  readonly home: HostId
  why: string
}

/**
 * Stands where the controller's goals stand: moves VMs about, empties hosts and powers them off, wakes them, takes hosts into
 * maintenance and brings VMs home. It knows what a controller knows, the executor's looks and the steps under way, and is
 * careless on purpose: what is unsafe, the executor must refuse.
 */
export class Planner {
  readonly away = new Map<VmId, Away>()
  readonly #rng: Rng
  readonly #apart: readonly (readonly [string, string])[]
  readonly #inMaintenance = new Set<HostId>()
  readonly #stopped = new Map<VmId, 'startVm' | 'resumeVm'>()
  /** Places that this turn has given away already. */
  #chosen: (readonly [VmId, HostId])[] = []
  #steps = 0

  constructor(rng: Rng, apart: readonly (readonly [string, string])[]) {
    this.#rng = rng
    this.#apart = apart
  }

  #step(draft: Draft, code: string): Wanted {
    if ('vm' in draft && 'target' in draft) this.#chosen.push([draft.vm, draft.target])
    return { kind: 'step', step: { ...draft, id: stepId(`s${this.#steps++}`), after: [], estimateMs: 1000, reason: reason(code, code) } as Step }
  }

  /** Wishes of one turn. `isEnding`: nothing new is wanted, only VMs are brought home and hosts given back. */
  turn(state: ExecutorState, isEnding: boolean): Wanted[] {
    this.#chosen = []
    const views = [...state.views.values()].sort((a, b) => (a.host < b.host ? -1 : 1))
    if (views.length === 0 || state.observing !== null) return []
    if (isEnding) return [...[...this.#inMaintenance].map((host) => this.#mode(host, 'available')), ...this.#bringHome(state, views)]
    const draw = this.#rng.next()
    const host = views[this.#rng.below(views.length)]!
    if (draw < 0.35) return this.#migrateSome(state, views)
    if (draw < 0.6) return this.#empty(state, views, emptiest(views))
    if (draw < 0.72) return host.power === 'off' ? [this.#step({ kind: 'powerOn', host: host.host }, 'capacity')] : this.#wakeAny(views)
    if (draw < 0.8) return this.#toggle(state, views, host.host)
    if (draw < 0.9) return this.#bringHome(state, views)
    return this.#stopOrStart(state, views, host)
  }

  ended(step: Step, outcome: StepOutcome, code: string): void {
    if (step.kind === 'migrate' && step.reason.code === 'evacuate' && outcome === 'done' && !this.away.has(step.vm)) this.away.set(step.vm, { home: step.source, why: 'its host is in maintenance' })
    const away = 'vm' in step ? this.away.get(step.vm) : undefined
    if (step.reason.code === 'moveBack' && away !== undefined) {
      if (outcome === 'done') this.away.delete((step as Step & { kind: 'migrate' }).vm)
      else away.why = code
    }
    if (step.kind === 'shutdownVm' && outcome === 'done') this.#stopped.set(step.vm, 'startVm')
    if (step.kind === 'suspendVm' && outcome === 'done') this.#stopped.set(step.vm, 'resumeVm')
    if ((step.kind === 'startVm' || step.kind === 'resumeVm') && outcome === 'done') this.#stopped.delete(step.vm)
  }

  #mode(host: HostId, mode: HostMode): Wanted {
    if (mode === 'available') this.#inMaintenance.delete(host)
    else this.#inMaintenance.add(host)
    return { kind: 'mode', host, mode }
  }

  #targets(state: ExecutorState, views: readonly SeenHost[], vm: VmId, source: HostId, isStart = false): SeenHost[] {
    const others = this.#apart.flatMap(([a, b]) => (vm === a ? [b] : vm === b ? [a] : []))
    const coming = [...this.#chosen, ...stepsUnderWay(state).flatMap((step) => ('vm' in step && 'target' in step ? [[step.vm, step.target] as const] : []))]
    return views.filter((seen) => (isStart || seen.host !== source) && isServingHost(seen) && !others.some((other) => seen.vms.some(({ vm: there }) => there === other) || coming.some(([who, where]) => who === other && where === seen.host)))
  }

  #migrate(state: ExecutorState, views: readonly SeenHost[], from: SeenHost, vm: VmId, code: string): Wanted[] {
    const targets = this.#targets(state, views, vm, from.host)
    if (targets.length === 0) return []
    return [this.#step({ kind: 'migrate', vm, source: from.host, target: targets[this.#rng.below(targets.length)]!.host }, code)]
  }

  #migrateSome(state: ExecutorState, views: readonly SeenHost[]): Wanted[] {
    const from = views[this.#rng.below(views.length)]!
    return from.vms.filter(isActive).slice(0, 1 + this.#rng.below(2)).flatMap(({ vm }) => this.#migrate(state, views, from, vm, 'balance'))
  }

  #empty(state: ExecutorState, views: readonly SeenHost[], from: SeenHost | null): Wanted[] {
    if (from === null) return []
    const vms = from.vms.filter(isActive)
    if (vms.length === 0) return [this.#step({ kind: 'powerOff', host: from.host }, 'consolidate')]
    return vms.flatMap(({ vm }) => this.#migrate(state, views, from, vm, 'consolidate'))
  }

  #wakeAny(views: readonly SeenHost[]): Wanted[] {
    const off = views.find(({ power, host }) => power === 'off' && !this.#inMaintenance.has(host))
    return off === undefined ? [] : [this.#step({ kind: 'powerOn', host: off.host }, 'capacity')]
  }

  #toggle(state: ExecutorState, views: readonly SeenHost[], host: HostId): Wanted[] {
    if (this.#inMaintenance.has(host)) return [this.#mode(host, 'available')]
    if (this.#inMaintenance.size > 0) return [this.#mode([...this.#inMaintenance][0]!, 'available')]
    const from = views.find((seen) => seen.host === host)!
    return [this.#mode(host, 'maintenance'), ...from.vms.filter(isActive).flatMap(({ vm }) => this.#migrate(state, views, from, vm, 'evacuate'))]
  }

  #bringHome(state: ExecutorState, views: readonly SeenHost[]): Wanted[] {
    const wanted: Wanted[] = []
    for (const [vm, away] of this.away) {
      const from = views.find((seen) => seen.vms.some((other) => other.vm === vm && isActive(other)))
      const home = views.find(({ host }) => host === away.home)
      if (from?.host === away.home) this.away.delete(vm)
      else if (from === undefined) away.why = 'it runs nowhere'
      else if (home === undefined || !isServingHost(home) || this.#inMaintenance.has(away.home)) away.why = 'its home does not serve'
      else if (!this.#targets(state, [home], vm, from.host).includes(home)) away.why = 'its home holds what it is kept apart from'
      else wanted.push(this.#step({ kind: 'migrate', vm, source: from.host, target: away.home }, 'moveBack'))
    }
    return wanted
  }

  #stopOrStart(state: ExecutorState, views: readonly SeenHost[], host: SeenHost): Wanted[] {
    const known = [...this.#stopped][0]
    const isFree = (vm: VmId): boolean => this.#targets(state, [host], vm, host.host, true).length > 0
    if (known !== undefined && isFree(known[0])) return [this.#step({ kind: known[1], vm: known[0], target: host.host }, 'resume')]
    const lost = views.flatMap((seen) => seen.vms.filter(({ state }) => state === 'shutOff').map(({ vm }) => vm)).find((vm) => !views.some((seen) => seen.vms.some((other) => other.vm === vm && other.state !== 'shutOff')))
    if (lost !== undefined && isFree(lost)) return [this.#step({ kind: 'startVm', vm: lost, target: host.host }, 'resume')]
    const vm = host.vms.find((other) => other.state === 'running')
    if (vm === undefined) return []
    return [this.#step({ kind: this.#rng.next() < 0.5 ? 'shutdownVm' : 'suspendVm', vm: vmId(vm.vm), source: host.host }, 'maintenance')]
  }
}

function emptiest(views: readonly SeenHost[]): SeenHost | null {
  const serving = views.filter(isServingHost)
  return serving.length === 0 ? null : serving.reduce((best, seen) => (seen.vms.length < best.vms.length ? seen : best))
}
