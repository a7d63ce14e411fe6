import type { VmRemoval } from '../strategies.ts'

/** VMs leave when the workload or an event says so, and never by themselves. */
export const byDeparture: VmRemoval = {
  remove() {
    // Departures are events of their own.
  },
}
