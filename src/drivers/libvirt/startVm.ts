import type { Effect, Reply } from '../../execute/protocol/effects.ts'
import type { StartStep } from '../../model/plan.ts'
import { EFFECT_MS, LOOK_MS, type ManagedHost, type Reach } from './reach.ts'
import { notDone, replyOf } from './reply.ts'

/** Starts a VM on a host. Where only another host has its definition, that moves first: defined there, started, then taken away here. */
export async function startVm(reach: Reach, effect: Effect, { vm, target }: StartStep): Promise<Reply> {
  const to = reach.hosts.get(target)!
  const seen = await reach.lookAt(target)
  if (!seen.reachable) return notDone(effect.id, 'otherHost', `${target} does not answer`)
  const there = seen.vms.find((other) => other.vm === vm)
  if (there !== undefined) {
    if (there.state !== 'shutOff' && there.state !== 'saved') return notDone(effect.id, 'sameLater', `${vm} is ${there.state} on ${target}: nothing to start`)
    return start(reach, effect, to, there.uuid)
  }
  return bring(reach, effect, vm, to)
}

const start = async (reach: Reach, { id, deadlineUnixMs }: Effect, to: ManagedHost, uuid: string): Promise<Reply> =>
  replyOf(id, await reach.process.call(to.address, 'start', { uuid, notAfterUnixMs: deadlineUnixMs }, { timeoutMs: EFFECT_MS }))

async function bring(reach: Reach, effect: Effect, vm: StartStep['vm'], to: ManagedHost): Promise<Reply> {
  const { id, deadlineUnixMs } = effect
  const homes: { readonly host: ManagedHost; readonly uuid: string; readonly state: string }[] = []
  for (const host of reach.hosts.values()) {
    if (host.id === to.id) continue
    const seen = await reach.lookAt(host.id)
    // A host that is off runs nothing; its definitions are out of reach.
    if (!seen.reachable && seen.power === 'off') continue
    if (!seen.reachable) return notDone(id, 'sameLater', `${host.id} does not answer, ${vm} may run there: nothing was done`)
    const found = seen.vms.find((other) => other.vm === vm)
    if (found !== undefined) homes.push({ host, uuid: found.uuid, state: found.state })
  }
  const home = homes[0]
  if (home === undefined) return notDone(id, 'operator', `no host has a definition of ${vm}: define it first`)
  const other = homes.find(({ state }) => state !== 'shutOff')
  // A saved VM's memory does not move with its definition: it would be lost.
  if (other !== undefined) return notDone(id, 'operator', `${vm} is ${other.state} on ${other.host.id}: ${other.state === 'saved' ? 'it can only be started there' : 'it is not started twice'}`)
  const xml = await reach.process.call(home.host.address, 'xml', { uuid: home.uuid, inactive: true }, { timeoutMs: LOOK_MS })
  if (!xml.ok) return replyOf(id, xml)
  const defined = await reach.process.call(to.address, 'define', { xml: xml.value[0]!.xml, notAfterUnixMs: deadlineUnixMs }, { timeoutMs: EFFECT_MS })
  if (!defined.ok) return replyOf(id, defined)
  const started = await start(reach, effect, to, defined.value.uuid)
  // Two definitions of a stopped VM are a nuisance, none would be a loss.
  if (started.ok) for (const { host, uuid } of homes) await reach.process.call(host.address, 'undefine', { uuid, notAfterUnixMs: Date.now() + EFFECT_MS }, { timeoutMs: EFFECT_MS })
  return started
}
