declare const brand: unique symbol
type Branded<Name extends string> = string & { readonly [brand]: Name }

export type HostId = Branded<'HostId'>
export type VmId = Branded<'VmId'>
export type StepId = Branded<'StepId'>

export const hostId = (text: string): HostId => text as HostId
export const vmId = (text: string): VmId => text as VmId
export const stepId = (text: string): StepId => text as StepId

/** Names people may give to hosts, VMs, rules and policies: safe in paths, arguments and CSV. */
export const NAME_PATTERN = /^[A-Za-z0-9._][A-Za-z0-9._-]{0,63}$/
