import type { Effect, Reply, SeenHost, SeenVm } from '../../execute/protocol/effects.ts'
import type { MigrateStep } from '../../model/plan.ts'
import { peerUriOf } from './address.ts'
import { meaningOf } from './errors.ts'
import { EFFECT_MS, LOOK_MS, type ManagedHost, type Reach, vmAt } from './reach.ts'
import type { Answer, MigrationEnd, MigrationProgress } from './messages.ts'
import { migrationLimitMs, migrationOptions } from './migrationOptions.ts'
import { notDone, replyOf } from './reply.ts'

/**
 * Migrates a running VM. What would be refused is found before the call: on Xen a refused migration leaves a false state behind,
 * and one of a VM that is off has been seen to end the target's daemon.
 */
export async function migrate(reach: Reach, effect: Effect, step: MigrateStep): Promise<Reply> {
  const there = await vmAt(reach, effect.id, step.vm, step.source)
  if ('id' in there) return there
  if (there.vm.state !== 'running' && there.vm.state !== 'paused') return notDone(effect.id, 'sameLater', `${step.vm} is ${there.vm.state} on ${step.source}: only what runs is migrated`)
  if (there.vm.hasJob) return notDone(effect.id, 'sameLater', `a job runs on ${step.vm} already: wait for its end`)
  const refused = targetRefusal(effect.id, step, there.vm, await reach.lookAt(step.target))
  if (refused !== null) return refused
  const first = await tryOnce(reach, effect, step, there.vm, false)
  return isStalled(first) && reach.migration.autoConverge && reach.hosts.get(step.source)!.address.driver === 'qemu' ? report(reach, effect, step, there.vm, await tryOnce(reach, effect, step, there.vm, true)) : report(reach, effect, step, there.vm, first)
}

/** Why the target can't have it, known without asking it to try. */
function targetRefusal(id: string, { vm, target }: MigrateStep, { uuid }: SeenVm, seen: SeenHost): Reply | null {
  if (!seen.reachable) return notDone(id, 'otherHost', `${target} does not answer`)
  if (seen.cordoned) return notDone(id, 'otherHost', `${target} is cordoned`)
  const taken = seen.vms.find((other) => other.vm === vm || other.uuid === uuid)
  if (taken === undefined) return null
  const isActive = taken.state !== 'shutOff' && taken.state !== 'saved'
  return notDone(id, isActive ? 'operator' : 'otherHost', `${target} has a VM of this name or UUID already, ${taken.state}: ${isActive ? 'look at both' : 'undefine it there if it is stale'}`)
}

interface Try {
  readonly beganUnixMs: number
  readonly durationMs: number
  readonly answer: Answer<MigrationEnd>
  readonly last: MigrationProgress | null
}

async function tryOnce(reach: Reach, { deadlineUnixMs }: Effect, step: MigrateStep, { uuid, memoryMib }: SeenVm, isSecondTry: boolean): Promise<Try> {
  const [source, target] = [reach.hosts.get(step.source)!, reach.hosts.get(step.target)!]
  const { stallMs, pollMs } = reach.migration
  const { flags, downtimeStepsMs, bandwidthMibPerS, canAbort } = migrationOptions(source.address.driver, reach.migration, isSecondTry)
  const limitMs = migrationLimitMs(reach.migration, memoryMib ?? 0)
  const beganUnixMs = Date.now()
  const began = performance.now()
  let last: MigrationProgress | null = null
  const answer = await reach.process.call(
    source.address, 'migrate',
    // A second try is part of the same step: its own deadline has passed the first.
    { uuid, targetUri: peerUriOf(target.peer), flags, bandwidthMibPerS, dataUri: null, downtimeStepsMs, stallMs, limitMs, pollMs, notAfterUnixMs: isSecondTry ? beganUnixMs + EFFECT_MS : deadlineUnixMs },
    {
      // Where it can be aborted that is done on the host's side first; where not it is waited for much longer.
      timeoutMs: canAbort ? limitMs + 2 * EFFECT_MS : 4 * limitMs,
      onProgress: (progress) => {
        last = progress
        reach.onProgress(step.vm, progress)
      },
    },
  )
  return { beganUnixMs, durationMs: answer.ok ? answer.value.durationMs : Math.round(performance.now() - began), answer, last }
}

const isStalled = ({ answer }: Try): boolean => !answer.ok && /abort: (no progress|time limit)/.test(answer.failure.text)

async function report(reach: Reach, effect: Effect, step: MigrateStep, { uuid, memoryMib }: SeenVm, { answer, beganUnixMs, durationMs, last }: Try): Promise<Reply> {
  const target = reach.hosts.get(step.target)!
  const stalled = isStalled({ answer, beganUnixMs, durationMs, last })
  const figures = answer.ok ? await completed(reach, target, uuid) : last
  reach.onMigration({
    effect: effect.id, vm: step.vm, source: step.source, target: step.target, beganUnixMs, durationMs, ok: answer.ok, stalled, failure: answer.ok ? null : meaningOf(answer.failure).name,
    memoryMib: figures?.memoryTotalMib ?? memoryMib ?? null, sentMib: figures?.memoryProcessedMib ?? null, downtimeMs: answer.ok ? (figures?.downtimeMs ?? null) : null, dirtyMibPerS: (last ?? figures)?.dirtyMibPerS ?? null,
    iterations: figures?.iteration ?? null, measures: answer.ok ? answer.value.measures : measuresIn(answer.failure.text),
  })
  // Too busy to be moved now: not a fault of the target.
  return stalled ? { ...replyOf(effect.id, answer), failure: { ...replyOf(effect.id, answer).failure!, class: 'vmPinned' } } : replyOf(effect.id, answer)
}

const measuresIn = (text: string): readonly string[] => /\(tried: (.*)\)$/.exec(text)?.[1]?.split(', ') ?? []

/** KVM keeps the figures of the last migration where the VM has arrived. */
async function completed(reach: Reach, target: ManagedHost, uuid: string): Promise<MigrationProgress | null> {
  if (target.address.driver !== 'qemu') return null
  const told = await reach.process.call(target.address, 'completedJob', { uuid }, { timeoutMs: LOOK_MS })
  return told.ok ? told.value : null
}
