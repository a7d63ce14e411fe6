import { type VmSelection, leastOf } from './selection.ts'

/** The VM with the least memory (MMT). */
export const minimumMigrationTime: VmSelection = ({ pool }, _host, list) => leastOf(list, (vm) => pool.vms[vm]!.memoryMib)
