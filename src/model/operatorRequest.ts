import type { HostId, VmId } from './ids.ts'
import type { MaintenanceMethod } from './pool.ts'

/** What people ask of a pool: the same to a loop that runs, over its socket, and to the controller in it. */
export type OperatorRequest =
  | { readonly kind: 'maintenanceEnter'; readonly host: HostId; readonly method: MaintenanceMethod | null }
  | { readonly kind: 'maintenanceLeave'; readonly host: HostId }
  | { readonly kind: 'migrate'; readonly vm: VmId; readonly target: HostId }
  | { readonly kind: 'powerOn' | 'powerOff'; readonly host: HostId }
  /** Lets the plan with this hash begin, where plans wait for that; it is then carried out before anything else is planned. */
  | { readonly kind: 'approve'; readonly plan: string }
