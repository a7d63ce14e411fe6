import { build } from 'esbuild'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { runPlan, runSeed } from '../../sim/faults/run.ts'

/** One text replaced in one file of the protocol; it stands there exactly once. */
export interface Edit {
  readonly file: string
  readonly find: string
  readonly replace: string
}

/** A deliberate bug of the protocol, or several at once, or a defence of the hosts taken away, or both. */
export interface PlantedBug {
  readonly name: string
  readonly edits: readonly Edit[]
  readonly without?: readonly ('guard' | 'hook' | 'deadline' | 'once')[]
  /** Where to begin, for bugs that few seeds find. */
  readonly from?: number
}

const in_ = (file: string) => (find: string, replace: string): Edit => ({ file: `src/execute/protocol/${file}.ts`, find, replace })
const settle = in_('settle')
const verdict = in_('verdict')
const preconditions = in_('preconditions')
const jobs = in_('jobs')
const advance = in_('advance')
const sight = in_('sight')
const cordons = in_('cordons')
const health = in_('health')
const ledger = in_('ledger')
const trouble = in_('trouble')

const blindToEmptiness = jobs("if (!isEmpty(seen) && !arriving) return", 'if (seen.vms.length > 99) return')
const oneEmptyLook = jobs('if (job.emptySinceMs === null) {', 'if (job.emptySinceMs === -1) {')
const noCordonFirst = jobs('if (arriving || !seen.cordoned || isChanging) return', 'if (isChanging && atMs < 0) return')
const unreachableIsEmpty = [
  sight("seen.reachable || seen.power === 'off'", 'seen.reachable !== null'),
  sight('seen.reachable && seen.incoming === 0', 'seen.incoming === 0'),
  preconditions("if (!seen.reachable) return no('hostUnreachable', `${seen.host} does not answer: nothing is begun there`)", ''),
  jobs('if (arriving || !seen.cordoned || isChanging) return', 'if (arriving || (seen.reachable && !seen.cordoned) || isChanging) return'),
]

