import type { Step } from '../model/plan.ts'
import { MODE, NOWHERE } from '../model/pool.ts'
import type { Issue } from '../model/result.ts'
import { ruleFaultsTogether } from './checkRulesTogether.ts'
import type { CheckOptions, Ledger } from './ledger.ts'
import { type Comer, worstGain } from './worstLoad.ts'

/** A VM's time on a host: from the beginning of one step (null: from the first) to the end of another (null: to the last). */
interface Stay {
  readonly vm: number
  readonly host: number
  readonly arrives: number | null
  leaves: number | null
}

/** What `after` says, and who is where between which steps. */
interface Together {
  readonly ledger: Ledger
  readonly steps: readonly Step[]
  /** Whether the second step has ended whenever the first begins. */
  readonly ended: (step: number, before: number) => boolean
  /** By host. */
  readonly stays: readonly (readonly Stay[] | undefined)[]
  readonly power: ReadonlyMap<number, readonly number[]>
  readonly issues: Issue[]
}

/**
 * Checks steps beside each other: any step may begin once all in its `after` have ended, and take as long as it likes. The
 * worst load of a host is a maximum over all such states, exact; two VMs kept apart, or a VM and a power-off, must be
 * ordered one way or the other by `after`. `ledger` is that of the pool before the plan.
 */
export function checkTogether(ledger: Ledger, steps: readonly Step[], { hostsOnMin }: CheckOptions): Issue[] {
  const issues: Issue[] = []
  const together: Together = { ledger, steps, ended: endedBefore(steps), stays: staysOf(ledger, steps), power: powerSteps(ledger, steps), issues }
  checkChains(together)
  for (let host = 0; host < ledger.pool.hosts.length; host++) {
    const stays = together.stays[host] ?? []
    if (stays.some(({ arrives }) => arrives !== null)) checkLoads(together, host, stays)
    if (together.power.has(host) || ledger.isOn[host] === 0) checkPower(together, host, stays)
  }
  for (const { step, message } of ruleFaultsTogether(ledger.book, ledger, steps, together.ended)) {
    if (step === null) issues.push({ path: 'steps', message })
    else fault(together, step, message)
  }
  checkHostsOn(together, Math.max(1, hostsOnMin))
  return issues
}

function fault({ issues, steps }: Pick<Together, 'issues' | 'steps'>, step: number, message: string): void {
  issues.push({ path: `steps[${step}]`, message: `${steps[step]!.id}: ${message}` })
}

/** Whether a step has ended when another begins. Ancestors of one step at a time are marked: no table, as plans may be long. */
function endedBefore(steps: readonly Step[]): Together['ended'] {
  const numberOf = new Map(steps.map(({ id }, number) => [id, number] as const))
  const after = steps.map((step) => step.after.flatMap((id) => numberOf.get(id) ?? []))
  const markedFor = new Int32Array(steps.length).fill(NOWHERE)
  let marked = NOWHERE
  return (step, before) => {
    if (marked !== step) {
      marked = step
      const open = [step]
      for (let at = open.pop(); at !== undefined; at = open.pop()) {
        for (const earlier of after[at]!) {
          if (markedFor[earlier] === step) continue
          markedFor[earlier] = step
          open.push(earlier)
        }
      }
    }
    return markedFor[before] === step
  }
}

function staysOf({ pool, place, vmOf, hostOf }: Ledger, steps: readonly Step[]): (Stay[] | undefined)[] {
  const stays = new Array<Stay[] | undefined>(pool.hosts.length)
  const now = new Map<number, Stay>()
  const add = (stay: Stay): void => {
    ;(stays[stay.host] ??= []).push(stay)
    now.set(stay.vm, stay)
  }
  steps.forEach((step, number) => {
    if (!('vm' in step)) return
    const vm = vmOf.get(step.vm)!
    const first: Stay | undefined = place[vm] === NOWHERE ? undefined : { vm, host: place[vm]!, arrives: null, leaves: null }
    if (!now.has(vm) && first) add(first)
    const before = now.get(vm)
    if (before) before.leaves = number
    if ('target' in step) add({ vm, host: hostOf.get(step.target)!, arrives: number, leaves: null })
  })
  return stays
}

function powerSteps({ hostOf }: Ledger, steps: readonly Step[]): Map<number, number[]> {
  const power = new Map<number, number[]>()
  steps.forEach((step, number) => {
    if (step.kind !== 'powerOn' && step.kind !== 'powerOff') return
    const host = hostOf.get(step.host)!
    power.set(host, [...(power.get(host) ?? []), number])
  })
  return power
}

