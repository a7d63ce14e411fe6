/**
 * "Why was VM x moved to h3, and not to h2?" Needs, beside the plan: the pool and index that it was made on, the limits, and
 * where there is one the problem whose answer it is (else hosts are compared by utilization only).
 *   whyNot(question, vm, host)   code, sentence, scores by term, what would have to change; refuses names that are not there
 *   whyNotText(answer)           the same as text
 */
import type { HostId, VmId } from '../model/ids.ts'
import type { LoadView } from '../model/loadView.ts'
import type { Plan } from '../model/plan.ts'
import { findHost, findVm, type PoolIndex } from '../model/poolIndex.ts'
import { NOWHERE, VM, copyPool, cpuForVmsMhz, memoryForVmsMib, type Pool } from '../model/pool.ts'
import { type Reason, type Refusal, type Result, done, reason, refuse } from '../model/result.ts'
import { grouped, percent } from '../model/text.ts'
import { type TransitionLimits, begin, finish, refusalToHost } from '../model/transition.ts'
import { scoreText } from './termWords.ts'
import { type Bar, type PlacementModel, type Verdict, compareBins } from './compareBins.ts'

export type { PlacementModel } from './compareBins.ts'

export interface Question {
  readonly pool: Pool
  readonly index: PoolIndex
  readonly plan: Plan
  readonly limits: TransitionLimits
  readonly load: LoadView | null
  readonly model: PlacementModel | null
}

/** A figure of both hosts; less is better where it is a cost. */
export interface ScoreLine {
  readonly name: string
  readonly chosen: number
  readonly asked: number
}

export interface WhyNot {
  readonly vm: VmId
  readonly asked: HostId
  /** Where the plan has the VM in the end; null: nowhere. */
  readonly chosen: HostId | null
  readonly reason: Reason
  readonly scores: readonly ScoreLine[]
  /** What would have to change for the asked host to be chosen. */
  readonly change: readonly string[]
}

/** Why the plan has the VM where it has it, and not on the host asked for. */
export function whyNot(question: Question, vmId: VmId, hostId: HostId): Result<WhyNot> {
  const { pool, index, plan } = question
  const vm = findVm(index, vmId)
  const asked = findHost(index, hostId)
  if (vm === NOWHERE) return refuse('unknownVm', `${vmId} is not in the pool that the plan was made on: name one of its VMs`)
  if (asked === NOWHERE) return refuse('unknownHost', `${hostId} is not in the pool that the plan was made on: name one of its hosts`)
  const last = plan.steps.findLastIndex((step) => 'vm' in step && step.vm === vmId)
  const then = poolBefore(question, last < 0 ? plan.steps.length : last)
  const final = poolBefore(question, plan.steps.length)
  const chosen = final.vmHost[vm]!
  const answer = (why: Reason, change: readonly string[], scores: readonly ScoreLine[] = []): Result<WhyNot> =>
    done({ vm: vmId, asked: hostId, chosen: chosen === NOWHERE ? null : pool.hosts[chosen]!.id, reason: why, scores, change })
  if (chosen === asked) return answer(reason('sameHost', `the plan has ${vmId} on ${hostId}`), [])
  const first = plan.steps.find((step) => 'vm' in step && step.vm === vmId)
  if (first && 'source' in first && first.source === hostId) return answer(reason(first.reason.code, `the plan takes ${vmId} away from ${hostId}: ${first.reason.text}`, first.reason.numbers), [])
  const refusal = refusalOf(question, then, vm, asked)
  if (refusal) return answer(refusedReason(question, refusal, then, final, vm, asked), changeFor(refusal, then, vm, asked))
  return chosen === NOWHERE ? answer(reason('noPlace', `${vmId} has no place in the plan, though ${hostId} would take it now: plan again`), []) : compared(question, then, vm, chosen, asked, answer)
}

type Answer = (why: Reason, change: readonly string[], scores?: readonly ScoreLine[]) => Result<WhyNot>

/** The pool when the first `count` steps have ended, one after another. */
function poolBefore({ pool, index, plan, limits }: Question, count: number): Pool {
  const draft = copyPool(pool)
  const unlimited = { ...limits, hostIncomingMax: null, hostOutgoingMax: null, poolMigrationsMax: null, poolBootsMax: null }
  for (const step of plan.steps.slice(0, count)) {
    const begun = begin(draft, index, step, unlimited)
    if (begun.ok) finish(draft, begun.value)
  }
  return draft
}

