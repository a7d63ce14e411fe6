/** What a metric says of a VM or host. */
export type Quantity =
  | 'cpuS' | 'delayS' | 'vcpus' | 'memoryMax' | 'state'
  | 'guestAvailable' | 'guestUsable' | 'guestUnused' | 'resident'
  | 'networkBytes' | 'diskBytes'
  | 'exporterUp' | 'hostBooted' | 'hostMemory' | 'hostCpuS' | 'hostCoreHz'

/** How the samples of a metric are condensed: growth and level per step, the largest value, or each change. */
export type MetricShape = 'counter' | 'gauge' | 'largest' | 'changes'

export interface Metric {
  readonly name: string
  readonly about: 'vm' | 'host'
  readonly quantity: Quantity
  readonly shape: MetricShape
  /** Label that tells the series of one VM or host apart, such as its disks; null: there is one. */
  readonly part: string | null
  /** Only series with this label and value count. */
  readonly only?: { readonly label: string; readonly value: string }
}

const vm = (name: string, quantity: Quantity, shape: MetricShape, part: string | null = null): Metric => ({ name: `libvirt_domain_${name}`, about: 'vm', quantity, shape, part })
const host = (name: string, quantity: Quantity, shape: MetricShape, part: string | null = null): Metric => ({ name, about: 'host', quantity, shape, part })

/** The metrics that the import reads, under the names of libvirt-exporter and node-exporter; all others are passed over. */
export const METRICS: readonly Metric[] = [
  vm('info_cpu_time_seconds_total', 'cpuS', 'counter'),
  vm('info_vstate', 'state', 'changes'),
  vm('info_virtual_cpus', 'vcpus', 'largest'),
  vm('info_maximum_memory_bytes', 'memoryMax', 'largest'),
  vm('vcpu_delay_seconds_total', 'delayS', 'counter', 'vcpu'),
  vm('memory_stats_available_bytes', 'guestAvailable', 'gauge'),
  vm('memory_stats_usable_bytes', 'guestUsable', 'gauge'),
  vm('memory_stats_unused_bytes', 'guestUnused', 'gauge'),
  vm('memory_stats_rss_bytes', 'resident', 'gauge'),
  vm('block_stats_read_bytes_total', 'diskBytes', 'counter', 'target_device'),
  vm('block_stats_write_bytes_total', 'diskBytes', 'counter', 'target_device'),
  vm('interface_stats_receive_bytes_total', 'networkBytes', 'counter', 'target_device'),
  vm('interface_stats_transmit_bytes_total', 'networkBytes', 'counter', 'target_device'),
  host('libvirt_up', 'exporterUp', 'changes'),
  host('node_boot_time_seconds', 'hostBooted', 'changes'),
  host('node_memory_MemTotal_bytes', 'hostMemory', 'largest'),
  // One mode is enough: the processors are counted, not their time.
  { ...host('node_cpu_seconds_total', 'hostCpuS', 'largest', 'cpu'), only: { label: 'mode', value: 'idle' } },
  host('node_cpu_scaling_frequency_max_hertz', 'hostCoreHz', 'largest', 'cpu'),
  host('node_cpu_frequency_max_hertz', 'hostCoreHz', 'largest', 'cpu'),
]

const BY_NAME = new Map(METRICS.map((metric) => [metric.name, metric]))

/** The metric of that name, or undefined when the import does not read it. */
export const metricNamed = (name: string): Metric | undefined => BY_NAME.get(name)

/** Virtual machine states of libvirt (virDomainState), as `libvirt_domain_info_vstate` has them. */
const OFF_STATES = new Set([5, 6])
const PAUSED_STATES = new Set([3, 7])

/**
 * How strongly a state claims that the VM is here: 2 it runs, 1 it is paused (so is the incoming copy of a migration),
 * 0 it is off. Xen shows idle guests as `no state` (0): they run.
 */
export const claimOfState = (state: number): 0 | 1 | 2 => (OFF_STATES.has(state) ? 0 : PAUSED_STATES.has(state) ? 1 : 2)
