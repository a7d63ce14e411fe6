import type { StepId } from '../model/ids.ts'
import type { Step } from '../model/plan.ts'
import { type PoolIndex, findHost, findVm } from '../model/poolIndex.ts'
import { NOWHERE, POWER, VM, type Pool } from '../model/pool.ts'

/** Whether the pool already is as it would be after the step, whoever has made it so. */
export function showsDone(pool: Pool, index: PoolIndex, step: Step): boolean {
  if ('host' in step) {
    const host = findHost(index, step.host)
    return host !== NOWHERE && pool.hostPower[host] === (step.kind === 'powerOn' ? POWER.on : POWER.off) && (step.kind === 'powerOff' || pool.hostReachable[host] === 1)
  }
  const vm = findVm(index, step.vm)
  if (vm === NOWHERE) return false
  switch (step.kind) {
    case 'migrate':
    case 'startVm':
    case 'resumeVm':
      return pool.vmState[vm] === VM.running && pool.vmHost[vm] === findHost(index, step.target)
    case 'shutdownVm':
      return pool.vmState[vm] === VM.stopped
    case 'suspendVm':
      return pool.vmState[vm] === VM.suspended
  }
}

/** What is left of a plan whose other steps are done, as a plan of its own: nothing waits for what has ended. */
export function stepsLeft(steps: readonly Step[], done: ReadonlySet<StepId>): readonly Step[] {
  return steps.filter(({ id }) => !done.has(id)).map((step) => ({ ...step, after: step.after.filter((id) => !done.has(id)) }))
}