function refusalOf({ limits }: Question, then: Pool, vm: number, asked: number): Refusal | null {
  const { id, movable } = then.vms[vm]!
  if (then.vmHost[vm] !== NOWHERE && !movable) return { code: 'vmNotMovable', message: `${id} may not be migrated` }
  if (then.vmState[vm] === VM.migrating) return { code: 'vmNotRunning', message: `${id} is being migrated already` }
  if (then.vmHost[vm] === asked) return null
  return refusalToHost(then, vm, asked, limits)?.refusal ?? null
}

function refusedReason({ limits }: Question, { code, message }: Refusal, then: Pool, final: Pool, vm: number, asked: number): Reason {
  const later = code === 'noMemory' && refusalToHost(final, vm, asked, limits) === null ? ' at that point of the plan; it would have room only after the whole plan' : ''
  const freeMib = memoryForVmsMib(then.hosts[asked]!) - then.hostMemoryMib[asked]!
  return reason(code, `${message}${later}`, code === 'noMemory' ? { freeMib, neededMib: then.vms[vm]!.memoryMib } : {})
}

/** What would let the host take the VM. */
function changeFor({ code }: Refusal, then: Pool, vm: number, asked: number): string[] {
  const host = then.hosts[asked]!
  const { id, memoryMib } = then.vms[vm]!
  switch (code) {
    case 'noMemory': {
      const missingMib = memoryMib - (memoryForVmsMib(host) - then.hostMemoryMib[asked]!)
      const enough = then.vms.flatMap((other, slot) => (then.vmState[slot] !== VM.gone && then.vmHost[slot] === asked && other.movable && other.memoryMib >= missingMib ? [other] : []))
      const least = enough.reduce<(typeof enough)[number] | null>((best, other) => (best === null || other.memoryMib < best.memoryMib ? other : best), null)
      return [`${host.id} needs ${missingMib} MiB more free memory${least ? `, say without ${least.id} (${least.memoryMib} MiB)` : '; no single VM that leaves it frees as much'}`]
    }
    case 'rule':
      return [`the rule would have to be changed or made soft, or the VMs it speaks of placed otherwise first`]
    case 'hostNotOn':
      return [`${host.id} would have to be powered on first`]
    case 'hostInMaintenance':
      return [`${host.id} would have to leave maintenance`]
    case 'hostUnreachable':
      return [`${host.id} would have to answer again`]
    case 'vmNotMovable':
      return [`${id} would have to be marked movable, and have nothing that ties it to its host`]
    default:
      return []
  }
}

/** Both hosts could take it: what speaks for the one that was chosen. */
function compared(question: Question, then: Pool, vm: number, chosen: number, asked: number, answer: Answer): Result<WhyNot> {
  const { id } = then.vms[vm]!
  const [better, other] = [then.hosts[chosen]!.id, then.hosts[asked]!.id]
  const figures = utilizations(question, then, vm, chosen, asked)
  const verdict = question.model && compareBins(question.model, vm, chosen, asked)
  if (!verdict) return answer(reason('notChosen', `${other} would take ${id} as well; nothing forbids it${figures.text}`), [], figures.lines)
  const scores = [...verdict.lines, ...figures.lines]
  if (verdict.hardMore > 0) return barred(verdict, id, better, other, figures.text, scores, answer)
  const valueMore = verdict.valueMore
  if (valueMore < 0) return answer(reason('betterScore', `${other} would have been better by ${figure(-valueMore)}: the search did not find it, and the plan is not proven best`, { valueMore }), [], scores)
  if (valueMore === 0) return answer(reason('equalScore', `${other} is exactly as good as ${better}; equals are settled by the order of hosts`, { valueMore }), [`anything that makes ${better} worse`], scores)
  const most = verdict.lines.reduce((a, b) => (b.asked - b.chosen > a.asked - a.chosen ? b : a))
  return answer(reason('worseScore', `${other} costs ${figure(valueMore)} more than ${better}, most of it in ${most.name} (${scoreText(most.name, most.asked)} against ${scoreText(most.name, most.chosen)})${figures.text}`, { valueMore }), verdict.change.map((text) => `${other} would win ${text}`), scores)
}

