import type { HostId, VmId } from './ids.ts'
import type { MaintenanceMethod } from './pool.ts'

export const RUNNABLE_GOALS = ['evenDistribution', 'powerSave'] as const
export type RunnableGoal = (typeof RUNNABLE_GOALS)[number]

/** What people ask of a pool: the same to a loop that runs, over its socket, and to the controller in it. */
export type OperatorRequest =
  | { readonly kind: 'maintenanceEnter'; readonly host: HostId; readonly method: MaintenanceMethod | null }
  | { readonly kind: 'maintenanceLeave'; readonly host: HostId }
  /** Maintenance in advance: enter at an instant (Unix ms), leave so long after it; null: when somebody says so. */
  | { readonly kind: 'maintenancePlan'; readonly host: HostId; readonly atUnixMs: number; readonly durationMs: number | null; readonly method: MaintenanceMethod | null }
  /** Takes back what was planned and has not begun. */
  | { readonly kind: 'maintenanceUnplan'; readonly host: HostId }
  /** Maintenance of these hosts, or of all in service (null), a few at a time; each stays so long, or until somebody says that it leaves (null). */
  | { readonly kind: 'maintenanceRoll'; readonly hosts: readonly HostId[] | null; readonly stayMs: number | null; readonly method: MaintenanceMethod | null }
  | { readonly kind: 'maintenanceRollStop' }
  /** Lets a goal run now, once, whatever its windows say; null: an hour at most. */
  | { readonly kind: 'runNow'; readonly goal: RunnableGoal; readonly forMs: number | null }
  | { readonly kind: 'migrate'; readonly vm: VmId; readonly target: HostId }
  | { readonly kind: 'powerOn' | 'powerOff'; readonly host: HostId }
  /** Lets the plan with this hash begin, where plans wait for that; it is then carried out before anything else is planned. */
  | { readonly kind: 'approve'; readonly plan: string }
