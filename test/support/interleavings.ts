import type { Step } from '../../src/model/plan.ts'

/** What an oracle needs of a pool: names and sizes, by name. */
export interface PlainPool {
  readonly limitOf: Readonly<Record<string, number>>
  readonly vms: Readonly<Record<string, { readonly on: string | null; readonly size: number }>>
}

/** A reachable state: which steps wait, run (their VM is on both hosts) or have ended, by step. */
export type Stages = readonly ('waits' | 'runs' | 'ended')[]

/** Every state that steps can be in when each may begin once all in its `after` have ended, and takes as long as it likes. Exhaustive: for a few steps only. */
export function reachable(steps: readonly Step[]): Stages[] {
  const start: Stages = steps.map(() => 'waits')
  const seen = new Set([start.join()])
  const states = [start]
  const numberOf = new Map(steps.map(({ id }, number) => [id as string, number]))
  for (const state of states) {
    steps.forEach((step, number) => {
      const mayBegin = state[number] === 'waits' && step.after.every((id) => !numberOf.has(id) || state[numberOf.get(id)!] === 'ended')
      if (!mayBegin && state[number] !== 'runs') return
      const next = state.map((stage, other) => (other !== number ? stage : mayBegin ? 'runs' : 'ended')) as Stages
      if (seen.has(next.join())) return
      seen.add(next.join())
      states.push(next)
    })
  }
  return states
}

/** Hosts that each VM stands on in a state, in any order. */
export function placesIn({ vms }: PlainPool, steps: readonly Step[], state: Stages): Map<string, Set<string>> {
  const places = new Map(Object.entries(vms).map(([name, { on }]) => [name, new Set(on === null ? [] : [on])]))
  steps.forEach((step, number) => {
    if (!('vm' in step)) return
    const place = places.get(step.vm)!
    if (state[number] !== 'waits' && 'target' in step) place.add(step.target)
    if (state[number] === 'ended' && 'source' in step) place.delete(step.source)
  })
  return places
}

/** Hosts that hold more than their limit though something has come to them in this plan. */
export function overfullIn(pool: PlainPool, steps: readonly Step[], state: Stages): string[] {
  const places = placesIn(pool, steps, state)
  return Object.keys(pool.limitOf).filter((host) => {
    const held = [...places].reduce((sum, [vm, hosts]) => sum + (hosts.has(host) ? pool.vms[vm]!.size : 0), 0)
    return held > pool.limitOf[host]! && steps.some((step, number) => 'target' in step && step.target === host && state[number] !== 'waits')
  })
}
