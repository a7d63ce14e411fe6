/*
 * Ganeti's utilisation file (`hbal -U`) gives loads without units. The importer multiplies each by one of these, the
 * score that Ganeti's balancer uses divides by the same ones. All are powers of two, so both are exact and a score
 * agrees with Ganeti's to the last digit. Each is what such a load of 1 is read as: all of a host of 64 cores, 256 GiB
 * and a 10 Gbit/s link.
 */

/** Ganeti knows numbers of cores only: what one is taken to run at, with a `cpu_speed` of 1. */
export const GANETI_CORE_MHZ = 2048

/** A CPU load of 1: 64 cores. */
export const GANETI_CPU_MHZ = 64 * GANETI_CORE_MHZ

/** A memory load of 1: 256 GiB. */
export const GANETI_MEMORY_MIB = 2 ** 18

/** A disk load of 1. */
export const GANETI_DISK_MIB_PER_S = 2 ** 10

/** A network load of 1. */
export const GANETI_NETWORK_MIB_PER_S = 2 ** 10

/** Ganeti's default limit of its instance policy: virtual CPUs a physical core. */
export const GANETI_VCPUS_PER_CORE_MAX = 4
