import { type VmSelection, leastOf } from './selection.ts'

/** The VM that uses least of its size (MU), by what it requests in MHz: ties are decided by the rounding of the quotient. */
export const minimumUtilization: VmSelection = ({ pool, requestMhz }, _host, list) => leastOf(list, (vm) => requestMhz[vm]! / pool.vms[vm]!.cpuMhz)
