import { heldLoad, planOnce } from '../control/planOnce.ts'
import type { HostId } from '../model/ids.ts'
import type { Plan } from '../model/plan.ts'
import { MODE, copyPool, type MaintenanceMethod, type Pool } from '../model/pool.ts'
import { indexPool } from '../model/poolIndex.ts'
import type { PolicySettings } from '../model/policy.ts'
import { poolBudgets } from '../model/poolBudgets.ts'
import { reason } from '../model/result.ts'
import { duration } from '../model/text.ts'
import { type Blocker, hostsAwayMax, maintenanceBlockers } from '../policy/goals/maintenanceBlockers.ts'
import { planCampaign } from '../plan/campaign.ts'
import type { ExitCode } from './exitCode.ts'
import { bad, type CommonOptions } from './options.ts'
import { readPool, type PoolFile } from './poolFile.ts'
import { policyFrom } from './policyOption.ts'
import { solverFor } from './solver.ts'
import type { Terminal } from './terminal.ts'

export interface MaintenanceCheckOptions extends CommonOptions {
  readonly policy?: string
  readonly method?: string
  readonly set: readonly string[]
}

const METHODS: readonly MaintenanceMethod[] = ['migrate', 'shutdown', 'suspend', 'leave']

/** `maintenance check SNAPSHOT HOST`: whether the host can be emptied, what keeps it, and how long it takes. Nothing is done. Exit code 1 when something keeps it. */
export async function maintenanceCheckCommand(given: string, name: string, options: MaintenanceCheckOptions, terminal: Terminal): Promise<ExitCode> {
  const file = readPool(given)
  const host = hostNamed(file.pool, name)
  const policy = policyFor(file, options)
  const pool = copyPool(file.pool)
  // Others that are on their way into maintenance have their own plans; they take nothing in this one.
  pool.hostMode.forEach((mode, other) => { if (mode === MODE.entering) pool.hostMode[other] = MODE.maintenance })
  pool.hostMode[host] = MODE.entering
  const plan = planOnce({ pool, vmCpuMhz: file.used.vmCpuMhz, unixMs: file.unixMs }, onlyMaintenance(policy), await solverFor(pool.hosts.length), { nodesMax: policy.optimizer.nodesMax, seed: 1 }, () => false).plan
  const blockers = withPlan(maintenanceBlockers(file.pool, host, (vm) => file.pool.vms[vm]!.onMaintenance ?? policy.maintenance.method), plan, file.pool)
  const ok = blockers.length === 0
  if (options.json) terminal.out(`${JSON.stringify({ ok, host: name, blockers, estimate: plan.estimate, plan })}\n`)
  else terminal.out(textOf(name, blockers, plan))
  return ok ? 0 : 1
}

function hostNamed(pool: Pool, name: string): number {
  const host = pool.hosts.findIndex(({ id }) => id === name)
  if (host < 0) throw bad(name, `is no host of the snapshot: it has ${pool.hosts.slice(0, 8).map(({ id }) => id).join(', ')}${pool.hosts.length > 8 ? ' ...' : ''}`)
  return host
}

function policyFor(file: PoolFile, { policy: given, method, set }: MaintenanceCheckOptions): PolicySettings {
  const policy = policyFrom(given ?? 'none', set, file.unixMs)
  if (method === undefined) return policy
  if (!METHODS.includes(method as MaintenanceMethod)) throw bad('--method', `is ${JSON.stringify(method)}, expected ${METHODS.join(', ')}`)
  return { ...policy, maintenance: { ...policy.maintenance, method: method as MaintenanceMethod } }
}

/** The same limits and room for failures, but no goal that would do something else beside. */
const onlyMaintenance = (policy: PolicySettings): PolicySettings => ({
  ...policy, evenDistribution: { ...policy.evenDistribution, enabled: false }, powerSave: { ...policy.powerSave, enabled: false }, placement: { ...policy.placement, enabled: false },
})

/** What the plan could not do is a blocker too, unless it is told of that VM already. */
function withPlan(found: readonly Blocker[], { unmet }: Plan, { vms }: Pool): Blocker[] {
  const told = new Set(found.map(({ vm }) => vm))
  return [...found, ...unmet.flatMap(({ code, text }): Blocker[] => {
    const vm = vms.find(({ id }) => text.startsWith(`${id} `))?.id ?? null
    return vm !== null && told.has(vm) ? [] : [{ code, text, fix: 'free memory on other hosts or wake one, keep room for fewer failures, or shut the VM down', vm }]
  })]
}

function textOf(host: string, blockers: readonly Blocker[], { steps, estimate }: Plan): string {
  const how = `${steps.filter(({ kind }) => kind === 'migrate').length} VMs are migrated, ${steps.filter(({ kind }) => kind === 'shutdownVm' || kind === 'suspendVm').length} stopped, in about ${duration(Math.round(estimate.makespanMs / 1000) * 1000)}`
  if (blockers.length === 0) return `${host} can be emptied: ${how}.\n`
  return [`${host} can't be emptied: ${blockers.length} ${blockers.length === 1 ? 'thing keeps' : 'things keep'} it.`, ...blockers.map(({ text, fix }) => `  ${text}: ${fix}`), `Of the rest, ${how}.`, ''].join('\n')
}

export interface RollingOptions extends CommonOptions {
  readonly policy?: string
  readonly host: readonly string[]
  readonly set: readonly string[]
}

/** `maintenance rolling SNAPSHOT`: a plan that empties, restarts and refills hosts a few at a time, room for failures kept. Exit code 1 when some host can't be done. */
export function rollingCommand(given: string, options: RollingOptions, terminal: Terminal): ExitCode {
  const file = readPool(given)
  const { pool } = file
  const policy = policyFrom(options.policy ?? 'none', options.set, file.unixMs)
  const hosts = options.host.length > 0 ? options.host.map((name) => hostNamed(pool, name)) : pool.hosts.flatMap((_, host) => (pool.hostMode[host] === MODE.available ? [host] : []))
  const { hostIncomingMax, hostOutgoingMax } = policy.budgets
  const { poolMigrationsMax, bootsAtOnceMax } = poolBudgets(policy, pool.hosts.length)
  const away = hostsAwayMax(pool, policy.availability.hostFailures, policy.maintenance.hostsAtOnceMax)
  const plan = planCampaign(pool, indexPool(pool), hosts, {
    limits: { memoryEnforced: true, hostIncomingMax, hostOutgoingMax, poolMigrationsMax, poolBootsMax: bootsAtOnceMax, hostsOnMin: 1 }, load: heldLoad(pool, policy, file.used.vmCpuMhz), prefix: 'r', reason: reason('rollingMaintenance', 'rolling maintenance'), hostsAwayMax: away, cpuFillMax: 1,
  })
  if (options.json) terminal.out(`${JSON.stringify({ ...plan, hostsAtOnce: away })}\n`)
  else terminal.out(rollingText(plan, away))
  return plan.complete ? 0 : 1
}

function rollingText({ steps, unmet, estimate }: Plan, away: number): string {
  const order: HostId[] = steps.flatMap((step) => (step.kind === 'powerOff' ? [step.host] : []))
  const lines = [`${order.length} hosts restart, ${away === 1 ? 'one' : `at most ${away}`} at a time, with ${steps.filter(({ kind }) => kind === 'migrate').length} migrations, in about ${duration(Math.round(estimate.makespanMs / 60_000) * 60_000)}: ${order.join(', ')}`]
  return `${[...lines, ...unmet.map(({ text }) => `not done: ${text}`)].join('\n')}\n`
}
