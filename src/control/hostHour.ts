import type { HostId } from '../model/ids.ts'
import type { Step } from '../model/plan.ts'
import { isOptional } from './hold.ts'

/** What hosts have left of their hour's optional migrations, while steps are started one after another. */
export interface HostHour {
  /** Whether a step must wait because a host of it has had its number. One that needn't is counted. */
  readonly isSpent: (step: Step) => boolean
}

/** `lately`: optional migrations begun within the last hour. */
export function hostHourOf(most: number | null, lately: readonly { readonly source: HostId; readonly target: HostId }[]): HostHour {
  if (most === null) return { isSpent: () => false }
  const begun = new Map<HostId, number>()
  const add = ({ source, target }: { readonly source: HostId; readonly target: HostId }): void => {
    for (const host of [source, target]) begun.set(host, (begun.get(host) ?? 0) + 1)
  }
  lately.forEach(add)
  return {
    isSpent: (step) => {
      if (step.kind !== 'migrate' || !isOptional(step)) return false
      if ([step.source, step.target].some((host) => (begun.get(host) ?? 0) >= most)) return true
      // One that the pool then refuses counts for this instant only: too careful, never too bold.
      add(step)
      return false
    },
  }
}
