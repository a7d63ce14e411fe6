import type { HostId } from '../../model/ids.ts'
import { hasOpenHostIntent } from './preconditions.ts'
import { isLeaseEnough } from './settle.ts'
import { type Turning, openIntent, wakeBy } from './turning.ts'

/**
 * Makes hosts carry the cordons that are wanted: those of maintenance, and of hosts on their way off. Whatever took a flag away
 * (a reboot, a person) or left one behind (a crash), the next look shows it. Cordons of people are not ours to lift.
 */
export function reconcileCordons(turning: Turning): void {
  const { state, atMs } = turning
  if (state.observing !== null || !isLeaseEnough(turning)) return
  for (const { id: host } of turning.config.hosts) {
    const seen = state.views.get(host)
    if (seen === undefined || !seen.reachable || state.skewed.has(host) || hasOpenHostIntent(turning, host)) continue
    const why = whyCordoned(turning, host)
    const isRight = why === null ? !state.current.cordons.has(host) : seen.cordoned
    if (isRight) continue
    const retryMs = state.cordonRetryMs.get(host) ?? 0
    if (atMs < retryMs) wakeBy(turning, retryMs)
    else openIntent(turning, { kind: 'cordon', host, cordoned: why !== null }, { plan: null, poolRevision: null, why: why ?? 'noLongerWanted', precondition: `at ${seen.seenUnixMs} it was ${seen.cordoned ? '' : 'not '}cordoned` })
  }
}

function whyCordoned({ state }: Turning, host: HostId): string | null {
  if (state.current.modes.has(host)) return 'maintenance'
  return state.jobs.some(({ step }) => step.kind === 'powerOff' && step.host === host) ? 'powerOff' : null
}
