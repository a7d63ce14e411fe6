const scenario = `# A scenario: a pool, its load, what happens, and the policies to try.
# Check it with: plimsoll check .    Run it with: plimsoll compare .
# All keys: docs/formats/scenario.md
name: first-steps
description: The pool of snapshot.yaml over three days.

# The hosts and VMs to begin from. Instead: "hosts:" in groups, or "recorded:" for days that were imported.
snapshot: snapshot.yaml

# Without a workload, VMs go on using what the snapshot says. With one, VMs of the same name follow it:
# workload: {format: load, path: my-load}
# workload: {synthetic: {profile: office, vmCount: 50}}

start: 2026-01-05T00:00:00Z
durationMs: 3 d
# Left out of all figures, while policies settle.
warmupMs: 2 h

events:
  # Demand follows the working day: twice as much from 8 to 18 h on Tuesday.
  - {atMs: 1 d 8 h, kind: demandScale, factor: 2}
  - {atMs: 1 d 18 h, kind: demandScale, factor: 50 %}
  - {atMs: 2 d 9 h, kind: maintenanceEnter, host: host-01}
  - {atMs: 2 d 11 h, kind: maintenanceLeave, host: host-01}

# Axes: one run for each policy and seed. Names of built-in policies (plimsoll policies) or files.
policies: [none, balanced, policy.yaml]
seeds: [1]

# Limits: when a run does not keep one, the exit code is 1.
expect:
  - {policy: night-saver, figure: energyKwh, max: 1, ratioTo: none}

# For plimsoll whatif: how long does the pool last at 3 % growth a month?
whatif:
  horizonMs: 365 d
  growthPerMonthRatio: 3 %
  candidate: {vcpus: 2, cpuMhz: 1.5 GHz, memoryMib: 4 GiB}
  limits: {failoverHosts: 1}
`

const policy = `# A policy: what the pool should look like, as differences from a base.
# All settings with their values: plimsoll policies power-save    Explained: docs/formats/policy.md
name: night-saver
description: Saves power at night and on weekends, leaves one more host on than needed.
base: power-save

powerSave:
  # A host below 10 % CPU for 5 minutes may be drained.
  utilizationLow: 10 %
  holdMs: 5 min
  reserveHosts: 1
  hostsOnMin: 2
  windows:
    - {days: mon-fri, from: "19:00", to: "07:00", zone: Europe/Berlin}
    - {days: sat-sun, from: "00:00", to: "24:00", zone: Europe/Berlin}

budgets:
  migrationsPerHourMax: 60
  # Nothing optional is started while backups run.
  blackouts:
    - {days: all, from: "02:00", to: "03:00", zone: Europe/Berlin}
`

const snapshot = `# A pool at one instant: hosts, VMs and rules. JSON is read as well.
# All keys: docs/formats/snapshot.md
formatVersion: 1
takenAt: 2026-01-05T00:00:00Z

hosts:
  # A named model (docs/formats/scenario.md lists them), or sizes and power of your own.
  - {id: host-01, model: rack-2020, rack: rack-a}
  - {id: host-02, model: rack-2020, rack: rack-b}
  - id: host-03
    cores: 24
    coreMhz: 2.4 GHz
    memoryMib: 192 GiB
    migrationLinkMibPerS: 10 Gbit/s
    # Watts at the plug, idle and at full load; or curveW with eleven points.
    power: {idleW: 90, fullW: 310, offW: 8, bootMs: 3 min}
  - {id: host-04, model: rack-2020}

vms:
  - {id: web-01, vcpus: 4, memoryMib: 8 GiB, class: web, host: host-01, usage: {cpuMhz: 2600, memoryMib: 5 GiB}}
  - {id: web-02, vcpus: 4, memoryMib: 8 GiB, class: web, host: host-02, usage: {cpuMhz: 2400, memoryMib: 5 GiB}}
  - {id: database, vcpus: 8, memoryMib: 64 GiB, class: database, host: host-03, usage: {cpuMhz: 7200, memoryMib: 60 GiB}}
  - {id: build-01, vcpus: 8, memoryMib: 16 GiB, host: host-04, usage: {cpuMhz: 900, memoryMib: 9 GiB}}
  - {id: mail, vcpus: 2, memoryMib: 8 GiB, host: host-01, usage: {cpuMhz: 400, memoryMib: 6 GiB}}

rules:
  # The two web servers never share a host.
  - {id: web-apart, kind: apart, vms: [web-01, web-02]}
`

/** What `plimsoll init` writes, by name. */
export const EXAMPLE_FILES: ReadonlyMap<string, string> = new Map([['scenario.yaml', scenario], ['policy.yaml', policy], ['snapshot.yaml', snapshot]])