/** A VM's steps, and a host's power steps, come one after another. */
function checkChains({ steps, ended, issues, power }: Together): void {
  const last = new Map<string, number>()
  const follow = (key: string, step: number): void => {
    const before = last.get(key)
    if (before !== undefined && !ended(step, before)) fault({ steps, issues }, step, `may begin before ${steps[before]!.id}, which is about the same ${key.split(' ')[0]!}`)
    last.set(key, step)
  }
  steps.forEach((step, number) => {
    if ('vm' in step) follow(`VM ${step.vm}`, number)
  })
  for (const [host, list] of power) for (const number of list) follow(`host ${host}`, number)
}

/** The most a host can hold at any instant. Arrivals that all fit beside everything need no further look. */
function checkLoads(together: Together, host: number, stays: readonly Stay[]): void {
  const { ledger, ended, issues } = together
  const arriving = stays.filter((stay) => stay.arrives !== null)
  for (const { unit, demand, limit, held } of ledger.rows) {
    const coming = arriving.filter(({ vm }) => demand[vm]! > 0)
    if (held[host]! + coming.reduce((sum, { vm }) => sum + demand[vm]!, 0) <= limit[host]! + 1e-6) continue
    const leaving = stays.filter(({ leaves }) => leaves !== null)
    const goers = leaving.map(({ vm }) => demand[vm]!)
    const comers = coming.map(({ vm, arrives }): Comer => {
      return { amount: demand[vm]!, after: leaving.flatMap(({ leaves }, goer) => (ended(arrives!, leaves!) ? [goer] : [])) }
    })
    // A host that holds too much already may keep it, but nothing may come before it is below its limit.
    const gains = held[host]! <= limit[host]! ? [worstGain(comers, goers)] : comers.map((_, comer) => worstGain(comers, goers, comer))
    const worst = held[host]! + Math.max(...gains)
    if (worst > limit[host]! + 1e-6) issues.push({ path: 'steps', message: `${ledger.pool.hosts[host]!.id} could hold ${worst} ${unit} of ${limit[host]!} when steps run beside each other` })
  }
}

/** No VM may be on a host that is off or going off. */
function checkPower(together: Together, host: number, stays: readonly Stay[]): void {
  const { ledger, steps, ended, power } = together
  const name = ledger.pool.hosts[host]!.id
  const list = power.get(host) ?? []
  for (const { arrives } of stays) {
    if (arrives === null || ledger.isOn[host] === 1) continue
    if (!list.some((number) => steps[number]!.kind === 'powerOn' && ended(arrives, number))) fault(together, arrives, `may begin before ${name} is on`)
  }
  for (const [position, off] of list.entries()) {
    if (steps[off]!.kind !== 'powerOff') continue
    const on = list[position + 1]
    for (const { vm, arrives, leaves } of stays) {
      const hasLeft = leaves !== null && ended(off, leaves)
      const comesLater = arrives !== null && on !== undefined && ended(arrives, on)
      if (!hasLeft && !comesLater) fault(together, off, `${ledger.pool.vms[vm]!.id} may still be on ${name}, or on its way there`)
    }
  }
}

/** The fewest hosts that can be on at any instant. */
function checkHostsOn({ ledger, steps, ended, issues }: Together, hostsOnMin: number): void {
  const isServing = (host: number): boolean => ledger.isOn[host] === 1 && ledger.pool.hostMode[host] === MODE.available
  const offs = steps.flatMap((step, number) => (step.kind === 'powerOff' ? [number] : []))
  if (offs.length === 0) return
  const serving = ledger.pool.hosts.filter((_, host) => isServing(host)).length
  if (serving - offs.length >= hostsOnMin) return
  const ons = steps.flatMap((step, number) => (step.kind === 'powerOn' ? [number] : []))
  const comers = offs.map((off): Comer => ({ amount: 1, after: ons.flatMap((on, goer) => (ended(off, on) ? [goer] : [])) }))
  const woken = ons.map(() => 1)
  // Where too few are on at the beginning, that is nobody's fault: but none may go off before enough are.
  const most = serving >= hostsOnMin ? worstGain(comers, woken) : Math.max(...comers.map((_, off) => worstGain(comers, woken, off)))
  if (serving - most < hostsOnMin) issues.push({ path: 'steps', message: `only ${serving - most} of at least ${hostsOnMin} hosts could be on when steps run beside each other` })
}