/** The asked host would break a limit that the chosen one keeps: which, by how much, and what would lift it. */
function barred({ barred: bars, hardMore }: Verdict, id: string, better: string, other: string, figures: string, scores: readonly ScoreLine[], answer: Answer): Result<WhyNot> {
  const bar = bars[0]
  if (bar?.kind === 'notAsked') return answer(reason('notAsked', `no goal asks ${id} to move: plans look at VMs that wait for a place, and at those whose host is to be left, relieved or emptied${figures}`, { hardMore }), [`a goal would have to ask for it: ${better} above its mark, in maintenance or to be emptied, or even loads asked for`], scores)
  const texts = bars.map((one) => barText(one, id, other))
  const change = bars.map((one) => barChange(one, id, other))
  return answer(reason('hardLimit', `${texts.length === 0 ? `with ${id} on ${other} a hard limit of the placement would be broken` : texts.join('; ')}${figures}`, { hardMore, ...fullNumbers(bars) }), change, scores)
}

function barText(bar: Bar, id: string, other: string): string {
  switch (bar.kind) {
    case 'notAsked':
      return `${id} is not to be moved`
    case 'takesNothing':
      return `${other} takes nothing in this plan: it is to be relieved, emptied or left, or is full already`
    case 'notAllowed':
      return `${id} may not be on ${other}, by a rule or by what it needs`
    case 'rule':
      return `rule ${bar.name} would be broken`
    case 'full':
      return `in the end ${other} would carry ${grouped(bar.load)} ${bar.dimension}, and is filled to ${grouped(bar.limit)} at most`
  }
}

function barChange(bar: Bar, id: string, other: string): string {
  switch (bar.kind) {
    case 'notAsked':
      return `a goal would have to ask for ${id} to move`
    case 'takesNothing':
      return `${other} would have to be below its marks, and to be kept in use`
    case 'notAllowed':
      return 'the rule, or what the VM needs of a host, would have to be changed'
    case 'rule':
      return `rule ${bar.name} would have to be changed or made soft, or the VMs it speaks of placed otherwise`
    case 'full':
      return `${other} needs ${grouped(bar.load - bar.limit)} ${bar.dimension} less on it, or a higher limit in the policy`
  }
}

const fullNumbers = (bars: readonly Bar[]): Record<string, number> => {
  const full = bars.find((bar) => bar.kind === 'full')
  return full?.kind === 'full' ? { load: full.load, limit: full.limit } : {}
}

/** CPU and memory of both hosts with the VM on them, at that point of the plan. */
function utilizations({ load, pool }: Question, then: Pool, vm: number, chosen: number, asked: number): { readonly text: string; readonly lines: ScoreLine[] } {
  const isOn = (host: number): number => (then.vmHost[vm] === host ? 0 : 1)
  const memory = (host: number): number => (then.hostMemoryMib[host]! + isOn(host) * then.vms[vm]!.memoryMib) / memoryForVmsMib(pool.hosts[host]!)
  const lines: ScoreLine[] = [{ name: 'memory utilization with it', chosen: memory(chosen), asked: memory(asked) }]
  if (load) {
    const cpuMhz = new Float64Array(pool.hosts.length)
    for (let slot = 0; slot < then.vms.length; slot++) if (then.vmHost[slot] !== NOWHERE && then.vmState[slot] !== VM.gone) cpuMhz[then.vmHost[slot]!]! += load.vmShortMhz[slot]!
    const cpu = (host: number): number => (cpuMhz[host]! + isOn(host) * load.vmShortMhz[vm]!) / cpuForVmsMhz(pool.hosts[host]!)
    lines.unshift({ name: 'CPU utilization with it', chosen: cpu(chosen), asked: cpu(asked) })
  }
  const text = lines.map(({ name, chosen: one, asked: other }) => `${name.split(' ')[0]!} ${percent(one)} on ${pool.hosts[chosen]!.id}, ${percent(other)} on ${pool.hosts[asked]!.id}`).join('; ')
  return { text: ` (with it: ${text})`, lines }
}

/** The answer as lines for people. */
export function whyNotText({ vm, asked, chosen, reason: why, scores, change }: WhyNot): string {
  const where = chosen === null ? `${vm} gets no place` : `${vm} is on ${chosen} in this plan`
  const lines = [`${where}, not on ${asked}: ${why.text}. [${why.code}]`]
  for (const { name, chosen: one, asked: other } of scores) lines.push(`  ${name}: ${shown(name, one)} on ${chosen ?? '-'}, ${shown(name, other)} on ${asked}`)
  for (const text of change) lines.push(`  To change that: ${text}.`)
  return `${lines.join('\n')}\n`
}

const shown = (name: string, value: number): string => (name.includes('utilization with it') ? percent(value) : scoreText(name, value))
const figure = (value: number): string => grouped(Number(value.toPrecision(4)))
