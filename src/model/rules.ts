import type { HostId, VmId } from './ids.ts'

/** A hard placement rule. `together` and `apart` relate VMs to each other; `runOn` and `keepOff` relate VMs to hosts. */
export type Rule =
  | { readonly id: string; readonly kind: 'together' | 'apart'; readonly vms: readonly VmId[] }
  | { readonly id: string; readonly kind: 'runOn' | 'keepOff'; readonly vms: readonly VmId[]; readonly hosts: readonly HostId[] }
