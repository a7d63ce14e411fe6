import { allHosts, unknownHosts } from './sight.ts'
import { type Turning, alarm, append } from './turning.ts'

const FIRST_LOOK = 'no host has been looked at yet'

/** Says whether anything new may be done. Looking and settling go on in any case. */
export function checkHealth(turning: Turning): void {
  const { state } = turning
  checkIntents(turning)
  const why = whyObserving(turning)
  // Until the first look nobody need be told: it is on its way.
  if (why !== null && why !== FIRST_LOOK && (state.observing === null || state.observing === FIRST_LOOK)) alarm(turning, 'observeOnly', null, `nothing new is begun: ${why}`)
  state.observing = why
}

function whyObserving(turning: Turning): string | null {
  const { state, atMs } = turning
  if (state.journal === 'fenced') return 'another controller has taken over'
  if (state.current.halted !== null) return state.current.halted
  if (state.journal === 'down') return 'the journal takes no records'
  if (atMs >= state.leaseUntilMs) return 'the lease is over'
  if (state.views.size === 0 && atMs - state.resumedMs < turning.config.times.unknownAfterMs) return FIRST_LOOK
  const unknown = unknownHosts(turning).length
  const hosts = allHosts(turning).length
  return unknown * 2 > hosts ? `${unknown} of ${hosts} hosts are unknown` : null
}

/** One open intent per VM and per host: that it ever is otherwise is a fault of ours, after which only people may go on. */
function checkIntents(turning: Turning): void {
  const { state } = turning
  if (state.current.halted !== null || state.journal !== 'up' || state.current.open.size < 2) return
  const taken = new Set<string>()
  for (const { action } of state.current.open.values()) {
    if (action.kind === 'abort') continue
    const subject = action.kind === 'cordon' ? `host ${action.host}` : 'vm' in action.step ? `VM ${action.step.vm}` : `host ${action.step.host}`
    if (taken.has(subject)) return halt(turning, `two intents are open for ${subject}`)
    taken.add(subject)
  }
}

/** Stops everything new until a person clears it, also after a crash. */
export function halt(turning: Turning, why: string): void {
  if (turning.state.current.halted !== null) return
  if (turning.state.journal === 'up') append(turning, { kind: 'halt', body: { why } })
  alarm(turning, 'halted', null, `${why}: nothing is done until a person has looked and cleared it`)
}
