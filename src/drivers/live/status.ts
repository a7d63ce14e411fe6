import type { LearnedMigrations, LearnedVm } from '../../model/migrations.ts'
import type { Autonomy, Trust } from '../../model/livePool.ts'
import type { MetricsStatus } from './metricEyes.ts'

/** What people are told of a loop that runs. */
export interface SessionStatus {
  readonly mode: Autonomy
  readonly policy: string
  /** Null: the mode changes by people's word alone. */
  readonly trust: (Trust & { readonly upTo: Autonomy; readonly goodDays: number }) | null
  readonly plan: { readonly hash: string; readonly approved: boolean } | null
  readonly waiting: number
  readonly underWay: readonly string[]
  readonly openIntents: number
  /** Why nothing new is begun; null: something is. */
  readonly observing: string | null
  readonly doubled: readonly string[]
  readonly metrics: MetricsStatus | null
  /** What plans reckon with of migrations before; null: too few were seen. VMs without figures of their own are left out. */
  readonly migrations: LearnedStatus | null
}

export type LearnedStatus = Omit<LearnedMigrations, 'vms'> & { readonly vms: readonly (LearnedVm & { readonly vm: string })[] }

export const learnedStatus = ({ vms, ...pool }: LearnedMigrations): LearnedStatus => ({ ...pool, vms: [...vms].flatMap(([vm, own]) => (own.count === 0 ? [] : [{ vm, ...own }])) })

export interface Told {
  readonly ok: boolean
  readonly message: string
  readonly status?: SessionStatus
}
