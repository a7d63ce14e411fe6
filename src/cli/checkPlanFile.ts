import { parsePlan } from '../config/planFile.ts'
import type { SourceDocument } from '../config/sourceDocument.ts'
import type { Plan } from '../model/plan.ts'
import type { Issue } from '../model/result.ts'
import { checkStoredPlan } from '../plan/check.ts'
import { planHash } from '../plan/hash.ts'
import { readPool } from './poolFile.ts'

/** What was found of a stored plan. */
export interface CheckedPlan {
  readonly text: string
  /** Empty: it is what its address says, safe in every state, and made on this snapshot. */
  readonly issues: readonly Issue[]
}

/**
 * A stored plan against its address and, with a snapshot, against the pool: whether it was made on it, and every state
 * that its steps can reach, by the checker that shares no code with the planner.
 */
export function checkPlanFile(document: SourceDocument, snapshot: string | undefined): CheckedPlan {
  const plan = parsePlan(document)
  const what = `a plan of ${plan.steps.length} ${plan.steps.length === 1 ? 'step' : 'steps'}, ${plan.hash.slice(0, 12)}`
  if (snapshot === undefined) return { text: `${what}: its address is that of its content. Whether it is safe says --snapshot FILE.`, issues: addressIssues(plan) }
  const { pool, hash } = readPool(snapshot)
  const issues = [...staleIssues(plan, hash, pool.revision, snapshot), ...checkStoredPlan(pool, plan, { memoryEnforced: true, hostsOnMin: 1, reservationsEnforced: true })]
  return { text: `${what}: made on ${snapshot}; every state on its way keeps memory, guaranteed CPU, rules, power and maintenance.`, issues }
}

/** Whether the plan's content is what its address says. */
export function addressIssues({ hash, ...rest }: Plan): Issue[] {
  const found = planHash(rest)
  return found === hash ? [] : [{ path: 'hash', message: `the plan's content has the address ${found}, not ${hash}: it was changed after it was made` }]
}

function staleIssues({ baseHash, baseRevision }: Plan, hash: string, revision: number, snapshot: string): Issue[] {
  const other = baseHash !== null && baseHash !== hash ? [{ path: 'baseHash', message: `the plan was made on another snapshot (${baseHash.slice(0, 12)}) than ${snapshot} (${hash.slice(0, 12)}): make a new one` }] : []
  return baseRevision === revision ? other : [...other, { path: 'baseRevision', message: `the plan was made on revision ${baseRevision} of the pool, ${snapshot} is at ${revision}: make a new one` }]
}