export const PLANTED_BUGS: readonly PlantedBug[] = [
  { name: 'an effect is begun before its intent is durable', edits: [in_('turning')("  const restMs = deadlineUnixMs + config", "  turning.outputs.push({ kind: 'perform', effect: { id, deadlineUnixMs, action } })\n  const restMs = deadlineUnixMs + config")] },
  { name: 'intents of a crashed process are begun again', edits: [advance("if (action.kind === 'step') adopted.push(", "turning.outputs.push({ kind: 'perform', effect: { id, deadlineUnixMs: at.atMs + config.times.commandMs, action } })\n    if (action.kind === 'step') adopted.push(")] },
  { name: 'a lost reply means that nothing happened', edits: [settle('if (turning.atMs < watch.lookSinceMs)', "if (watch.reply?.failure?.class === 'unknown') return close(turning, intent, watch, { kind: 'settled', settled: 'notDone', class: 'sameLater', seen: 'no reply' })\n  if (turning.atMs < watch.lookSinceMs)")] },
  { name: 'settling does not outwait the deadline', edits: [in_('turning')('const restMs = deadlineUnixMs + config.times.marginMs', 'const restMs = atMs')] },
  { name: 'a successor does not wait for the commands of a crashed process, which may outlive its lease', edits: [advance('const restMs = at.atMs + config.times.commandMs + config.times.marginMs', 'const restMs = at.atMs'), in_('turning')('Math.min(atMs + config.times.commandMs, state.leaseUntilMs)', 'atMs + 4 * config.times.commandMs')] },
  { name: 'a running migration is settled as not begun', edits: [verdict('if (isCopying && !arrived) return RUNNING', '')] },
  { name: 'a refusal of a second delivery ends the first', edits: [verdict('stays && left.hasJob && (copy !== null || !isRefusedByCall(called.reply))', 'stays && left.hasJob && !isRefusedByCall(called.reply)')], from: 7120 },
  { name: 'the lease is not asked when an effect is begun', edits: [advance('const mayStill = atMs < deadlineUnixMs && atMs < state.leaseUntilMs && state.observing === null', 'const mayStill = true')], from: 1350 },
  { name: 'two steps of one VM may be open', edits: [preconditions("function placeLeave(turning: Turning, vm: VmId, from: SeenHost): Leave {\n  if (hasOpenVmIntent(turning, vm)) return wait('vmBusy', `a step of ${vm} is not settled: wait`)", 'function placeLeave(turning: Turning, vm: VmId, from: SeenHost): Leave {'), advance('if (state.jobs.some(({ step: other }) => sameSubject(step, other))) return', 'if (state.jobs.length > 99) return'), health("if (state.current.halted !== null || state.journal !== 'up'", "if (state.journal === 'up' || state.current.halted !== null")] },
  { name: 'VMs go to hosts in maintenance', edits: [preconditions("if (state.current.modes.has(host)) return no('hostInMaintenance', `${host} is in maintenance: pick another host`)", '')], without: ['hook'] },
  { name: 'cordons are not looked at, and not enforced', edits: [preconditions('if (seen.cordoned) return', 'if (seen.cordoned && atHand(seen)) return'), preconditions('/** What must hold of a host that a VM is to come to. */', 'const atHand = (seen: SeenHost): boolean => seen.incoming < 0\n')], without: ['hook'] },
  { name: 'a cordon is not put back after it was lifted', edits: [cordons("const isRight = why === null ? !state.current.cordons.has(host) : seen.cordoned", "const isRight = why === null ? !state.current.cordons.has(host) : state.current.cordons.has(host)")] },
  { name: 'cordons of power-offs that failed stay', edits: [cordons('if (isRight) continue', 'if (isRight || why === null) continue')] },
  { name: 'unknown hosts do not freeze power-off', edits: [preconditions('if (blind.length > 0) return no', 'if (blind.length > 99) return no')] },
  { name: 'too few hosts stay on', edits: [preconditions('if (staying < onMin) return no', 'if (staying < onMin - 1) return no')] },
  { name: 'several hosts go off at once', edits: [preconditions("if (openSteps(turning).some(({ kind }) => kind === 'powerOff')) return wait", "if (openSteps(turning).length > 99) return wait"), preconditions("&& !isLeaving(turning, other.host)", '')] },
  { name: 'hosts go off that were never woken', edits: [preconditions('if (!isDrill && (trouble.wakeProvenMs === null ||', 'if (!isDrill && (trouble.wakeProvenMs !== null &&')] },
  { name: 'a failed wake still counts as proof', edits: [ledger("wakeProvenMs: outcome.settled === 'done' ? atMs : null", 'wakeProvenMs: atMs')] },
  { name: 'old looks are acted on', edits: [jobs('atMs - seenUnixMs > config.times.lookFreshMs', 'atMs - seenUnixMs > 1e9')] },
  { name: 'a failed migration is tried again at once', edits: [trouble('atMs + Math.min(times.retryMaxMs, times.retryMs * 2 ** (failures - 1))', 'atMs')] },
  { name: 'migrations of others and of old intents are not counted', edits: [preconditions("if (jobsOn(turning, from, 'source') >= config.limits.hostOutgoingMax)", 'if (openSteps(turning).length > 99)'), preconditions("if (jobsOn(turning, to, 'target') >= config.limits.hostIncomingMax)", 'if (openSteps(turning).length > 99)')] },
  { name: 'memory on its way to a host is not counted', edits: [preconditions('if (there === null || !isHeld(there)) heldMib +=', 'if (there === null || !isHeld(there)) heldMib += 0 *'), preconditions('others.length, end ===', 'others.length * 0, end ===')] },
  { name: 'a VM is started where it may run elsewhere', edits: [preconditions('if (blind !== undefined) return no', 'if (blind === null) return no'), preconditions('if (running !== undefined) return no', 'if (running === null) return no')] },
  { name: 'a double is free again when one of its hosts is silent', edits: [sight('!doubles.has(vm) && before.hosts.some(', '!doubles.has(vm) && before.sinceMs < 0 && before.hosts.some(')] },
  { name: 'clocks may differ', edits: [sight('> turning.config.times.skewMaxMs', '> 1e12')] },
  { name: 'the hosts check no deadlines', edits: [], without: ['deadline'] },
  { name: 'the hosts carry out what comes twice', edits: [], without: ['once'] },
  { name: 'no guard, and no look whether the host is empty', edits: [blindToEmptiness, oneEmptyLook], without: ['guard'] },
  { name: 'no guard, no hook, one empty look, no cordon first', edits: [oneEmptyLook, noCordonFirst], without: ['guard', 'hook'] },
  { name: 'unreachable is empty, and no guard', edits: unreachableIsEmpty, without: ['guard'] },
]

interface FaultMachine {
  readonly runSeed: typeof runSeed
  readonly runPlan: typeof runPlan
}

/** The fault machine with a bug in it; nothing in the tree is changed. Throws when a text is not in its file exactly once. */
export async function plant(edits: readonly Edit[]): Promise<FaultMachine> {
  const folder = await mkdtemp(join(tmpdir(), 'plimsoll-planted-'))
  try {
    const outfile = join(folder, 'machine.mjs')
    await build({
      entryPoints: ['sim/faults/run.ts'], bundle: true, platform: 'node', format: 'esm', target: 'node20', outfile, logLevel: 'silent',
      plugins: [{ name: 'planted', setup: (setup) => { setup.onLoad({ filter: /protocol\/\w+\.ts$/ }, async ({ path }) => ({ contents: edited(path, await readFile(path, 'utf8'), edits), loader: 'ts' })) } }],
    })
    return (await import(/* @vite-ignore */ pathToFileURL(outfile).href)) as FaultMachine
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function edited(path: string, text: string, edits: readonly Edit[]): string {
  return edits.filter(({ file }) => resolve(file) === path).reduce((before, { file, find, replace }) => {
    if (before.split(find).length !== 2) throw new Error(`${file} does not hold "${find}" exactly once: bring the bug up to date`)
    return before.replace(find, () => replace)
  }, text)
}
